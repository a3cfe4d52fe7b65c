"""What is new since a report of before, and what is gone."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs

from policies.core.documents import FileError
from policies.core.report import Report
from policies.reports.document import SCHEMA, finding, fingerprints

_STATUSES = ("not evaluated", "fail", "broken")
_SEVERITIES = ("low", "medium", "high", "critical")


def load(path: Path) -> Mapping[str, Any]:
    """The document of a report that was written before.

    Raises:
        FileError: it is missing, malformed or no report; the message names the line or the field.
    """
    try:
        document = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror}.") from None
    except json.JSONDecodeError as error:
        raise FileError(f"{path}:{error.lineno}: is no JSON: {error.msg}.") from None
    except UnicodeDecodeError:
        raise FileError(f"{path}: is no JSON: not UTF-8.") from None
    try:
        jsonschema_rs.validate(json.loads(SCHEMA.read_text("utf-8")), document)
    except jsonschema_rs.ValidationError as error:
        field = ".".join(map(str, error.instance_path)) or "the document"
        hint = "write it with `scaleshop check --json`"
        raise FileError(
            f"{path}: is no report of `scaleshop check`: {field}: {_short(error.message)}; {hint}."
        ) from None
    return document


def drop_known(report: Report, base: Mapping[str, Any]) -> Report:
    """A report without the findings that were there before and are no worse now; broken rules always stay."""
    known, marks = _by_fingerprint(base["findings"]), fingerprints(report)
    kept = [
        result
        for result in report.results
        if not result.is_finding or is_new(finding(result, marks[id(result)]), known.get(marks[id(result)]))
    ]
    return replace(report, results=kept)


def new_findings(document: Mapping[str, Any], base: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The findings of a document that were not in another, or are worse."""
    known = _by_fingerprint(base["findings"])
    return [one for one in document["findings"] if is_new(one, known.get(one["fingerprint"]))]


def fixed_findings(document: Mapping[str, Any], base: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The findings of `base` that are neither found nor exempted any more."""
    there = _by_fingerprint([*document["findings"], *document["exempted"]])
    return [one for one in base["findings"] if one["fingerprint"] not in there]


def is_new(now: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
    """Whether a finding was not there before, or is worse by status, severity or level."""
    if before is None or now["status"] == "broken":
        return True
    return any(new_findings > old for new_findings, old in zip(_badness(now), _badness(before), strict=True))


def _badness(one: Mapping[str, Any]) -> tuple[int, int, bool]:
    return _STATUSES.index(one["status"]), _SEVERITIES.index(one["severity"]), one["mandatory"]


def _by_fingerprint(findings: Sequence[Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    return {one["fingerprint"]: one for one in findings}


def _short(text: str) -> str:
    return text if len(text) <= 120 else text[:117] + "..."
