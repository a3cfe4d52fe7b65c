"""`scaleshop verify`: the shop's contract and its invariants, checked from outside."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from scaleshop import console
from scaleshop.architectures.base import DeployedShop
from scaleshop.errors import CommandError, Exit
from scaleshop.mutants import document as of_mutants
from scaleshop.mutants import find_survivors, run_mutants, show_mutants
from scaleshop.options import TOKEN, Arch, AsJson, Junit, Seed, Settle, Stack, Target
from scaleshop.session import open_session
from scaleshop.trial_runs import choose_seed, describe_place, judge_ledgers, run_trial, show_trial, write_reports

if TYPE_CHECKING:
    from trials.conformance import ApiCheckResult
    from trials.trial import Trial

COLOURS = {"pass": "green", "fail": "red", "skipped": "yellow"}


def verify(
    arch: Arch = None,
    stack: Stack = None,
    target: Target = "sandbox",
    seed: Seed = None,
    duration: Annotated[float, typer.Option(min=1, help="Seconds for which customers buy.")] = 10,
    rate: Annotated[float, typer.Option(min=0.1, help="Orders a second.")] = 2,
    settle: Settle = 240,
    ledger: Annotated[
        list[Path] | None,
        typer.Option(help="Judge a run of workers by all their ledgers (repeat it) instead of letting customers buy."),
    ] = None,
    mutants: Annotated[
        bool, typer.Option("--mutants", help="Put faults into the run's records, and say what caught each.")
    ] = False,
    fuzz: Annotated[
        int, typer.Option(min=0, help="Also send so many generated requests to each route; needs schemathesis.")
    ] = 0,
    contract_only: Annotated[bool, typer.Option("--contract-only", help="Leave out the invariants.")] = False,
    junit: Junit = None,
    html: Annotated[Path | None, typer.Option(help="Also write a page with the curves.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check the deployed shop from outside: its contract, then its invariants I1-I10 while customers buy.

    Where the API asks for tokens, SCALESHOP_TOKEN holds a customer's.

    Examples: `scaleshop verify`, `scaleshop verify --mutants`, `scaleshop verify --seed 7 --html report.html`,
    `scaleshop verify --contract-only --fuzz 50`, `scaleshop verify --ledger 1f-0of2.jsonl --ledger 1f-1of2.jsonl`,
    `scaleshop verify --stack NAME --target cloud --json`
    """
    if ledger and contract_only:
        raise CommandError("--ledger is about the invariants, which --contract-only leaves out: give one.", Exit.USAGE)
    shop = open_session(arch, stack, target=target).require_shop()
    verdicts = [*check_contract(shop), *(_fuzz(shop, fuzz, seed) if fuzz else [])]
    if not as_json:
        show_verdicts(verdicts)
    if ledger:
        trial = judge_ledgers(shop, ledger, settle)
    else:
        trial = None if contract_only else _run_steady(shop, choose_seed(seed), duration, rate, settle)
    where = describe_place(shop)
    if trial is not None:
        write_reports(trial, where, junit=junit, html=html)
    caught = run_mutants(shop, trial) if mutants and trial is not None and trial.report.passed else []
    if as_json:
        from trials import report  # noqa: PLC0415 - loads an HTTP client

        document = {"stack": shop.session.stack, "target": target, "verdicts": [asdict(v) for v in verdicts]}
        console.print_json(
            {**document, "trial": trial and report.document(trial, where), "mutants": of_mutants(caught)}
        )
    elif trial is not None:
        console.out().print()
        show_trial(trial, where)
        show_mutants(caught)
    if survivors := find_survivors(caught):
        msg = f"The checker is blind: it did not see {', '.join(one.mutant.name for one in survivors)}."
        raise CommandError(msg, Exit.FAILED)
    if not holds(verdicts) or (trial is not None and not trial.report.passed):
        msg = f"{shop.session.stack}: the shop does not do what it must; see `scaleshop logs`."
        raise CommandError(msg, Exit.FAILED)


def _run_steady(shop: DeployedShop, seed: int, duration: float, rate: float, settle: float) -> "Trial":
    from trials.load_plan import profile  # noqa: PLC0415
    from trials.trial import Load  # noqa: PLC0415

    return run_trial(shop, Load(profile("steady"), duration, rate, seed), settle)


def check_contract(shop: DeployedShop, *, seconds: float = 30) -> "list[ApiCheckResult]":
    """Check what clients may expect of the shop; each verdict is shown as it is reached."""
    from trials.client import Customer  # noqa: PLC0415 - loads an HTTP client
    from trials.conformance import check_api as checks  # noqa: PLC0415

    customer = Customer(shop.api_url, token=os.environ.get(TOKEN))
    status = console.err().status("selling")
    found: list[ApiCheckResult] = []
    try:
        with status:
            for verdict in checks(customer, seconds=seconds):
                status.update(escape(f"selling: {verdict.check}: {verdict.outcome}"))
                found.append(verdict)
    finally:
        customer.close()
    return found


def _fuzz(shop: DeployedShop, examples: int, seed: int | None) -> "list[ApiCheckResult]":
    try:
        from trials.fuzz import fuzz  # noqa: PLC0415 - a tool of development, which a user need not have
    except ModuleNotFoundError as error:
        msg = f"--fuzz: {error.name} is not installed; `uv sync --all-groups`, or `make test`, installs it."
        raise CommandError(msg, Exit.ENVIRONMENT) from error
    from trials.client import ShopError  # noqa: PLC0415

    number, found = choose_seed(seed), list["ApiCheckResult"]()
    try:
        with console.err().status("sending generated requests") as status:
            for verdict in fuzz(shop.api_url, token=os.environ.get(TOKEN), examples=examples, number=number):
                status.update(escape(f"{verdict.check}: {verdict.outcome}"))
                found.append(verdict)
    except ShopError as error:
        raise CommandError(str(error), Exit.FAILED) from error
    return found


def holds(verdicts: "Sequence[ApiCheckResult]") -> bool:
    """Whether the shop does what it must; a run that checked nothing shows nothing."""
    from trials.conformance import all_passed  # noqa: PLC0415 - loads an HTTP client

    return all_passed(verdicts)


def show_verdicts(verdicts: "Sequence[ApiCheckResult]") -> None:
    """The verdict table and its sum."""
    table = console.table("verdict", "check", "what was seen", "s")
    for verdict in verdicts:
        outcome = f"[{COLOURS[verdict.outcome]}]{verdict.outcome.upper()}[/]"
        table.add_row(outcome, escape(verdict.check), escape(verdict.detail), f"{verdict.seconds:.1f}")
    printed = console.out()
    printed.print(table)
    counts = {outcome: sum(v.outcome == outcome for v in verdicts) for outcome in COLOURS}
    verdict = "PASS" if holds(verdicts) else "FAIL"
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    printed.print(f"\n{verdict}: {counts['pass']} of {len(verdicts)} checks passed{skipped}", markup=False)
