"""Trials of a deployed shop, as the commands run them: target, progress, report."""

import os
import random
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from scaleshop import console
from scaleshop.deployment import Deployment
from scaleshop.distributed import locust, send
from scaleshop.errors import CommandError, Exit
from scaleshop.options import TOKEN
from scaleshop.supplements import environments

if TYPE_CHECKING:
    from trials.checker import Report
    from trials.lake import Lake
    from trials.operators import Operate
    from trials.page import Curves
    from trials.surge import Surge
    from trials.trial import Load, Target, Trial

THROTTLED = frozenset({"TooManyRequestsException", "ThrottlingException"})
COLOURS = {"pass": "green", "fail": "red", "not checked": "yellow", "not evaluated": "yellow"}


def target_of(deployment: Deployment) -> "Target":
    """The shop behind a stack: its address and its operators' entry point, from the stack's outputs.

    The product with the least stock comes first, which makes it the one that a flash sale is after.

    Raises:
        CommandError: the shop does not answer, or sells nothing.
    """
    from trials.client import Customer, ShopError, body  # noqa: PLC0415 - loads an HTTP client
    from trials.trial import Target  # noqa: PLC0415

    customer = Customer(deployment.api_url, token=os.environ.get(TOKEN))
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
        stack = deployment.session.stack
        msg = f"{stack} sells nothing: its catalogue is empty or sold out; `scaleshop up` fills a sandbox's."
        raise CommandError(msg, Exit.FAILED)
    return Target(deployment.api_url, operate_of(deployment), sold, os.environ.get(TOKEN), lake_of(deployment))


def lake_of(deployment: Deployment) -> "Lake | None":
    """What analytics counts, by the stack's outputs; None where they name no lake."""
    from trials.platforms.aws.lake import s3_lake  # noqa: PLC0415 - loads an HTTP client

    about = deployment.outputs.get("lake")
    if about is None:
        return None
    return s3_lake(deployment.client("s3"), str(about["bucketName"]), float(about["bufferSeconds"]))


def operate_of(deployment: Deployment) -> "Operate":
    """The operators' entry point; throttled, it is busy."""
    from trials.operators import BusyError  # noqa: PLC0415 - loads an HTTP client

    def operate(action: str, **arguments: Any) -> Mapping[str, Any]:
        try:
            return deployment.operate(action, **arguments)
        except CommandError as error:
            if getattr(error.__cause__, "response", {}).get("Error", {}).get("Code") in THROTTLED:
                raise BusyError(str(error)) from error
            raise

    return operate


def directory(deployment: Deployment) -> Path:
    """Where ledgers and reports go."""
    return deployment.session.project.run_dir / "trials"


def seed_of(given: int | None) -> int:
    """The seed that was asked for, else a new one; it is printed, so that a run can be had again."""
    return random.SystemRandom().randrange(1, 10**6) if given is None else given


@contextmanager
def progress() -> Generator[Callable[[str], None]]:
    """A line that changes, on a terminal; nothing on a pipe."""
    with console.err().status("beginning") as status:
        yield lambda text: status.update(escape(text))


def tried(deployment: Deployment, load: "Load", settle: float) -> "Trial":
    """A trial of a deployment."""
    return _run(deployment, target_of(deployment), load, settle)


def _run(deployment: Deployment, target: "Target", load: "Load", settle: float) -> "Trial":
    from trials.trial import run  # noqa: PLC0415 - loads an HTTP client

    with told_plainly(), progress() as tell:
        return run(target, load, directory(deployment), tell, settle_seconds=settle)


def judged(deployment: Deployment, ledgers: Sequence[Path], settle: float) -> "Trial":
    """The verdict on a run whose orders were sent by workers, here or elsewhere."""
    with told_plainly():
        return _judged(deployment, target_of(deployment), ledgers, settle)


def _spread(deployment: Deployment, target: "Target", load: "Load", settle: float, workers: int) -> "Trial":
    with progress() as tell:
        ledgers = send(target, load, workers, directory(deployment), tell)
    with told_plainly():
        return _judged(deployment, target, ledgers, settle)


