"""What the CLI's events add up to; the real CLI's are read in `tests/engine` and `tests/e2e`."""

import json
from collections.abc import Mapping
from typing import Any

from engine.operation import StepRecord
from scaleshop.pulumi_events import PulumiEventReader

URN = "urn:pulumi:aws-dev::scaleshop::aws:sqs/queue:Queue::orders"


def step(op: str, *, begins: bool = True, old: Any = None, new: Any = None, **details: Any) -> str:
    metadata = {"op": op, "urn": URN, "type": "aws:sqs/queue:Queue", "old": old, "new": new, "keys": None, **details}
    return json.dumps({"resourcePreEvent" if begins else "resOutputsEvent": {"metadata": metadata}})


def said(severity: str, message: str) -> str:
    return json.dumps({"diagnosticEvent": {"severity": severity, "message": message, "color": "never"}})


def read(*lines: str) -> tuple[PulumiEventReader, list[Mapping[str, Any]]]:
    seen: list[Mapping[str, Any]] = []
    events = PulumiEventReader(seen.append)
    for line in lines:
        events.read(line)
    return events, seen


def test_events_add_up_to_steps_counts_and_planned_states() -> None:
    new = {"urn": URN, "type": "aws:sqs/queue:Queue", "parent": "urn:parent", "inputs": {"name": "x"}, "id": None}
    summary = json.dumps({"summaryEvent": {"resourceChanges": {"create": 1, "same": 0}}})
    events, seen = read(step("create", new=new), step("create", begins=False, new=new), summary)
    assert events.steps == [StepRecord("create", URN)]
    assert events.changes == {"create": 1}
    assert events.planned[URN]["parent"] == "urn:parent"
    assert seen[0]["resourcePreEvent"]["metadata"].keys() == {"op", "urn", "type", "new", "keys", "diffs"}
    assert seen[0]["resourcePreEvent"]["metadata"]["keys"] == []


def test_what_is_deleted_is_not_planned_but_what_replaces_it_is() -> None:
    old, new = {"urn": URN, "inputs": {"name": "old"}}, {"urn": URN, "inputs": {"name": "new"}}
    assert read(step("same", new=old), step("delete", old=old))[0].planned == {}
    events, _ = read(step("create-replacement", old=old, new=new), step("delete-replaced", old=old))
    assert events.planned[URN]["inputs"] == {"name": "new"}


def test_errors_are_the_engines_without_its_closing_words() -> None:
    events, _ = read(
        said("error", "name is taken\n"),
        said("error", "an unhandled error occurred: program exited with non-zero exit code: 1\n"),
        said("error", "update failed\n"),
    )
    assert events.errors("error: update failed") == ["name is taken"]


def test_before_the_engine_began_the_error_is_what_the_cli_said() -> None:
    assert read()[0].errors("error: no Pulumi.yaml\n") == ["no Pulumi.yaml"]
    assert read(said("error", "update failed"))[0].errors("") == ["update failed"]


def test_our_own_launchers_and_a_stopped_programs_traceback_are_no_news() -> None:
    _, seen = read(
        said("warning", "using pulumi-resource-aws from $PATH at /x\n"),
        said("info#err", "the user's own line"),
        json.dumps({"summaryEvent": {"resourceChanges": None}}),
        said("info#err", "Traceback (most recent call last):"),
    )
    assert [e["diagnosticEvent"]["message"] for e in seen if "diagnosticEvent" in e] == ["the user's own line"]
    assert seen[0]["diagnosticEvent"]["urn"] == ""


def test_lines_that_are_no_events_are_left_out() -> None:
    assert read("Updating (aws-dev):", "", "[1]", '"text"')[1] == []


def test_violations_are_kept() -> None:
    violation = {"policyName": "tags", "enforcementLevel": "mandatory", "message": "no owner"}
    assert read(json.dumps({"policyEvent": violation}))[0].violations == [violation]
