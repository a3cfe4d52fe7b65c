"""`scaleshop grants`: which permissions of the stack are used."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape

from scaleshop import console
from scaleshop.errors import CommandError, Exit
from scaleshop.grants import Permissions, permissions, short
from scaleshop.options import Architecture, AsJson, Stack
from scaleshop.session import open_session

COLOURS = {"used": "green", "unused": "yellow", "not enforced": "dim"}


def grants(
    architecture: Architecture = "aws",
    unused: Annotated[bool, typer.Option("--unused", help="Only grants that nothing has used.")] = False,
    stack: Stack = None,
    as_json: AsJson = False,
) -> None:
    """List every permission of the stack's roles and resource policies, and how often it was used in the sandbox.

    An unused one may still be needed: by what has not run yet, or, where it says so, by AWS alone.

    Examples: `scaleshop grants --unused`, `scaleshop grants --json`
    """
    session = open_session(architecture, stack)
    endpoint = session.endpoint()
    if endpoint is None:
        raise CommandError(session.not_running(), Exit.ENVIRONMENT)
    found = permissions(endpoint)
    shown = [grant for grant in found.grants if not unused or grant.use == "unused"]
    if as_json:
        console.print_json({"grants": [asdict(grant) for grant in shown], "refused": found.refused})
        return
    printed = console.out()
    table = console.table("role or resource", "may", "on, or who", "used")
    for grant in shown:
        count = str(grant.count) if grant.count else grant.use
        row = (short(grant.holder), grant.action, short(grant.resource))
        table.add_row(*map(escape, row), f"[{COLOURS[grant.use]}]{count}[/]")
    printed.print(table)
    _show_refused(found)
    printed.print(f"\n{_summary(found)}", markup=False)


def _show_refused(found: Permissions) -> None:
    if not found.refused:
        return
    table = console.table("role or service", "may not", "on", "times", title="\nWhat was refused")
    for refusal in found.refused:
        names = (short(refusal["holder"]), refusal["action"], short(refusal["resource"]))
        table.add_row(*map(escape, names), str(refusal["count"]))
    console.out().print(table)


def _summary(found: Permissions) -> str:
    uses = [grant.use for grant in found.grants]
    return (
        f"{len(uses)} grants: {uses.count('used')} used, {uses.count('unused')} unused, "
        f"{uses.count('not enforced')} that only AWS enforces"
    )
