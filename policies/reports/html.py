"""A report as one HTML page; it loads nothing from elsewhere and runs no script."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from policies.core.report import Report
from policies.reports.document import document, format_place

# Nothing but the style below may be used, whatever a name contains.
CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #232f3e; max-width: 1100px; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .3rem .6rem; vertical-align: top }
tr + tr { border-top: 1px solid #dfe4ea } code { overflow-wrap: anywhere } .fix { color: #5b6b7c }
.stops { color: #b3261e; font-weight: 600 } .ok { color: #1b7f3b; font-weight: 600 }
"""


def html(report: Report) -> str:
    """The page."""
    content = document(report)
    title = f"{'FAIL' if content['stops'] else 'PASS'}: {content['stack']}, profile {content['profile']}"
    verdict = "stops" if content["stops"] else "ok"
    counts = ", ".join(f"{count} {status}" for status, count in content["counts"].items())
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(CONTENT_POLICY)}">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>"
        f'<h1 class="{verdict}">{escape(title)}</h1><p>Read from {escape(content["source"])}. {escape(counts)}.</p>'
        f"{'' if content['complete'] else '<p class=stops>A rule broke: its verdict is missing.</p>'}"
        f"{_findings_table(content['findings'])}{_exempted_table(content['exempted'])}"
        f"{_unused_table(content['unused_exemptions'])}</html>\n"
    )


def _findings_table(findings: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [
            f'<span class="{"stops" if one["mandatory"] else ""}">{escape(one["severity"])}</span>',
            f"<code>{escape(one['rule'])}</code>",
            f"{escape(one['resource']['name'])}<br><code>{escape(one['resource']['type'])}</code>",
            _describe(one),
            f"<code>{escape(format_place(one['place']))}</code>",
        ]
        for one in findings
    ]
    return _table("Findings", ("severity", "rule", "resource", "what", "where"), rows, "No findings.")


def _describe(one: Mapping[str, Any]) -> str:
    first = one["problem"] or f"{one['status']}: {one['reason']}"
    fix = f'<br><span class="fix">Fix: {escape(one["fix"])}</span>' if one["fix"] else ""
    note = f'<br><span class="fix">{escape(one["reason"])}</span>' if one["problem"] and one["reason"] else ""
    stops = '<br><span class="stops">stops the deployment</span>' if one["mandatory"] else ""
    return f"{escape(first)}{fix}{note}{stops}"


def _exempted_table(findings: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [
            f"<code>{escape(one['rule'])}</code>",
            escape(one["resource"]["name"]),
            escape(one["problem"] or one["message"]),
            escape(one["reason"] or ""),
            f"<code>{escape(one['exemption']['where'])}</code>",
        ]
        for one in findings
        if one["exemption"]
    ]
    return _table("Exempted", ("rule", "resource", "what", "why", "where"), rows)


def _unused_table(exemptions: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [
            *(escape(text) for text in (", ".join(one["rules"]), one["owner"], str(one["expires"]), one["reason"])),
            f"<code>{escape(one['where'])}</code>",
        ]
        for one in exemptions
    ]
    return _table("Exemptions that nothing needs", ("rules", "owner", "until", "why", "where"), rows)


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], nothing: str = "") -> str:
    if not rows:
        return f"<p>{escape(nothing)}</p>" if nothing else ""
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<h2>{escape(title)}</h2><table><tr>{head}</tr>{body}</table>"
