"""The packs' verdict for people: a table of findings, and one line of counts."""

from typing import TYPE_CHECKING

from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from scaleshop import console

if TYPE_CHECKING:
    from policies.core.evaluate import RuleResult
    from policies.core.report import Report

COLOURS = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan"}


def show(report: "Report") -> None:
    """Print findings, exemptions that nothing needs, and the counts."""
    printed = console.out()
    if report.findings:
        printed.print(_table(report))
        printed.print()
    for one in report.unused:
        line = f"{one.where}: nothing needs this exemption ({', '.join(one.rules)}, {one.owner}); delete it."
        printed.print(line, markup=False)
    printed.print(summary(report), markup=False)


def summary(report: "Report") -> str:
    """Counts of the verdicts in one line."""
    counts = report.counts
    stopping = sum(result.mandatory for result in report.results)
    counted = [
        f"{counts.get('pass', 0)} pass",
        f"{counts.get('fail', 0)} fail",
        f"{counts.get('not applicable', 0)} not applicable",
        f"{counts.get('not evaluated', 0)} not evaluated",
        *(f"{counts[name]} {name}" for name in ("exempted", "broken") if counts.get(name)),
    ]
    verdict = (
        f"{stopping} stop{'s' if stopping == 1 else ''} a deployment" if stopping else "nothing stops a deployment"
    )
    return f"{report.stack}, profile {report.profile}: {', '.join(counted)}; {verdict}"


def _table(report: "Report") -> Table:
    table = console.table("severity", "rule", "resource", "what, and the fix", "where")
    for result in report.findings:
        place = result.resource.place
        severity = f"[{COLOURS[result.severity]}]{result.severity}[/]{'' if result.mandatory else ' (advisory)'}"
        where = f"{place.file}:{place.line}" if place else ""
        table.add_row(severity, result.rule.id, escape(f"{result.resource!r}"), _describe(result), escape(where))
    return table


def _describe(result: "RuleResult") -> Group:
    if result.problem is None:
        return Group(Text(f"{result.status}: {result.reason}"))
    lines = [Text(result.problem.message), Text(f"Fix: {result.problem.fix}", style="green")]
    return Group(*lines, *([Text(result.reason, style="yellow")] if result.reason else []))
