"""The reference stacks by the rules, at their strictest and without exemptions."""

from pathlib import Path

import pytest

from policies.core.report import Report
from policies.sources.state import resources
from scaleshop import guardrails, subjects
from scaleshop.diagram.plan import plan as plan_stack
from scaleshop.session import open_session
from scaleshop.subjects import Subject

ROOT = Path(__file__).resolve().parents[2]
# On a laptop nobody is asked for a token or reads alarms, and everything goes with the stack, its tables too.
LAPTOP = {"aws-sec-05", "aws-obs-04", "aws-res-11"}
# A trial makes dead letters sooner than a shop should.
TOLERATED = {"aws-dev": LAPTOP, "aws-trial": LAPTOP | {"aws-res-03"}}


def judge(subject: Subject) -> Report:
    return guardrails.judge(subject, guardrails.read_terms(ROOT, "strict", exempting=False))


@pytest.mark.parametrize("stack", ["aws-dev", "aws-trial", "aws-prod"])
def test_a_stack_breaks_no_rule_but_those_its_purpose_does(stack: str) -> None:
    report = judge(subjects.stack(open_session(None, stack, engine="embedded")))
    broken = {result.rule.id: result.message for result in report.results if result.is_finding}
    assert {rule: why for rule, why in broken.items() if rule not in TOLERATED.get(stack, set())} == {}
    assert set(broken) == TOLERATED.get(stack, set())


def test_a_first_preview_of_production_shows_no_broken_rule() -> None:
    plan = plan_stack(open_session(None, "aws-prod", engine="embedded"))
    report = judge(Subject("aws-prod", "preview", resources(plan.resources)))
    assert [result.message for result in report.results if result.status in ("fail", "broken")] == []
    passed = {result.rule.id for result in report.results if result.status == "pass"}
    assert {"aws-obs-01", "aws-res-07", "aws-sca-05"} <= passed
