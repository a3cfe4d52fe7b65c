"""The JSON report: its shape, its identity of findings, and what is new since another."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from policies.core.configuration import Configuration
from policies.core.documents import FileError
from policies.core.report import Report
from policies.reports.difference import drop_known, fixed_findings, load, new_findings
from policies.reports.document import SCHEMA, document, to_json
from tests.policies.reporting import everything, exemption, queue, report, rule

SHAPE = json.loads(SCHEMA.read_text("utf-8"))


def by_name(found: list[dict[str, Any]], name: str, rule_id: str = "aws-res-91") -> dict[str, Any]:
    return next(one for one in found if one["resource"]["name"] == name and one["rule"] == rule_id)


def test_the_schema_is_one_and_every_report_has_its_shape() -> None:
    jsonschema.Draft202012Validator.check_schema(SHAPE)
    for one in (everything(), report([]), report([queue("large", size=40)])):
        jsonschema.validate(json.loads(to_json(one)), SHAPE)


@pytest.mark.parametrize("field", ["counts", "findings", "exempted", "unused_exemptions", "stops"])
def test_a_document_without_one_of_its_fields_has_another_shape(field: str) -> None:
    content = document(everything())
    del content[field]
    with pytest.raises(jsonschema.ValidationError, match=field):
        jsonschema.validate(content, SHAPE)


def test_a_finding_has_its_numbers_its_place_and_what_to_do() -> None:
    content = document(everything())
    small = by_name(content["findings"], "small")
    assert (small["severity"], small["status"], small["mandatory"]) == ("high", "fail", True)
    assert (small["actual"], small["required"], small["fix"]) == (4, 10, "set size to 10")
    assert small["place"] == {"file": "shop/queues.py", "line": 7}
    assert small["trace"][1] == {"file": "shop/__main__.py", "line": 3}
    assert by_name(content["findings"], "worst")["severity"] == "critical"
    assert by_name(content["findings"], "nowhere")["place"] is None


def test_counts_are_of_all_verdicts_and_exemptions_are_distinguished() -> None:
    content = document(everything())
    assert list(content["counts"].values()) == [3, 9, 2, 2, 1, 7]
    assert (content["stops"], content["complete"]) == (True, False)
    assert [one["resource"]["name"] for one in content["exempted"]] == ["allowed"]
    assert content["exempted"][0]["exemption"]["expires"] == "2026-03-01"
    assert "expired on 2026-01-14" in by_name(content["findings"], "late")["reason"]
    assert [one["where"] for one in content["unused_exemptions"]] == ["exemptions.yaml:9"]


def test_a_tag_that_cannot_be_read_has_no_last_day() -> None:
    tagged = queue("tagged", size=1, tags={"scaleshop:exempt:aws-res-91": "sometime"})
    found = document(report([tagged]))["findings"][0]
    assert found["exemption"]["expires"] is None
    jsonschema.validate(document(report([tagged])), SHAPE)


def test_a_fingerprint_survives_moved_lines_and_other_numbers_and_names_each_finding() -> None:
    before, after = (document(report([queue("small", line=n, size=n)])) for n in (3, 8))
    assert before["findings"][0]["fingerprint"] == after["findings"][0]["fingerprint"]
    marks = [one["fingerprint"] for one in document(everything())["findings"]]
    assert len(set(marks)) == len(marks)
    other = document(report([queue("small", size=3)], [rule("aws-res-92")]))
    assert other["findings"][0]["fingerprint"] != before["findings"][0]["fingerprint"]


def test_several_problems_of_one_resource_have_fingerprints_of_their_own() -> None:
    def twice(resource: Any, context: Any) -> Any:
        yield from [p for _ in range(2) for p in rule().check(resource, context)]

    found = document(report([queue("small", size=1)], [rule(check=twice)]))["findings"]
    assert [one["fingerprint"].split(":")[1] for one in found] == ["1", "2"]


def test_only_what_is_new_is_left_of_a_report() -> None:
    base = document(report([queue("old", line=3, size=4)]))
    now = drop_known(report([queue("old", line=30, size=5), queue("new", size=4)]), base)
    assert [one.resource.name for one in now.findings] == ["new"]
    assert now.is_blocking


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"size": 4}, {"size": -1}),  # a worse severity
        ({}, {"size": 4}),  # did not concern it
    ],
)
def test_a_finding_that_has_become_worse_is_new(before: dict[str, Any], after: dict[str, Any]) -> None:
    base = document(report([queue("one", **before)]))
    assert len(drop_known(report([queue("one", **after)]), base).findings) == 1
    assert drop_known(report([queue("one", **before)]), base).findings == []


def test_a_finding_that_has_become_mandatory_is_new_and_one_that_was_exempted_is_too() -> None:
    advisory = Configuration({"all": {"enforcementLevel": "advisory"}})
    lenient = document(report([queue("one", size=4)], configuration=advisory))
    assert drop_known(report([queue("one", size=4)]), lenient).is_blocking
    exempted = document(report([queue("one", size=4)], given=[exemption("one")]))
    assert drop_known(report([queue("one", size=4)]), exempted).is_blocking


def test_a_broken_rule_is_never_old() -> None:
    base = document(everything())
    left = drop_known(everything(), base)
    assert {one.status for one in left.findings} == {"broken"}
    assert not left.is_complete


def test_what_is_gone_is_fixed_and_what_is_exempted_is_not() -> None:
    base = document(report([queue("a", size=1), queue("b", size=1)]))
    now = document(report([queue("a", size=10), queue("b", size=1)], given=[exemption("b")]))
    assert [one["resource"]["name"] for one in fixed_findings(now, base)] == ["a"]
    assert new_findings(now, base) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{\n  "version": 1,\n', ":3: is no JSON: "),
        ("", ":1: is no JSON: "),
        ("[]", ": is no report of `scaleshop check`: the document: "),
        ('{"version": 2}', ": is no report of `scaleshop check`: "),
    ],
)
def test_what_is_no_report_is_refused_with_its_line_or_field(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "base.json"
    path.write_text(text)
    with pytest.raises(FileError) as error:
        load(path)
    assert str(error.value).startswith(f"{path}{says}")


def test_a_report_that_was_changed_by_hand_is_refused_with_its_field(tmp_path: Path) -> None:
    content = document(everything())
    content["findings"][0]["severity"] = "dire"
    path = tmp_path / "base.json"
    path.write_text(json.dumps(content))
    with pytest.raises(FileError, match=r"findings\.0\.severity"):
        load(path)
    with pytest.raises(FileError, match="cannot be read"):
        load(tmp_path / "none.json")
    assert load(_write_report(tmp_path, everything()))["stack"] == "shop-test"


def test_ten_thousand_findings_are_reported_without_quadratic_work() -> None:
    many = report([queue(f"q{i}", size=1) for i in range(10_000)])
    assert len(document(many)["findings"]) == 10_000
    assert drop_known(many, document(many)).findings == []
    assert replace(many, results=many.results[:1]).is_blocking


def _write_report(directory: Path, one: Report) -> Path:
    path = directory / "report.json"
    path.write_text(to_json(one))
    return path
