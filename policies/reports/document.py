"""A report as one JSON document; its shape is `report.schema.json`, and other tools may rely on it."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from policies.core.evaluate import RuleResult, Status
from policies.core.exemptions import Exemption
from policies.core.report import Report
from policies.core.values import SourceLine

SCHEMA = Path(__file__).with_name("report.schema.json")
VERSION = 1
STATUSES: tuple[Status, ...] = get_args(Status)


def to_json(report: Report) -> str:
    """The document as text."""
    return json.dumps(document(report), indent=2) + "\n"


def document(report: Report) -> dict[str, Any]:
    """Everything a report says, in the order in which people should read it."""
    marks = fingerprints(report)
    exempted = sorted(
        (result for result in report.results if result.status == "exempted"),
        key=lambda result: (result.rule.id, result.resource.urn),
    )
    return {
        "version": VERSION,
        "stack": report.stack,
        "source": report.source,
        "profile": report.profile,
        "stops": report.is_blocking,
        "complete": report.is_complete,
        "counts": {status: report.counts.get(status, 0) for status in STATUSES},
        "findings": [finding(result, marks[id(result)]) for result in report.findings],
        "exempted": [finding(result, marks[id(result)]) for result in exempted],
        "unused_exemptions": [exemption_document(one) for one in report.unused],
    }


def finding(result: RuleResult, fingerprint: str) -> dict[str, Any]:
    """One result that somebody should read, or that an exemption allows."""
    problem, rule = result.problem, result.rule
    return {
        "fingerprint": fingerprint,
        "rule": rule.id,
        "title": rule.title,
        "category": rule.category,
        "severity": result.severity,
        "status": result.status,
        "mandatory": result.mandatory,
        "resource": {"urn": result.resource.urn, "type": result.resource.type, "name": result.resource.name},
        "place": _place(result.resource.place) if result.resource.place else None,
        "trace": [_place(place) for place in result.resource.trace],
        "message": result.message,
        "problem": problem.message if problem else None,
        "fix": problem.fix if problem else None,
        "actual": problem.actual if problem else None,
        "required": problem.required if problem else None,
        "reason": result.reason or None,
        "exemption": exemption_document(result.exemption) if result.exemption else None,
        "page": rule.page,
        "sources": list(rule.sources),
    }


def exemption_document(one: Exemption) -> dict[str, Any]:
    """An exemption."""
    return {
        "rules": list(one.rules),
        "resources": list(one.resources),
        "reason": one.reason,
        "owner": one.owner,
        "expires": one.expires.isoformat() if one.expires else None,
        "where": one.where,
    }


def fingerprints(report: Report) -> Mapping[int, str]:
    """A name for each finding and exempted one, by the result's identity, that survives moved lines and new numbers.

    It is made of the rule and the resource's URN, and a count where a rule finds several things wrong with one.
    """
    shown: Iterable[RuleResult] = (
        result for result in report.results if result.is_finding or result.status == "exempted"
    )
    seen: Counter[str] = Counter()
    marks: dict[int, str] = {}
    for result in shown:
        about = f"{result.rule.id}\n{result.resource.urn}"
        seen[about] += 1
        marks[id(result)] = f"{hashlib.sha256(about.encode()).hexdigest()[:16]}:{seen[about]}"
    return marks


def format_place(place: Mapping[str, Any] | None) -> str:
    """A document's place as `file:line`, nothing when it was not recorded."""
    return f"{place['file']}:{place['line']}" if place else ""


def _place(place: SourceLine) -> dict[str, Any]:
    return {"file": place.file, "line": place.line}