def _judged(deployment: Deployment, target: "Target", ledgers: Sequence[Path], settle: float) -> "Trial":
    from trials.distributed.judging import judge  # noqa: PLC0415 - loads an HTTP client

    with progress() as tell:
        return judge(target, ledgers, directory(deployment), tell, settle_seconds=settle)


def surged(deployment: Deployment, load: "Load", settle: float, senders: int = 0) -> "Surge":
    """A trial of a deployment with what a surge shows; so many processes send the orders, by default this one."""
    from trials.surge import Surge, ceiling, counted  # noqa: PLC0415 - loads an HTTP client

    if senders:  # made before anything is measured
        with progress() as tell:
            locust(tell)
    target, most = target_of(deployment), ceiling(deployment.api_url)
    with counted(lambda: workers_of(deployment)) as workers:
        spread = partial(_spread, workers=senders) if senders else _run
        trial = spread(deployment, target, load, settle)
    return Surge(trial, workers, most)


def workers_of(deployment: Deployment) -> int | None:
    """How many of the functions' environments there are now; only the sandbox says."""
    if deployment.session.target != "sandbox":
        return None
    return environments(deployment.session.plane)


def write(trial: "Trial", where: str, *, junit: Path | None, html: Path | None, more: "Curves | None" = None) -> None:
    """Write what was asked for.

    Raises:
        CommandError: a file can't be written.
    """
    from trials import page, report  # noqa: PLC0415 - load an HTTP client

    texts = {junit: lambda: report.junit(trial, where), html: lambda: page.page(trial, where, more or {})}
    for file, text in texts.items():
        if file is not None:
            try:
                file.write_text(text(), encoding="utf-8")
            except OSError as error:
                msg = f"{file} can't be written: {error.strerror}"
                raise CommandError(msg, Exit.USAGE) from error


@contextmanager
def told_plainly() -> Generator[None]:
    """What a trial can't go on with, as a command's error."""
    from trials.chaos.method import RollbackError  # noqa: PLC0415
    from trials.chaos.port import PlatformError  # noqa: PLC0415
    from trials.lake import LakeError  # noqa: PLC0415
    from trials.ledger import LedgerError  # noqa: PLC0415
    from trials.operators import BusyError, GarbageError  # noqa: PLC0415

    try:
        yield
    except (BusyError, GarbageError, LakeError, LedgerError, PlatformError, RollbackError, ValueError) as error:
        raise CommandError(str(error), Exit.FAILED) from error


def show_report(report: "Report") -> None:
    """Each invariant's verdict, with the first offences."""
    from trials.report import summary  # noqa: PLC0415 - loads an HTTP client

    table = console.table("", "verdict", "promise", "seen")
    for judgement in report.judgements:
        said = "".join(f"\n{escape(offence.subject)}: {escape(offence.text)}" for offence in judgement.first)
        verdict = f"[{COLOURS[judgement.outcome]}]{judgement.outcome.upper()}[/]"
        table.add_row(judgement.id, verdict, escape(judgement.title), escape(summary(judgement)) + said)
    printed = console.out()
    printed.print(table)
    for note in report.notes:
        printed.print(note, markup=False)


def show_trial(trial: "Trial", where: str) -> None:
    """A trial's verdicts and figures."""
    from trials.figures import figures  # noqa: PLC0415 - these load an HTTP client
    from trials.report import limits  # noqa: PLC0415

    show_report(trial.report)
    found = figures(trial.course)
    console.out().print(
        f"\n{trial.load.profile.name}, seed {trial.load.seed}: {found.accepted} accepted of {found.attempts} attempts, "
        f"{found.shed} shed, {found.unanswered} without an answer; p50 {found.p50_ms:.0f} ms, "
        f"p99 {found.p99_ms:.0f} ms; settled {trial.settled:.0f} s after the last answer\n"
        f"{limits(where)} Ledger: {trial.ledger}",
        markup=False,
    )


def where_of(deployment: Deployment) -> str:
    """On what a trial ran: nothing is proven for another."""
    return f"the {deployment.session.target} ({deployment.session.stack})"
