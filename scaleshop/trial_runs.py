"""Trials of a deployed shop, as the commands run them: target, progress, report."""

import os
import random
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from scaleshop import console
from scaleshop.architectures.base import DeployedShop
from scaleshop.errors import CommandError, Exit
from scaleshop.options import TOKEN

if TYPE_CHECKING:
    from trials.checker import TrialReport
    from trials.html_report import Curves
    from trials.surge import SurgeResult
    from trials.trial import Load, ShopTarget, Trial

COLOURS = {"pass": "green", "fail": "red", "not checked": "yellow", "not evaluated": "yellow"}


def find_target(shop: DeployedShop) -> "ShopTarget":
    """What a trial buys from: the shop's address, its operators' entry point, what it sells.

    The product with the least stock comes first, which makes it the one that a flash sale is after.

    Raises:
        CommandError: the shop does not answer, or sells nothing.
    """
    from trials.client import Customer, ShopError, body  # noqa: PLC0415 - loads an HTTP client
    from trials.trial import ShopTarget  # noqa: PLC0415

    customer = Customer(shop.api_url, token=os.environ.get(TOKEN))
    try:
        products = body(customer.get("/v1/products", limit=100)).get("items") or []
        skus = [str(product["sku"]) for product in products]
        available = {s: body(customer.get(f"/v1/products/{s}/availability")).get("available", 0) for s in skus}
    except ShopError as error:
        msg = f"The shop does not answer as it should: {error}"
        raise CommandError(msg, Exit.FAILED) from error
    finally:
        customer.close()
    sold = sorted((sku for sku in skus if available[sku] > 0), key=lambda sku: available[sku])
    if not sold:
        stack = shop.session.stack
        msg = f"{stack} sells nothing: its catalog is empty or sold out; `scaleshop up` fills a sandbox's."
        raise CommandError(msg, Exit.FAILED)
    return ShopTarget(shop.api_url, shop.operate, sold, os.environ.get(TOKEN), shop.analytics())


def runs_directory(shop: DeployedShop) -> Path:
    """Where ledgers and reports go."""
    return shop.session.project.run_dir / "trials"


def choose_seed(given: int | None) -> int:
    """The seed that was asked for, else a new one; it is printed, so that a run can be had again."""
    return random.SystemRandom().randrange(1, 10**6) if given is None else given


@contextmanager
def show_progress() -> Generator[Callable[[str], None]]:
    """A line that changes, on a terminal; nothing on a pipe."""
    with console.err().status("beginning") as status:
        yield lambda text: status.update(escape(text))


def run_trial(shop: DeployedShop, load: "Load", settle: float) -> "Trial":
    """Let customers buy, and judge what became of their orders within `settle` seconds."""
    return _run(shop, find_target(shop), load, settle)


def judge_ledgers(shop: DeployedShop, ledgers: Sequence[Path], settle: float) -> "Trial":
    """Judge a run whose orders were sent by workers, here or elsewhere."""
    return _judge(shop, find_target(shop), ledgers, settle)


def run_surge(shop: DeployedShop, load: "Load", settle: float, senders: int = 0) -> "SurgeResult":
    """Run a trial and measure what a surge shows; so many processes send the orders, by default this one."""
    from trials.surge import SurgeResult, measure_ceiling, sample_workers  # noqa: PLC0415 - loads an HTTP client

    if senders:  # made before anything is measured
        from scaleshop.distributed import locust  # noqa: PLC0415 - loads the sandbox's host

        with show_progress() as notify:
            locust(notify)
    target, most = find_target(shop), measure_ceiling(shop.api_url)
    with sample_workers(shop.count_workers) as workers:
        run = partial(_run_spread, senders=senders) if senders else _run
        trial = run(shop, target, load, settle)
    return SurgeResult(trial, workers, most)


