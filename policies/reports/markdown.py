"""A report as Markdown for places that people write in, such as a pull request; names cannot become markup there."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from policies.core.report import Report
from policies.reports.document import document, format_place

MOST_ROWS = 50
"""Rows of a table; what is left out is counted."""
_LONGEST_CELL = 600
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~$<>&@]|:(?=//)|(?<=www)\.)")
_BREAKS = re.compile(r"\s+")
_ENTITIES = {
    "<": "&lt;", ">": "&gt;", "&": "&amp;", "|": "&#124;", "@": "&#64;", "#": "&#35;", ":": "&#58;", ".": "&#46;",
}  # fmt: skip


def markdown(report: Report) -> str:
    """The verdict, its findings and its exemptions."""
    content = document(report)
    blocks = [f"### {text(content['stack'])}: {verdict(content)}", counts(content)]
    blocks += [findings_table(content["findings"])] if content["findings"] else []
    blocks += exemptions(content)
    return "\n\n".join(blocks) + "\n"


def verdict(content: Mapping[str, Any]) -> str:
    """Pass or fail, and whether anything is missing."""
    line = "the policies stop this" if content["stops"] else "the policies let this pass"
    return line if content["complete"] else f"{line}; a rule broke, and its verdict is missing"


def counts(content: Mapping[str, Any]) -> str:
    """How often each verdict was given, by which profile, from what."""
    listed = ", ".join(f"{count} {status}" for status, count in content["counts"].items())
    return f"{listed} (profile {text(content['profile'])}, read from {text(content['source'])})"


def findings_table(findings: Sequence[Mapping[str, Any]], *, pages: str = "", most: int = MOST_ROWS) -> str:
    """Findings as a table.

    Args:
        findings: Of a document.
        pages: URL of the directory of the rules' pages; without one they are named by path.
        most: Rows.
    """
    rows = [
        [
            f"{one['severity']}{' **stops**' if one['mandatory'] else ''}",
            _link_page(one, pages),
            code(one["resource"]["name"]),
            _describe(one),
            code(format_place(one["place"])) if one["place"] else "",
        ]
        for one in findings[:most]
    ]
    left = len(findings) - len(rows)
    more = f"\n\n{left} more are in the report." if left > 0 else ""
    return table(("severity", "rule", "resource", "what, and the fix", "where"), rows) + more


def exemptions(content: Mapping[str, Any], *, most: int = MOST_ROWS) -> list[str]:
    """What exemptions were used for, which are expired, which nothing needs; one block for each that there is."""
    used = [_describe_exempted(one) for one in content["exempted"]]
    expired = [
        f"{code(one['rule'])} at {code(one['resource']['name'])}: {text(one['reason'] or '')}"
        for one in content["findings"]
        if one["exemption"]
    ]
    unused = [
        f"{text(', '.join(one['rules']))} of {text(one['owner'])} until {one['expires']} ({code(one['where'])})"
        for one in content["unused_exemptions"]
    ]
    named = {
        "Exempted": used,
        "Exemptions that hold no longer": expired,
        "Exemptions that nothing needs; delete them": unused,
    }
    return [f"**{title}**\n\n{bullets(lines, most)}" for title, lines in named.items() if lines]


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def bullets(lines: Sequence[str], most: int) -> str:
    """A list, cut."""
    left = len(lines) - most
    more = [f"- {left} more are in the report"] if left > 0 else []
    return "\n".join([*(f"- {line}" for line in lines[:most]), *more])


def text(value: str) -> str:
    """Text that stays text: no markup, no HTML, no mention of people or issues, no second line."""
    shown = _BREAKS.sub(" ", value).strip()
    shown = shown if len(shown) <= _LONGEST_CELL else shown[: _LONGEST_CELL - 3] + "..."
    return _SPECIAL.sub(lambda match: _ENTITIES.get(match[1], "\\" + match[1]), shown)


def code(value: str) -> str:
    """A name in code spans; what would end the span or the cell is replaced."""
    shown = _BREAKS.sub(" ", value).strip().replace("`", "'").replace("|", "¦")
    shown = shown if len(shown) <= _LONGEST_CELL else shown[: _LONGEST_CELL - 3] + "..."
    return f"`{shown}`" if shown else ""


def _describe(one: Mapping[str, Any]) -> str:
    line = text(one["problem"] or f"{one['status']}: {one['reason']}")
    fix = f"<br>Fix: {text(one['fix'])}" if one["fix"] else ""
    note = f"<br>{text(one['reason'])}" if one["problem"] and one["reason"] else ""
    return f"{line}{fix}{note}"


def _describe_exempted(one: Mapping[str, Any]) -> str:
    return f"{code(one['rule'])} at {code(one['resource']['name'])}: {text(one['reason'] or '')}"


def _link_page(one: Mapping[str, Any], pages: str) -> str:
    name = one["page"].rpartition("/")[2]
    return f"[`{one['rule']}`]({pages.rstrip('/')}/{name})" if pages else f"`{one['rule']}`"
