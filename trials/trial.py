"""A trial: customers buy, the shop settles, the checker judges."""

import asyncio
import time
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from apps.contracts.consumers import consumers
from trials import ledger, operators
from trials.checker import ANALYTICS, TrialReport, check
from trials.customers import Measurements
from trials.invariants.evidence import Evidence
from trials.lake import Lake, read_sales
from trials.ledger import LedgerWriter, TrialRun
from trials.ledger_facts import ACCEPTED, LedgerFacts, parse_ledger
from trials.load_generator import LoadGenerator
from trials.load_plan import LoadProfile, plan_orders
from trials.operators import BusyError, Operate
from trials.store_records import Record, parse_records

SETTLE_SECONDS = 60.0
BETWEEN_SECONDS = 1.0
STABLE = 2
"""So many checks in a row must pass: a shop that is still at work may break what was so a moment ago."""

Notify = Callable[[str], None]
"""Takes a line of progress."""
Disturb = Callable[[LedgerWriter], AbstractContextManager[None]]
"""What is done around the buying; it may write into the ledger."""


@dataclass(frozen=True, slots=True)
class ShopTarget:
    """A deployed shop, as a trial reaches it."""

    base_url: str
    """Of the HTTP API."""
    operate: Operate
    skus: Sequence[str]
    """What is sold; the first is the hot one."""
    token: str | None = None
    """A customer's, where the API asks for one."""
    lake: Lake | None = None
    """What analytics counts; without one nothing is known about it."""


@dataclass(frozen=True, slots=True)
class Load:
    """How much customers buy, and for how long."""

    profile: LoadProfile
    seconds: float
    rate: float
    """Orders a second at a multiple of one."""
    seed: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one."""

    run: TrialRun
    load: Load
    measurements: Measurements
    evidence: Evidence
    """What the report was made of."""
    report: TrialReport
    settle_seconds: float
    """From the last answer until everything was as it must be, or until that was given up."""
    ledger: Path


@contextmanager
def disturb_nothing(_: LedgerWriter) -> Generator[None]:
    """Do nothing while customers buy."""
    yield


def run_trial(
    target: ShopTarget,
    load: Load,
    directory: Path,
    notify: Notify,
    *,
    settle_seconds: float = SETTLE_SECONDS,
    disturb: Disturb = disturb_nothing,
    between: Callable[[], None] = lambda: None,
) -> Trial:
    """Let customers buy, wait until every invariant holds, and judge.

    Args:
        target: The shop.
        load: What customers do.
        directory: Where the ledger goes, `<run>.jsonl`.
        notify: Takes a line of progress at each step.
        settle_seconds: How long accepted orders may take to their end.
        disturb: What is around the buying; it ends before the shop settles.
        between: Called between two looks at a shop that settles.

    Raises:
        LedgerError: the ledger can't be written or read.
        BusyError: the operators' entry point took no call.
    """
    run = TrialRun(uuid.uuid4().hex[:12], load.seed, target.base_url, time.time())
    file = directory / f"{run.run}.jsonl"
    with LedgerWriter(file, run) as writer, disturb(writer):
        measurements = asyncio.run(_buy(target, load, writer, notify))
    evidence, report, seconds = check_until_settled(target, file, notify, seconds=settle_seconds, between=between)
    return Trial(run, load, measurements, evidence, report, seconds, file)


def check_until_settled(
    target: ShopTarget, file: Path, notify: Notify, *, seconds: float, between: Callable[[], None] = lambda: None
) -> tuple[Evidence, TrialReport, float]:
    """Check until every invariant holds or the time is up.

    Where nothing but analytics is behind, it has as long as the lake may take on top: events are collected before they
    are written, and that takes longer than any order.

    Args:
        target: The shop.
        file: The ledger of what customers did.
        notify: Takes a line of progress at each look.
        seconds: How long everything may take.
        between: Called between two looks.

    Returns:
        The evidence of the last look, the report on it, and how many seconds it took.

    Raises:
        BusyError: the operators' entry point took no call in all that time.
        LakeError: the lake can't be read.
        LedgerError: the ledger can't be trusted.
    """
    facts, run = read_ledger(file), ledger.read_run(file)
    began, passed_in_a_row = time.monotonic(), 0
    while True:
        waited = time.monotonic() - began
        try:
            evidence = collect_evidence(target, facts, run.began)
        except BusyError as error:
            if waited > seconds:
                raise
            notify(f"settling: {error}")
            time.sleep(BETWEEN_SECONDS)
            continue
        report = check(evidence)
        passed_in_a_row = passed_in_a_row + 1 if report.passed else 0
        failing = [verdict.id for verdict in report.failed]
        patience = seconds + (target.lake.seconds if target.lake is not None and failing == [ANALYTICS] else 0)
        if passed_in_a_row == STABLE or waited > patience or not report.accepted:
            return evidence, report, waited
        notify(f"settling: {', '.join(failing) or 'holds, once more'} after {waited:.0f} s")
        between()
        time.sleep(BETWEEN_SECONDS)


def read_ledger(file: Path) -> LedgerFacts:
    """What a ledger says.

    Raises:
        LedgerError: it can't be trusted.
    """
    ledger.read_run(file)
    return parse_ledger(ledger.read_lines(file))


def collect_evidence(target: ShopTarget, facts: LedgerFacts, began: float) -> Evidence:
    """Both sides of a run: what its ledger says, and what lake and stores have now.

    Args:
        target: The shop.
        facts: Of the ledger.
        began: When the run began, in seconds since the epoch.
    """
    poisoned = frozenset(str(fact["message"]) for fact in facts.facts if fact["what"] == "poison")
    stores = parse_records(read_all_records(target, began))
    letters = operators.read_dead_letters(target.operate)
    return Evidence(facts, stores, consumers(), letters, poisoned)


def read_all_records(target: ShopTarget, began: float) -> Iterator[Record]:
    """Everything that lake and stores have, each record with its service.

    The lake comes first: what it has, the stores have had before, so that none of its orders is unknown to them.

    Args:
        target: The shop.
        began: When the run began, in seconds since the epoch: the lake is not read further back.

    Raises:
        MalformedDataError: an answer or an event is none of the contract.
        LakeError: the lake can't be read.
    """
    if target.lake is not None:
        yield from read_sales(target.lake, began)
    yield from operators.read_records(target.operate)


async def _buy(target: ShopTarget, load: Load, writer: LedgerWriter, notify: Notify) -> Measurements:
    orders = plan_orders(
        load.profile, seed=load.seed, run=writer.run.run, seconds=load.seconds, rate=load.rate, skus=target.skus
    )
    generator = LoadGenerator(target.base_url, writer, seed=load.seed, token=target.token)

    def report(measurements: Measurements, under_way: int) -> None:
        accepted = sum(sample.status == ACCEPTED for sample in measurements.samples)
        notify(f"selling: {accepted} accepted of {len(measurements.samples)} attempts, {under_way} under way")

    return await generator.send(orders, report)