def write_reports(
    trial: "Trial", where: str, *, junit: Path | None, html: Path | None, curves: "Curves | None" = None
) -> None:
    """Write the reports that were asked for.

    Raises:
        CommandError: a file can't be written.
    """
    from trials import html_report, report  # noqa: PLC0415 - load an HTTP client

    texts = {junit: lambda: report.junit(trial, where), html: lambda: html_report.html_page(trial, where, curves or {})}
    for file, text in texts.items():
        if file is not None:
            try:
                file.write_text(text(), encoding="utf-8")
            except OSError as error:
                msg = f"{file} can't be written: {error.strerror}"
                raise CommandError(msg, Exit.USAGE) from error


@contextmanager
def explain_errors() -> Generator[None]:
    """What a trial can't go on with, as a command's error."""
    from trials.chaos.method import RollbackError  # noqa: PLC0415
    from trials.chaos.platform import PlatformError  # noqa: PLC0415
    from trials.lake import LakeError  # noqa: PLC0415
    from trials.ledger import LedgerError  # noqa: PLC0415
    from trials.operators import BusyError, MalformedDataError  # noqa: PLC0415

    try:
        yield
    except (BusyError, MalformedDataError, LakeError, LedgerError, PlatformError, RollbackError, ValueError) as error:
        raise CommandError(str(error), Exit.FAILED) from error


def _run(shop: DeployedShop, target: "ShopTarget", load: "Load", settle: float) -> "Trial":
    from trials.trial import run_trial as run  # noqa: PLC0415 - loads an HTTP client

    with explain_errors(), show_progress() as notify:
        return run(target, load, runs_directory(shop), notify, settle_seconds=settle)


def _run_spread(shop: DeployedShop, target: "ShopTarget", load: "Load", settle: float, senders: int) -> "Trial":
    from scaleshop.distributed import send  # noqa: PLC0415 - loads the sandbox's host

    with show_progress() as notify:
        ledgers = send(target, load, senders, runs_directory(shop), notify)
    return _judge(shop, target, ledgers, settle)


def _judge(shop: DeployedShop, target: "ShopTarget", ledgers: Sequence[Path], settle: float) -> "Trial":
    from trials.distributed.joining import judge_ledgers as judge  # noqa: PLC0415 - loads an HTTP client

    with explain_errors(), show_progress() as notify:
        return judge(target, ledgers, runs_directory(shop), notify, settle_seconds=settle)


def show_report(report: "TrialReport") -> None:
    """Each invariant's verdict, with the first offences."""
    from trials.report import summary  # noqa: PLC0415 - loads an HTTP client

    table = console.table("", "verdict", "promise", "seen")
    for one in report.verdicts:
        offences = "".join(f"\n{escape(offence.subject)}: {escape(offence.text)}" for offence in one.first)
        verdict = f"[{COLOURS[one.outcome]}]{one.outcome.upper()}[/]"
        table.add_row(one.id, verdict, escape(one.title), escape(summary(one)) + offences)
    printed = console.out()
    printed.print(table)
    for note in report.notes:
        printed.print(note, markup=False)


def show_trial(trial: "Trial", where: str) -> None:
    """A trial's verdicts and figures."""
    from trials.figures import figures  # noqa: PLC0415 - these load an HTTP client
    from trials.report import limits  # noqa: PLC0415

    show_report(trial.report)
    found = figures(trial.measurements)
    console.out().print(
        f"\n{trial.load.profile.name}, seed {trial.load.seed}: {found.accepted} accepted of {found.attempts} attempts, "
        f"{found.shed} shed, {found.unanswered} without an answer; p50 {found.p50_ms:.0f} ms, "
        f"p99 {found.p99_ms:.0f} ms; settled {trial.settle_seconds:.0f} s after the last answer\n"
        f"{limits(where)} Ledger: {trial.ledger}",
        markup=False,
    )


def describe_place(shop: DeployedShop) -> str:
    """On what a trial ran: nothing is proven for another."""
    return f"the {shop.session.target} ({shop.session.stack})"
