"""A report as JUnit XML, as CI systems show it: one case for each rule and resource that it concerns."""

import re
import xml.etree.ElementTree as ET

from policies.core.evaluate import RuleResult
from policies.core.report import Report

# What XML 1.0 cannot hold, not even escaped: https://www.w3.org/TR/xml/#charsets
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: Report) -> str:
    """The XML: failures, errors for rules that broke, and skipped cases for what is exempted or was not evaluated."""
    cases = {id(result): _outcome(result) for result in report.results}
    outcomes = [outcome for outcome in cases.values() if outcome]
    counts = {
        "tests": len(outcomes),
        "failures": outcomes.count("failure"),
        "errors": outcomes.count("error"),
        "skipped": outcomes.count("skipped"),
    }
    numbers = {name: str(value) for name, value in counts.items()}
    root = ET.Element("testsuites", {"name": "scaleshop check", **numbers})
    suite = ET.SubElement(root, "testsuite", {"name": _text(f"{report.stack}, profile {report.profile}"), **numbers})
    for result in report.results:
        outcome = cases[id(result)]
        if outcome:
            _case(suite, result, outcome)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _outcome(result: RuleResult) -> str:
    """The element that tells it; nothing where the rule does not concern the resource."""
    if result.status == "fail" or (result.status == "not evaluated" and result.mandatory):
        return "failure"
    return {"broken": "error", "pass": "pass", "not applicable": ""}.get(result.status, "skipped")


def _case(suite: ET.Element, result: RuleResult, outcome: str) -> None:
    resource, place = result.resource, result.resource.place
    about = {"classname": f"policies.{result.rule.id}", "name": _text(f"{resource!r}: {result.rule.title}")}
    line = {"file": _text(place.file), "line": str(place.line)} if place else {}
    case = ET.SubElement(suite, "testcase", {**about, **line})
    if outcome == "pass":
        return
    kind = {"failure": {"type": result.severity}, "error": {"type": "broken"}}.get(outcome, {})
    element = ET.SubElement(case, outcome, {"message": _text(result.message), **kind})
    if kind:
        element.text = _text(resource.urn)


def _text(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
