"""SARIF: valid by the published schema, and what code scanning makes alerts of."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from policies.core.configuration import Configuration
from policies.core.report import Report
from policies.core.values import UNKNOWN, SourceLine
from policies.reports.sarif import sarif
from tests.policies.reporting import HOSTILE, everything, queue, report, rule

SCHEMA = json.loads((Path(__file__).parent / "data/sarif-schema-2.1.0.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker())


def run_of(one: Report, **how: Any) -> dict[str, Any]:
    log = json.loads(sarif(one, **how))
    VALIDATOR.validate(log)
    return log["runs"][0]


def result(run: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in run["results"] if (name_of(one), one["ruleId"]) == (name, "aws-res-91"))


def name_of(found: dict[str, Any]) -> str:
    return found["locations"][0]["logicalLocations"][0]["name"]


@pytest.mark.parametrize(
    "one",
    [everything(), everything(name=HOSTILE), report([]), report([queue("large", size=40)])],
    ids=["all", "hostile", "empty", "passing"],
)
def test_a_log_is_valid_by_the_published_schema(one: Report) -> None:
    assert run_of(one)["tool"]["driver"]["name"] == "scaleshop"


def test_the_schema_in_use_refuses_what_is_no_log() -> None:
    log = json.loads(sarif(everything()))
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(log)


def test_a_rule_brings_its_help_level_and_severity() -> None:
    about = run_of(everything())["tool"]["driver"]["rules"]
    assert [one["id"] for one in about] == ["aws-res-91", "aws-obs-92", "aws-sec-93"]
    first = about[0]
    assert first["helpUri"] == "https://docs.aws.amazon.com/one"
    assert "`least` = 10: Smallest size." in first["help"]["markdown"]
    assert "docs/rules/aws-res-91.md" in first["help"]["text"]
    assert [one["defaultConfiguration"]["level"] for one in about] == ["error", "note", "warning"]
    assert [one["properties"]["security-severity"] for one in about] == ["8.0", "2.0", "5.5"]
    assert first["properties"]["tags"] == ["security", "resilience", "aws"]


@pytest.mark.parametrize(("severity", "level"), [("critical", "error"), ("high", "error"), ("medium", "warning")])
def test_the_level_of_a_result_is_by_its_severity(severity: Any, level: str) -> None:
    run = run_of(report([queue("small", size=1)], [rule(severity=severity)]))
    assert result(run, "small")["level"] == level


def test_every_result_names_its_rule_by_index() -> None:
    run = run_of(everything())
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])


def test_a_result_stands_at_the_line_that_made_the_resource_and_tells_who_called_it() -> None:
    found = result(run_of(everything()), "small")
    place = found["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "shop/queues.py", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 7}
    caller = found["relatedLocations"][0]["physicalLocation"]
    assert (caller["artifactLocation"]["uri"], caller["region"]["startLine"]) == ("shop/__main__.py", 3)
    frames = [f["location"]["physicalLocation"]["region"]["startLine"] for f in found["stacks"][0]["frames"]]
    assert frames == [7, 3]
    assert found["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].endswith("::small")


def test_paths_are_uris_and_one_outside_the_repository_stands_alone() -> None:
    run = run_of(report([queue("a", size=1, trace=[SourceLine("my shop/ü#1.py", 2)])]))
    assert result(run, "a")["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "my%20shop/%C3%BC%231.py"
    run = run_of(report([queue("a", size=1, trace=[SourceLine("/lib/x y.py", 2)])]))
    assert result(run, "a")["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///lib/x%20y.py"}


def test_without_lines_a_result_stands_in_the_file_that_was_read() -> None:
    one = report([queue("a", size=1, trace=())])
    place = result(run_of(one, read_from="state.json"), "a")["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("state.json", 1)
    assert "physicalLocation" not in result(run_of(one), "a")["locations"][0]


def test_a_fingerprint_survives_moved_lines_and_differs_by_resource() -> None:
    first, moved = run_of(everything()), run_of(everything(line=70))
    marks = [result(run, "small")["partialFingerprints"]["primaryLocationLineHash"] for run in (first, moved)]
    assert marks[0] == marks[1]
    everyone = [one["partialFingerprints"]["primaryLocationLineHash"] for one in first["results"]]
    assert len(set(everyone)) == len(everyone)


def test_an_exempted_finding_is_suppressed_and_an_expired_exemption_rejected() -> None:
    run = run_of(everything())
    suppression = result(run, "allowed")["suppressions"][0]
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    assert suppression["justification"] == "until 2026-03-01 by platform-team: because"
    assert result(run, "late")["suppressions"][0]["status"] == "rejected"
    assert "suppressions" not in result(run, "small")


def test_a_tag_is_an_exemption_in_the_source() -> None:
    tagged = queue("tagged", size=1, tags={"scaleshop:exempt:aws-res-91": "2026-02-01 team because"})
    assert result(run_of(report([tagged])), "tagged")["suppressions"][0]["kind"] == "inSource"


def test_exempted_findings_can_be_left_out() -> None:
    content = {(name_of(one), one["ruleId"]) for one in run_of(everything(), exempted=False)["results"]}
    assert ("allowed", "aws-res-91") not in content
    assert ("late", "aws-res-91") in content


def test_what_was_not_evaluated_is_open_unless_it_stops_a_deployment() -> None:
    found = result(run_of(everything()), "hidden")
    assert (found["kind"], found["level"]) == ("open", "none")
    strict = Configuration({"all": {"enforcementLevel": "mandatory", "unknown": "fail"}})
    stops = report([queue("hidden", size=UNKNOWN)], configuration=strict)
    assert (result(run_of(stops), "hidden")["kind"], result(run_of(stops), "hidden")["level"]) == ("fail", "error")


def test_a_broken_rule_makes_the_run_unsuccessful_and_is_named() -> None:
    content = run_of(everything())["invocations"][0]
    assert content["executionSuccessful"] is False
    assert {note["associatedRule"]["id"] for note in content["toolExecutionNotifications"]} == {"aws-sec-93"}
    assert run_of(report([queue("large", size=40)]))["invocations"][0]["executionSuccessful"] is True


def test_a_name_cannot_become_a_link() -> None:
    message = result(run_of(report([queue("[x](http://evil)", size=1)])), "[x](http://evil)")["message"]["text"]
    assert "](" not in message
