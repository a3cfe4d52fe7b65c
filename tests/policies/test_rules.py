"""Every rule on its fixtures: the four verdicts, by dependencies and by values, with values hidden, exempted."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.core.exemptions import Exemption, Exemptions
from policies.core.graph import ResourceGraph
from policies.core.registry import all_links, all_rules
from policies.core.resource import Resource
from policies.core.values import UNKNOWN
from tests.policies.building import Stack
from tests.policies.cases import FailingCase, all_cases, judge_rule, remedy_values, rule

CASES = {cases.rule: cases for cases in all_cases()}
PASSING = [pytest.param(c.rule, p, id=f"{c.rule}-{i}") for c in CASES.values() for i, p in enumerate(c.passing)]
FAILING = [pytest.param(c.rule, f, id=f"{c.rule}-{i}") for c in CASES.values() for i, f in enumerate(c.failing)]
SECRET = "s3cr3t-marker"


@pytest.mark.parametrize("rule", [rule.id for rule in all_rules()])
def test_a_rule_has_fixtures_of_each_kind_and_a_page(rule: str) -> None:
    cases = CASES.get(rule)
    assert cases, f"tests/policies has no fixtures of {rule}"
    assert all((cases.passing, cases.failing, cases.not_evaluated)), f"{rule} lacks a kind of fixture"
    assert Path(f"docs/rules/{rule}.md").exists(), f"docs/rules/{rule}.md is missing"


@pytest.mark.parametrize(("rule", "case"), PASSING)
def test_a_good_stack_passes(rule: str, case: Any) -> None:
    for graph in _read_in_both_ways(case.build()):
        assert {r.status for r in judge_rule(rule, graph, case.settings)} - {"not applicable"} == {"pass"}


@pytest.mark.parametrize(("rule", "case"), FAILING)
def test_a_bad_stack_has_one_finding_with_its_numbers(rule: str, case: FailingCase) -> None:
    for graph in _read_in_both_ways(case.build()):
        found = [r for r in judge_rule(rule, graph, case.settings) if r.is_finding]
        assert [(r.status, r.resource.name, r.mandatory) for r in found] == [("fail", case.at, True)], found
        problem = found[0].problem
        assert problem
        assert case.says in found[0].message
        assert f"docs/rules/{rule}.md" in found[0].message
        assert (problem.actual, problem.required, problem.severity) == (case.actual, case.required, case.severity)


@pytest.mark.parametrize(("rule", "case"), FAILING)
def test_an_exempted_finding_does_not_count_and_comes_back_when_the_exemption_expires(
    rule: str, case: FailingCase
) -> None:
    graph = case.build().graph()
    exemption = Exemption((rule,), (f"*::{case.at}",), "because", "platform", date(2026, 1, 15), "exemptions.yaml:1")
    holding = judge_rule(rule, graph, case.settings, Exemptions([exemption]))
    assert [r.status for r in holding if r.status in {"fail", "exempted"}] == ["exempted"]
    expired = replace(exemption, expires=date(2026, 1, 14))
    found = [r for r in judge_rule(rule, graph, case.settings, Exemptions([expired])) if r.is_finding]
    assert [r.status for r in found] == ["fail"]
    assert "exemptions.yaml:1 expired on 2026-01-14" in found[0].message


@pytest.mark.parametrize(("rule", "build"), [(c.rule, b) for c in CASES.values() for b in c.not_applicable])
def test_what_does_not_concern_a_rule_is_not_a_pass(rule: str, build: Any) -> None:
    results = judge_rule(rule, build().graph())
    assert {r.status for r in results} <= {"not applicable"}, results


@pytest.mark.parametrize(
    ("rule", "build", "says"), [(c.rule, b, says) for c in CASES.values() for b, says in c.not_evaluated]
)
def test_what_is_unknown_or_unreadable_is_not_evaluated_and_named(rule: str, build: Any, says: str) -> None:
    found = [r for r in judge_rule(rule, build().graph()) if r.is_finding]
    assert {r.status for r in found} == {"not evaluated"}, found
    assert any(says in r.message for r in found), [r.message for r in found]


@pytest.mark.parametrize(
    ("rule_id", "build", "healed"), [(c.rule, b, healed) for c in CASES.values() for b, healed in c.healed]
)
def test_a_remedy_sets_what_is_missing_and_leaves_alone_what_is_said_or_unknown(
    rule_id: str, build: Any, healed: Any
) -> None:
    assert remedy_values(rule(rule_id), build().graph()) == healed


@pytest.mark.parametrize(("rule", "case"), [*PASSING, *FAILING])
def test_a_first_preview_gives_the_same_verdict_or_says_that_it_could_not(rule: str, case: Any) -> None:
    known = _by_resource(judge_rule(rule, case.build().graph(), case.settings))
    hidden = _by_resource(judge_rule(rule, case.build().graph(hidden=True), case.settings))
    _same_or_not_evaluated(known, hidden)


@pytest.mark.parametrize("dependencies", [True, False])
@pytest.mark.parametrize(("rule", "case"), [*PASSING, *FAILING])
def test_hiding_one_value_gives_the_same_verdict_or_says_that_it_could_not(
    rule: str, case: Any, dependencies: bool
) -> None:
    graph = case.build().graph(dependencies=dependencies)
    known = _by_resource(judge_rule(rule, graph, case.settings))
    for resource in graph.resources:
        for name in resource.value:
            hidden = [_hide(one, {name}) if one is resource else one for one in graph.resources]
            _same_or_not_evaluated(
                known, _by_resource(judge_rule(rule, ResourceGraph(hidden, all_links()), case.settings))
            )


@given(data=st.data())
def test_hiding_any_value_never_turns_a_finding_into_a_pass(data: st.DataObject) -> None:
    cases = data.draw(st.sampled_from(sorted(CASES.values(), key=lambda c: c.rule)))
    case = data.draw(st.sampled_from([*cases.passing, *cases.failing]))
    graph = case.build().graph()
    known = _by_resource(judge_rule(cases.rule, graph, case.settings))
    hidden = ResourceGraph([_with_hidden(resource, data) for resource in graph.resources], all_links())
    _same_or_not_evaluated(known, _by_resource(judge_rule(cases.rule, hidden, case.settings)))


@pytest.mark.parametrize("rule", [rule.id for rule in all_rules()])
def test_no_value_of_a_text_reaches_a_message(rule: str) -> None:
    cases = CASES[rule]
    for build in [*(c.build for c in (*cases.passing, *cases.failing)), *(b for b, _ in cases.not_evaluated)]:
        graph = ResourceGraph([_mark(resource) for resource in build().graph().resources], all_links())
        assert not [r.message for r in judge_rule(rule, graph) if SECRET in r.message]


@pytest.mark.parametrize(("rule", "case"), [*PASSING, *FAILING])
def test_numbers_given_as_texts_are_numbers(rule: str, case: Any) -> None:
    graph = case.build().graph()
    spelled = ResourceGraph([_spell_numbers(resource) for resource in graph.resources], all_links())
    before, after = (_by_resource(judge_rule(rule, g, case.settings)) for g in (graph, spelled))
    assert before == after


def _read_in_both_ways(stack: Stack) -> list[ResourceGraph]:
    return [stack.graph(), stack.graph(dependencies=False)]


def _by_resource(results: Any) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for result in results:
        found.setdefault(result.resource.urn, set()).add(result.status)
    return found


def _same_or_not_evaluated(known: dict[str, set[str]], hidden: dict[str, set[str]]) -> None:
    if any("not evaluated" in statuses for statuses in hidden.values()):
        hidden = {urn: statuses - {"not evaluated"} for urn, statuses in hidden.items()}
        for urn, statuses in hidden.items():
            assert statuses <= known.get(urn, set()), (urn, statuses, known)
    else:
        assert hidden == known


def _with_hidden(resource: Resource, data: st.DataObject) -> Resource:
    hide = data.draw(st.sets(st.sampled_from(sorted(resource.value)), max_size=2))
    return _hide(resource, hide)


def _hide(resource: Resource, names: set[str]) -> Resource:
    return _with_properties(resource, {name: UNKNOWN if name in names else v for name, v in resource.value.items()})


def _mark(resource: Resource) -> Resource:
    return _with_properties(resource, _map_values(resource.value, lambda v: SECRET if isinstance(v, str) else v))


def _spell_numbers(resource: Resource) -> Resource:
    number = lambda v: f"{v:.15g}" if isinstance(v, int | float) and not isinstance(v, bool) else v  # noqa: E731
    return _with_properties(resource, _map_values(resource.value, number))


def _map_values(value: Any, change: Any) -> Any:
    if isinstance(value, dict):
        return {name: _map_values(inner, change) for name, inner in value.items()}
    return [_map_values(inner, change) for inner in value] if isinstance(value, list) else change(value)


def _with_properties(resource: Resource, properties: Any) -> Resource:
    return Resource(
        urn=resource.urn,
        type=resource.type,
        properties=properties,
        dependencies=resource.dependencies,
        parent=resource.parent,
        protect=resource.protect,
        trace=resource.trace,
    )
