"""`scaleshop verify`: the shop's contract, checked from outside."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from scaleshop import console
from scaleshop.deployment import Deployment, deployed
from scaleshop.errors import CommandError, Exit
from scaleshop.options import Architecture, AsJson, Stack, Target
from scaleshop.session import open_session

if TYPE_CHECKING:
    from trials.conformance import Verdict

COLOURS = {"pass": "green", "fail": "red", "skipped": "yellow"}
TOKEN = "SCALESHOP_TOKEN"  # noqa: S105 - a variable's name


def verify(
    architecture: Architecture = "aws",
    stack: Stack = None,
    target: Target = "sandbox",
    seconds: Annotated[float, typer.Option(min=1, help="Within which an order must end.")] = 30,
    as_json: AsJson = False,
) -> None:
    """Check the deployed shop: catalogue, order to CONFIRMED, replays, refusals, compensation.

    It buys. Where the API asks for tokens, SCALESHOP_TOKEN holds a customer's.

    Examples: `scaleshop verify`, `scaleshop verify --stack aws-prod --target cloud --json`
    """
    deployment = deployed(open_session(architecture, stack, target=target))
    verdicts = verdicts_of(deployment, seconds=seconds)
    if as_json:
        document = {"stack": deployment.session.stack, "target": target}
        console.print_json({**document, "verdicts": [asdict(verdict) for verdict in verdicts]})
    else:
        show_verdicts(verdicts)
    if not holds(verdicts):
        msg = f"{deployment.session.stack}: the shop does not do what it must; see `scaleshop logs`."
        raise CommandError(msg, Exit.FAILED)


def verdicts_of(deployment: Deployment, *, seconds: float = 30) -> "list[Verdict]":
    """The verdicts on a deployment, told as they are reached."""
    from trials.client import Customer  # noqa: PLC0415 - loads an HTTP client
    from trials.conformance import verify as checks  # noqa: PLC0415

    customer = Customer(deployment.api_url, token=os.environ.get(TOKEN))
    status = console.err().status("selling")
    found: list[Verdict] = []
    try:
        with status:
            for verdict in checks(customer, seconds=seconds):
                status.update(escape(f"selling: {verdict.check}: {verdict.outcome}"))
                found.append(verdict)
    finally:
        customer.close()
    return found


def holds(verdicts: "Sequence[Verdict]") -> bool:
    """Whether the shop does what it must; a run that checked nothing shows nothing."""
    from trials.conformance import passed  # noqa: PLC0415 - loads an HTTP client

    return passed(verdicts)


def show_verdicts(verdicts: "Sequence[Verdict]") -> None:
    """The verdict table and its sum."""
    table = console.table("verdict", "check", "what was seen", "s")
    for verdict in verdicts:
        outcome = f"[{COLOURS[verdict.outcome]}]{verdict.outcome.upper()}[/]"
        table.add_row(outcome, escape(verdict.check), escape(verdict.detail), f"{verdict.seconds:.1f}")
    printed = console.out()
    printed.print(table)
    counts = {outcome: sum(v.outcome == outcome for v in verdicts) for outcome in COLOURS}
    said = "PASS" if holds(verdicts) else "FAIL"
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    printed.print(f"\n{said}: {counts['pass']} of {len(verdicts)} checks passed{skipped}", markup=False)
