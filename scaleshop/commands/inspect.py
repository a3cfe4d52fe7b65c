"""`scaleshop status` and `outputs`: what runs, what it enforces, where it is."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.markup import escape

from sandbox.host.supervisor import PlaneStatus
from sandbox.planes.aws.permissions.unenforced import UNENFORCED
from scaleshop import alarms, console
from scaleshop.alarms import firing
from scaleshop.errors import CommandError, Exit
from scaleshop.options import Architecture, AsJson, Engine, Stack, Target
from scaleshop.session import open_session
from scaleshop.supplements import figures, supplements

STATES = {"running": "green", "stopped": "yellow", "dead": "red"}


def status(
    architecture: Architecture = "aws",
    stack: Stack = None,
    types: Annotated[bool, typer.Option("--types", help="List every resource type the sandbox knows.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what runs, what the stack holds, and what the sandbox records without enforcing it.

    Examples: `scaleshop status`, `scaleshop status --types --json`
    """
    session = open_session(architecture, stack)
    found = session.sandbox.status()
    planes = [_document(plane) for plane in found]
    beside = [supplement for plane in found for supplement in supplements(plane)]
    resources = session.runner().resources()
    used = {str(r["type"]) for r in resources}
    catalogue = [asdict(entry) for entry in _catalogue() if types or entry.token in used]
    stale = session.sandbox.fresh(session.architecture) and bool(resources)
    if as_json:
        document = {"stack": session.stack, "resources": len(resources), "planes": planes, "types": catalogue}
        unenforced = [asdict(entry) for entry in UNENFORCED]
        console.print_json(
            {**document, "supplements": beside, "alarms": firing(beside), "stale": stale, "unenforced": unenforced}
        )
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
    _show_supplements(beside)
    alarms.show(firing(beside))
    printed.print(f"\nstack {session.stack}: {len(resources)} resources", markup=False)
    if any(plane.state == "dead" for plane in found):
        printed.print(session.not_running(), markup=False)
    if stale:
        printed.print("It describes another world than the one that runs; `scaleshop up` rebuilds it.", markup=False)
    _show_types(catalogue, everything=types)
    printed.print(
        f"\nPermissions that only AWS enforces: {'; '.join(entry.what for entry in UNENFORCED)}", markup=False
    )


def outputs(
    name: Annotated[str | None, typer.Argument(help="One output, printed bare.")] = None,
    stack: Stack = None,
    target: Target = "sandbox",
    engine: Engine = "auto",
    show_secrets: Annotated[bool, typer.Option(help="Print secret values.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the stack's outputs.

    Examples: `scaleshop outputs`, `scaleshop outputs apiUrl`, `scaleshop outputs --json`
    """
    session = open_session("aws", stack, target=target, engine=engine)
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


def _catalogue() -> Sequence[Any]:
    from sandbox.aws.package import AwsPackage  # noqa: PLC0415 - loads every handler

    return AwsPackage.catalogue()


def _document(plane: PlaneStatus) -> dict[str, Any]:
    """A plane as JSON."""
    companions = [{**asdict(companion), "log": str(companion.log)} for companion in plane.companions]
    return {**asdict(plane), "log": str(plane.log), "companions": companions}


def _show_supplements(beside: Sequence[Mapping[str, Any]]) -> None:
    if not beside:
        return
    table = console.table("supplement", "adds to the emulator", "now", title="\nWhat stands beside the emulator")
    for supplement in beside:
        table.add_row(supplement["name"], escape(supplement["adds"]), escape(figures(supplement)))
    console.out().print(table)


def _show_types(catalogue: Sequence[dict[str, Any]], *, everything: bool) -> None:
    shown = [entry for entry in catalogue if everything or entry["enforcement"] == "records" or entry["note"]]
    if not shown:
        return
    printed = console.out()
    title = "What the sandbox does" if everything else "What the sandbox does not do as AWS would"
    table = console.table("resource type", "here it", "note", title=f"\n{title}")
    for entry in sorted(shown, key=lambda e: (e["enforcement"] != "records", e["token"])):
        colour = "yellow" if entry["enforcement"] == "records" else "green"
        table.add_row(entry["token"], f"[{colour}]{entry['enforcement']}[/]", escape(entry["note"] or "as AWS"))
    printed.print(table)
