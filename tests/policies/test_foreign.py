"""Programs in the style of others: what the rules find in them was written down before they were run."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import yaml

from policies.core.evaluate import RuleResult
from policies.core.graph import ResourceGraph
from tests.policies.programs import capture_graph, findings, plan_graph, read_graph, to_documents

HERE = Path(__file__).parent / "foreign"
STYLES = sorted(path.parent.name for path in HERE.glob("*/expected.json"))
STYLE = pytest.mark.parametrize("style", STYLES)


def expected(style: str) -> Mapping[str, Sequence[str]]:
    """Rule -> names of the resources at which it finds something."""
    return json.loads((HERE / style / "expected.json").read_text("utf-8"))


def config(style: str) -> Mapping[str, str]:
    values = yaml.safe_load((HERE / style / "Pulumi.prod.yaml").read_text("utf-8"))["config"]
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}


def project(style: str) -> str:
    return yaml.safe_load((HERE / style / "Pulumi.yaml").read_text("utf-8"))["name"]


def mocked(style: str, *, known: bool = True) -> ResourceGraph:
    program = HERE / style / "__main__.py"
    return capture_graph(program, HERE / style, known=known, config=config(style), project=project(style))


def names_by_rule(results: Sequence[RuleResult]) -> Mapping[str, Sequence[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for result in results:
        found[result.rule.id].add(result.resource.name)
    return {rule: sorted(names) for rule, names in sorted(found.items())}


def test_there_is_a_program_of_each_style() -> None:
    assert STYLES == ["named", "nested", "plain"]


@STYLE
def test_what_was_expected_is_found_and_nothing_else(style: str) -> None:
    found = findings(mocked(style))
    assert {r.status for r in found} == {"fail"}, [r.message for r in found if r.status != "fail"]
    assert names_by_rule(found) == expected(style)


@STYLE
def test_a_finding_is_at_a_line_of_the_program(style: str) -> None:
    for result in findings(mocked(style)):
        place = result.resource.place
        assert place, result.message
        source = (HERE / style / place.file).read_text("utf-8").splitlines()
        assert "aws." in source[place.line - 1], (result.message, place)


@STYLE
def test_a_first_preview_finds_the_same_or_says_that_it_could_not(style: str) -> None:
    judge(findings(mocked(style, known=False)), style)


@STYLE
def test_a_planned_state_has_the_same_findings_or_says_that_it_could_not(style: str, tmp_path: Path) -> None:
    graph = plan_graph(HERE / style / "__main__.py", HERE / style, tmp_path, config(style), project(style))
    judge(findings(graph), style)


@STYLE
def test_a_state_file_with_known_values_has_the_same_findings(style: str, tmp_path: Path) -> None:
    found = findings(read_graph(to_documents(mocked(style).resources), tmp_path))
    assert {r.status for r in found} == {"fail"}
    assert names_by_rule(found) == expected(style)


def judge(found: Sequence[RuleResult], style: str) -> None:
    failed = names_by_rule([r for r in found if r.status == "fail"])
    open_questions = {r.rule.id for r in found if r.status == "not evaluated"}
    assert {r.status for r in found} <= {"fail", "not evaluated"}
    wanted = expected(style)
    for rule in {*failed, *wanted}:
        missing = set(wanted.get(rule, ())) - set(failed.get(rule, ()))
        assert set(failed.get(rule, ())) <= set(wanted.get(rule, ())), f"{rule} found more: {failed[rule]}"
        assert not missing or rule in open_questions, f"{rule} is silent about {missing}"
