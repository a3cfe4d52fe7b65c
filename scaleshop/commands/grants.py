"""`scaleshop grants`: which permissions of the stack are used."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape

from scaleshop import console
from scaleshop.architectures.base import Architecture, GrantReport
from scaleshop.errors import CommandError, Exit
from scaleshop.options import Arch, AsJson, Stack
from scaleshop.session import open_session

COLOURS = {"used": "green", "unused": "yellow", "not enforced": "dim"}


def grants(
    arch: Arch = None,
    unused: Annotated[bool, typer.Option("--unused", help="Only grants that nothing has used.")] = False,
    stack: Stack = None,
    as_json: AsJson = False,
) -> None:
    """List every permission of the stack's roles and resource policies, and how often it was used in the sandbox.

    An unused one may still be needed: by what has not run yet, or, where it says so, by the cloud alone.

    Examples: `scaleshop grants --unused`, `scaleshop grants --json`
    """
    session = open_session(arch, stack)
    if not session.runs:
        raise CommandError(session.explain_stopped(), Exit.ENVIRONMENT)
    found = session.architecture.read_grants(session.endpoint)
    shorten = session.architecture.shorten
    shown = [grant for grant in found.grants if not unused or grant.use == "unused"]
    if as_json:
        console.print_json({"grants": [asdict(grant) for grant in shown], "refused": found.refused})
        return
    printed = console.out()
    table = console.table("role or resource", "may", "on, or who", "used")
    for grant in shown:
        count = str(grant.count) if grant.count else grant.use
        row = (shorten(grant.holder), grant.action, shorten(grant.resource))
        table.add_row(*map(escape, row), f"[{COLOURS[grant.use]}]{count}[/]")
    printed.print(table)
    _show_refused(found, session.architecture)
    printed.print(f"\n{_summarize(found, session.architecture)}", markup=False)


def _show_refused(found: GrantReport, architecture: Architecture) -> None:
    if not found.refused:
        return
    table = console.table("role or service", "may not", "on", "times", title="\nWhat was refused")
    for refusal in found.refused:
        holder, resource = (architecture.shorten(refusal[end]) for end in ("holder", "resource"))
        table.add_row(*map(escape, (holder, refusal["action"], resource)), str(refusal["count"]))
    console.out().print(table)


def _summarize(found: GrantReport, architecture: Architecture) -> str:
    uses = [grant.use for grant in found.grants]
    return (
        f"{len(uses)} grants: {uses.count('used')} used, {uses.count('unused')} unused, "
        f"{uses.count('not enforced')} that only {architecture.cloud} enforces"
    )
