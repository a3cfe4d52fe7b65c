"""Alarms that are firing, as the supplement that evaluates them tells."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape

from scaleshop import console

Supplement = Mapping[str, Any]


def firing(beside: Sequence[Supplement]) -> Sequence[Mapping[str, Any]]:
    """Each alarm in ALARM: its name, since when, and why; the longest first."""
    found = [alarm for s in beside if s["name"] == "alarms" for alarm in s["figures"].get("firing", ())]
    return sorted(found, key=lambda alarm: (alarm["since"], alarm["name"]))


def show(alarms: Sequence[Mapping[str, Any]]) -> None:
    """Print them; nothing when none is firing."""
    if not alarms:
        return
    table = console.table("alarm", "since", "why", title="\nAlarms that are firing")
    for alarm in alarms:
        table.add_row(f"[red]{escape(alarm['name'])}[/]", alarm["since"], escape(alarm["reason"]))
    console.out().print(table)
