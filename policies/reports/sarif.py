"""A report as SARIF 2.1.0, as code scanning and editors read it.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html and, for what GitHub
makes of it, https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from policies.core.evaluate import RuleResult
from policies.core.exemptions import TAG, Exemption
from policies.core.report import Report
from policies.core.rule import Rule, Severity
from policies.core.values import SourceLine
from policies.reports.document import fingerprints

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT_ID = "%SRCROOT%"
LEVELS: Mapping[Severity, str] = MappingProxyType(
    {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
)
# GitHub's bands: over 9.0 is critical, 7.0 to 8.9 high, 4.0 to 6.9 medium, below that low.
SECURITY_SEVERITIES: Mapping[Severity, str] = MappingProxyType(
    {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}
)


def sarif(report: Report, *, exempted: bool = True, read_from: str = "") -> str:
    """The log.

    Args:
        report: What to tell.
        exempted: Whether exempted findings are in it, as suppressed ones. GitHub opens alerts for those too.
        read_from: The file to point at where the program's lines were not recorded: a state, a preview. Code scanning
            refuses results without a file.
    """
    marks = fingerprints(report)
    shown = [result for result in report.results if result.status in {"fail", "not evaluated"}]
    shown += [result for result in report.results if exempted and result.status == "exempted"]
    rules = list({result.rule.id: result.rule for result in report.results}.values())
    places = {rule.id: index for index, rule in enumerate(rules)}
    results = [_result(one, marks[id(one)], places[one.rule.id], read_from) for one in shown]
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "scaleshop",
                "semanticVersion": version("scaleshop"),
                "rules": [_rule(rule) for rule in rules],
            }
        },
        # The part before the last slash is what GitHub tells analyses of one commit apart by.
        "automationDetails": {"id": f"scaleshop-check/{report.stack}/"},
        "originalUriBaseIds": {ROOT_ID: {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "results": results,
        "properties": {"source": report.source, "profile": report.profile},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    settings = [f"`{name}` = {json.dumps(one.default)}: {one.description}." for name, one in rule.settings.items()]
    lines = [f"{rule.title}.", *settings, f"Page: {rule.page}.", *(f"Source: {source}" for source in rule.sources)]
    tags = [rule.category, rule.platform]
    return {
        "id": rule.id,
        "name": "".join(part.capitalize() for part in rule.id.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": f"{rule.title}. `scaleshop explain {rule.id}` says why."},
        "help": {"text": "\n".join(lines).replace("`", ""), "markdown": "\n\n".join(lines)},
        **({"helpUri": rule.sources[0]} if rule.sources else {}),
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        # A rule without the tag `security` would lose its severity at GitHub, which shows `security-severity` for that.
        "properties": {
            "tags": ["security", *(tag for tag in tags if tag != "security")],
            "precision": "very-high",
            "problem.severity": {"error": "error", "warning": "warning", "note": "recommendation"}[
                LEVELS[rule.severity]
            ],
            "security-severity": SECURITY_SEVERITIES[rule.severity],
        },
    }


def _result(result: RuleResult, fingerprint: str, rule_index: int, read_from: str) -> dict[str, Any]:
    resource = result.resource
    location = _location(resource.place or (SourceLine(read_from, 1) if read_from else None))
    location["logicalLocations"] = [
        {"name": resource.name, "fullyQualifiedName": resource.urn, "kind": "resource"},
    ]
    entry: dict[str, Any] = {
        "ruleId": result.rule.id,
        "ruleIndex": rule_index,
        **_verdict(result),
        "message": {"text": _plain(result.message)},
        "locations": [location],
        # GitHub reads the first of them alone; computed from a line's text it would be one for all resources that a
        # component makes at that line.
        "partialFingerprints": {"primaryLocationLineHash": fingerprint, "ruleAndResource/v1": fingerprint},
        "properties": {
            "status": result.status,
            "mandatory": result.mandatory,
            "resource": resource.urn,
            "actual": result.problem.actual if result.problem else None,
            "required": result.problem.required if result.problem else None,
        },
    }
    callers = resource.trace[1:]
    if callers:
        entry["relatedLocations"] = [
            {"id": index, **_location(place), "message": {"text": "which is called here"}}
            for index, place in enumerate(callers, 1)
        ]
        entry["stacks"] = [
            {
                "message": {"text": f"What made {resource!r}"},
                "frames": [{"location": _location(place)} for place in resource.trace],
            }
        ]
    if result.exemption:
        entry["suppressions"] = [_suppression(result, result.exemption)]
    return entry


def _verdict(result: RuleResult) -> dict[str, str]:
    """Kind and level: `open` is what could not be decided, and has no level unless it stops a deployment."""
    if result.status == "not evaluated" and not result.mandatory:
        return {"kind": "open", "level": "none"}
    return {"kind": "fail", "level": LEVELS[result.severity]}


def _suppression(result: RuleResult, exemption: Exemption) -> dict[str, Any]:
    """The exemption of a finding: accepted while it holds, rejected once it is expired or when it is too long."""
    return {
        "kind": "inSource" if TAG in exemption.where else "external",
        "status": "accepted" if result.status == "exempted" else "rejected",
        "justification": _plain(result.reason),
        "properties": {
            "owner": exemption.owner,
            "expires": exemption.expires.isoformat() if exemption.expires else None,
            "where": exemption.where,
        },
    }


def _invocation(report: Report) -> dict[str, Any]:
    broken = [result for result in report.results if result.status == "broken"]
    return {"executionSuccessful": report.is_complete, "toolExecutionNotifications": list(_notifications(broken))}


def _notifications(broken: Sequence[RuleResult]) -> Iterable[dict[str, Any]]:
    for result in broken:
        yield {
            "level": "error",
            "message": {"text": _plain(result.message)},
            "associatedRule": {"id": result.rule.id},
        }


def _location(place: SourceLine | None) -> dict[str, Any]:
    if place is None:
        return {}
    artifact = (
        {"uri": f"file://{quote(place.file)}"}
        if place.file.startswith("/")
        else {"uri": quote(place.file), "uriBaseId": ROOT_ID}
    )
    return {"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": place.line}}}


def _plain(text: str) -> str:
    """Text that no viewer takes for a link."""
    return text.replace("](", "]\\(")
