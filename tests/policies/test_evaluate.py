"""One evaluation: levels, what is unknown, and rules that break without taking the others with them."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from policies.core.configuration import Configuration
from policies.core.evaluate import evaluate, remedy
from policies.core.exemptions import Exemptions
from policies.core.registry import all_rules
from policies.core.report import Report
from policies.core.resource import Resource
from policies.core.rule import Rule, RuleContext, Violation
from policies.core.values import UNKNOWN
from policies.platforms.aws.links import FUNCTION, MAPPING, QUEUE
from tests.policies.building import Stack
from tests.policies.cases import TODAY, rule


def consumed_queue(visibility: object, timeout: object = 60) -> Stack:
    stack = Stack()
    queue = stack.add(QUEUE, "orders", visibilityTimeoutSeconds=visibility)
    for name in ("first", "second"):
        function = stack.add(FUNCTION, name, timeout=timeout if name == "first" else 60)
        stack.add(MAPPING, name, eventSourceArn=queue.arn, functionName=function.arn)
    return stack


def judge(stack: Stack, *rules: Rule, **given: object):
    configuration = Configuration({"aws-res-01": given})
    return evaluate(rules or [rule("aws-res-01")], stack.graph(), configuration, Exemptions(), today=TODAY)


def test_a_high_severity_stops_by_default_and_a_level_says_otherwise() -> None:
    assert [r.mandatory for r in judge(consumed_queue(359))] == [True, True]
    assert [r.mandatory for r in judge(consumed_queue(359), enforcementLevel="advisory")] == [False, False]
    assert judge(consumed_queue(359), enforcementLevel="disabled") == []


@pytest.mark.parametrize(("unknown", "mandatory"), [("warn", [False]), ("fail", [True])])
def test_the_setting_unknown_decides_what_becomes_of_the_unevaluated(unknown: str, mandatory: list[bool]) -> None:
    results = judge(consumed_queue(UNKNOWN), unknown=unknown)
    assert [(r.status, r.mandatory) for r in results] == [("not evaluated", mandatory[0])]


def test_the_setting_unknown_may_ignore_the_unevaluated() -> None:
    assert judge(consumed_queue(UNKNOWN), unknown="ignore") == []


def test_what_is_known_is_judged_and_what_is_not_is_named() -> None:
    results = judge(consumed_queue(359, timeout=UNKNOWN))
    assert [r.status for r in results] == ["fail", "not evaluated"]
    assert "'second'" in results[0].message
    assert "first" in results[1].message or "timeout is not known" in results[1].message


def test_a_rule_that_raises_is_named_with_its_line_and_the_others_run() -> None:
    def check(resource: Resource, _: RuleContext) -> Iterator[Violation]:
        yield Violation("found before", "fix")
        raise KeyError(resource.value["secretText"])

    broken = replace(rule("aws-res-01"), id="aws-res-99", check=check)
    stack = consumed_queue(359)
    stack.made[0].inputs["secretText"] = "s3cr3t"
    results = judge(stack, broken, rule("aws-res-01"))
    assert [(r.rule.id, r.status) for r in results] == [
        ("aws-res-99", "broken"), ("aws-res-01", "fail"), ("aws-res-01", "fail"),
    ]  # fmt: skip
    assert "KeyError at tests/policies/test_evaluate.py:" in results[0].message
    assert "s3cr3t" not in results[0].message
    report = Report("shop", "mocks", "prod", results)
    assert (report.is_blocking, report.is_complete, report.findings[0].status) == (True, False, "broken")


def test_a_rule_that_raises_before_it_judges_takes_no_other_with_it() -> None:
    broken = replace(rule("aws-res-01"), id="aws-res-99", subjects=lambda graph: graph.nothing)
    results = judge(consumed_queue(359), broken, rule("aws-res-01"))
    assert [(r.rule.id, r.status, r.mandatory) for r in results] == [
        ("aws-res-99", "broken", True), ("aws-res-01", "fail", True), ("aws-res-01", "fail", True),
    ]  # fmt: skip
    assert "AttributeError at tests/policies/test_evaluate.py:" in results[0].message


def test_an_empty_stack_and_unknown_types_have_nothing_to_say() -> None:
    stack = Stack()
    assert judge(stack, *all_rules()) == []
    stack.add("acme:thing:Thing", "thing", anything={"goes": [1, None]})
    assert judge(stack, *all_rules()) == []


@pytest.mark.parametrize("one", [r for r in all_rules() if r.remedy], ids=lambda r: r.id)
def test_nothing_is_remedied_where_everything_is_unknown(one: Rule) -> None:
    for type_ in one.types:
        resource = Resource(urn="a::b", type=type_, properties=_AllUnknown())
        settings = {name: setting.default for name, setting in one.settings.items()}
        assert remedy(one, resource, Stack().graph(), settings) == {}


class _AllUnknown(dict):
    def get(self, key, default=None):
        return UNKNOWN

    def __getitem__(self, key):
        return UNKNOWN
