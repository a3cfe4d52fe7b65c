"""`scaleshop status` and `outputs`: what runs, what it enforces, where it is."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from scaleshop import console
from scaleshop.architectures.base import Alarm, SupplementDetails, UnenforcedPermission
from scaleshop.errors import CommandError, Exit
from scaleshop.options import Arch, ArchOption, AsJson, Engine, Stack, Target
from scaleshop.session import open_session

if TYPE_CHECKING:
    from sandbox.host.supervisor import PlaneStatus

STATES = {"running": "green", "stopped": "yellow", "dead": "red"}


def status(
    arch: Arch = None,
    stack: Stack = None,
    types: Annotated[bool, typer.Option("--types", help="List every resource type the sandbox knows.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what runs, what the stack holds, and what the sandbox records without enforcing it.

    Examples: `scaleshop status`, `scaleshop status --types --json`
    """
    session = open_session(arch, stack)
    architecture, found = session.architecture, session.planes
    planes = [_document(plane) for plane in found]
    details = [architecture.describe_plane(plane) for plane in found]
    supplements = [supplement for one in details for supplement in one.supplements]
    alarms = [alarm for one in details for alarm in one.alarms]
    unenforced = architecture.unenforced_permissions()
    resources = session.runner().resources()
    used = {str(r["type"]) for r in resources}
    catalog = [asdict(entry) for entry in architecture.catalog() if types or entry.token in used]
    stale = session.is_fresh and bool(resources)
    if as_json:
        document = {"stack": session.stack, "resources": len(resources), "planes": planes, "types": catalog}
        lists = {"supplements": supplements, "alarms": alarms, "unenforced": unenforced}
        console.print_json({**document, **{k: [asdict(one) for one in v] for k, v in lists.items()}, "stale": stale})
        return
    printed = console.out()
    table = console.table("data plane", "version", "state", "address", "log")
    for plane in planes:
        state = f"[{STATES[plane['state']]}]{plane['state']}[/]"
        table.add_row(plane["name"], plane["version"], state, plane["endpoint"] or "-", escape(plane["log"]))
        for companion in plane["companions"]:
            state = f"[{STATES[companion['state']]}]{companion['state']}[/]"
            table.add_row(f"  {companion['name']}", "", state, companion["endpoint"] or "-", escape(companion["log"]))
    printed.print(table)
    _show_supplements(supplements)
    _show_alarms(alarms)
    printed.print(f"\nstack {session.stack}: {len(resources)} resources", markup=False)
    if any(plane.state == "dead" for plane in found):
        printed.print(session.explain_stopped(), markup=False)
    if stale:
        printed.print("It describes another world than the one that runs; `scaleshop up` rebuilds it.", markup=False)
    _show_types(catalog, architecture.cloud, everything=types)
    _show_unenforced(unenforced, architecture.cloud)


def outputs(
    name: Annotated[str | None, typer.Argument(help="One output, printed bare.")] = None,
    arch: ArchOption = None,
    stack: Stack = None,
    target: Target = "sandbox",
    engine: Engine = "auto",
    show_secrets: Annotated[bool, typer.Option(help="Print secret values.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the stack's outputs.

    Examples: `scaleshop outputs`, `scaleshop outputs apiUrl`, `scaleshop outputs --json`
    """
    session = open_session(arch, stack, target=target, engine=engine)
    found = dict(sorted(session.runner().outputs(show_secrets=show_secrets).items()))
    if name is not None:
        if name not in found:
            known = ", ".join(found) or "none; run `scaleshop up` first"
            msg = f"Stack '{session.stack}' has no output '{name}'; there are: {known}."
            raise CommandError(msg, Exit.USAGE)
        typer.echo(found[name] if isinstance(found[name], str) and not as_json else json.dumps(found[name]))
    elif as_json:
        console.print_json(found)
    else:
        table = console.table("output", "value")
        for key, value in found.items():
            table.add_row(key, escape(value if isinstance(value, str) else json.dumps(value)))
        console.out().print(table)


def _document(plane: "PlaneStatus") -> dict[str, Any]:
    """A plane as JSON."""
    companions = [{**asdict(companion), "log": str(companion.log)} for companion in plane.companions]
    return {**asdict(plane), "log": str(plane.log), "companions": companions}


def _show_supplements(supplements: Sequence[SupplementDetails]) -> None:
    if not supplements:
        return
    table = console.table("supplement", "adds to the emulator", "now", title="\nWhat stands beside the emulator")
    for supplement in supplements:
        table.add_row(supplement.name, escape(supplement.adds), escape(_summarize(supplement.figures)))
    console.out().print(table)


def _summarize(figures: Mapping[str, Any]) -> str:
    """Figures in one line; what needs a table of its own is left to JSON."""
    plain = {name: value for name, value in figures.items() if isinstance(value, int | float | str)}
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in plain.items())


def _show_alarms(alarms: Sequence[Alarm]) -> None:
    if not alarms:
        return
    table = console.table("alarm", "since", "why", title="\nAlarms that are firing")
    for alarm in alarms:
        table.add_row(f"[red]{escape(alarm.name)}[/]", alarm.since, escape(alarm.reason))
    console.out().print(table)


def _show_unenforced(permissions: Sequence[UnenforcedPermission], cloud: str) -> None:
    if permissions:
        names = "; ".join(permission.what for permission in permissions)
        console.out().print(f"\nPermissions that only {cloud} enforces: {names}", markup=False)


def _show_types(catalog: Sequence[dict[str, Any]], cloud: str, *, everything: bool) -> None:
    shown = [entry for entry in catalog if everything or entry["enforcement"] == "records" or entry["note"]]
    if not shown:
        return
    printed = console.out()
    title = "What the sandbox does" if everything else f"What the sandbox does not do as {cloud} would"
    table = console.table("resource type", "here it", "note", title=f"\n{title}")
    for entry in sorted(shown, key=lambda e: (e["enforcement"] != "records", e["token"])):
        colour = "yellow" if entry["enforcement"] == "records" else "green"
        table.add_row(entry["token"], f"[{colour}]{entry['enforcement']}[/]", escape(entry["note"] or f"as {cloud}"))
    printed.print(table)
