"""The bad shops: all rules together find exactly what is wrong, at its line, however the resources were read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from policies.core.evaluate import RuleResult
from policies.core.registry import all_rules
from tests.policies.programs import capture_graph, findings, plan_graph, read_graph, to_documents
from tests.policies.shops import Shop, shops

SHOPS = shops()
ALL = pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.program.stem)
# What the sandbox's provider refuses in a preview, as AWS does: no rule sees it there.
REFUSED = {"aws-sca-01"}


def at_its_line(result: RuleResult, shop: Shop) -> bool:
    own = [place for place in result.resource.trace if place.file == shop.program.name]
    return bool(own) and own[0].line == shop.line


def expected(results: Sequence[RuleResult], shop: Shop) -> Any:
    """The expected finding alone, of what was found."""
    return [r for r in results if r.rule.id == shop.rule and shop.says in r.message and at_its_line(r, shop)]


def test_every_rule_has_its_bad_shop() -> None:
    assert sorted(shop.rule for shop in SHOPS) == [rule.id for rule in all_rules()]


@ALL
def test_all_rules_together_find_the_one_wrong_thing_at_its_line(shop: Shop) -> None:
    found = findings(capture_graph(shop.program, shop.directory))
    assert [r.status for r in found] == ["fail"], [r.message for r in found]
    assert expected(found, shop), (found[0].message, found[0].resource.trace)


@ALL
@pytest.mark.parametrize("dependencies", [True, False])
def test_a_state_file_with_known_values_has_the_same_finding(shop: Shop, dependencies: bool, tmp_path: Path) -> None:
    known = capture_graph(shop.program, shop.directory)
    graph = read_graph(to_documents(known.resources, dependencies=dependencies), tmp_path)
    assert [(r.message, at_its_line(r, shop)) for r in findings(graph)] == [(findings(known)[0].message, True)]


@ALL
def test_a_first_preview_finds_the_same_or_says_that_it_could_not(shop: Shop) -> None:
    judge(findings(capture_graph(shop.program, shop.directory, known=False)), shop)


@pytest.mark.parametrize("shop", [s for s in SHOPS if s.rule not in REFUSED], ids=lambda shop: shop.program.stem)
def test_a_planned_state_has_the_same_finding_or_says_that_it_could_not(shop: Shop, tmp_path: Path) -> None:
    judge(findings(plan_graph(shop.program, shop.directory, tmp_path)), shop)


@pytest.mark.parametrize("shop", [s for s in SHOPS if s.rule in REFUSED], ids=lambda shop: shop.program.stem)
def test_what_the_cloud_refuses_is_refused_before_any_rule(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        plan_graph(shop.program, shop.directory, tmp_path)


def judge(found: Sequence[RuleResult], shop: Shop) -> None:
    failures = [r for r in found if r.status == "fail"]
    assert all(r.status == "not evaluated" for r in found if r not in failures), [r.message for r in found]
    if failures:
        assert expected(failures, shop) == failures, [r.message for r in failures]
    else:
        assert any(r.rule.id == shop.rule for r in found), f"{shop.rule} is silent"
