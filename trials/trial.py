"""A trial: customers buy, the shop settles, the checker judges."""

import asyncio
import time
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps.contracts.consumers import consumers
from trials import held, lake, ledger, operators, plan, told
from trials.checker import Report, check
from trials.crowd import Course, Crowd
from trials.invariants.model import World
from trials.lake import Lake
from trials.ledger import Ledger, Run
from trials.operators import BusyError, Operate
from trials.plan import Profile
from trials.told import Told

QUEUES = ("orders", "inventory", "payment")
SETTLE_SECONDS = 60.0
BETWEEN_SECONDS = 1.0
ANALYTICS = "I5a"
STABLE = 2
"""So many checks in a row must pass: a shop that is still at work may break what held a moment ago."""


@dataclass(frozen=True, slots=True)
class Target:
    """A deployed shop."""

    base_url: str
    operate: Operate
    skus: Sequence[str]
    """What is sold; the first is the hot one."""
    token: str | None = None
    lake: Lake | None = None
    """What analytics counts; without one nothing is said about it."""


@dataclass(frozen=True, slots=True)
class Load:
    """How much, and for how long."""

    profile: Profile
    seconds: float
    rate: float
    """Orders a second at a multiple of one."""
    seed: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one."""

    run: Run
    load: Load
    course: Course
    world: World
    """What the report was made of."""
    report: Report
    settled: float
    """Seconds from the last answer until everything held, or until that was given up."""
    ledger: Path


Tell = Callable[[str], None]
During = Callable[[Ledger], AbstractContextManager[None]]


@contextmanager
def undisturbed(_: Ledger) -> Generator[None]:
    """Nothing is done while customers buy."""
    yield


def run(
    target: Target,
    load: Load,
    directory: Path,
    tell: Tell,
    *,
    settle_seconds: float = SETTLE_SECONDS,
    during: During = undisturbed,
    between: Callable[[], None] = lambda: None,
) -> Trial:
    """Let customers buy, wait until everything holds, and judge.

    Args:
        target: Where.
        load: How.
        directory: Where the ledger goes, `<run>.jsonl`.
        tell: Told what happens, a line at a time.
        settle_seconds: How long accepted orders may take to their end.
        during: What is around the buying, and may write into its ledger; it ends before the shop settles.
        between: Called between two looks at a shop that settles.

    Raises:
        LedgerError: the ledger can't be written or read.
        BusyError: the operators' entry point took no call.
    """
    about = Run(uuid.uuid4().hex[:12], load.seed, target.base_url, time.time())
    file = directory / f"{about.run}.jsonl"
    with Ledger(file, about) as written, during(written):
        course = asyncio.run(_buy(target, load, about, written, tell))
    found, report, settled = settle(target, file, tell, seconds=settle_seconds, between=between)
    return Trial(about, load, course, found, report, settled, file)


def settle(
    target: Target, file: Path, tell: Tell, *, seconds: float, between: Callable[[], None] = lambda: None
) -> tuple[World, Report, float]:
    """Check until everything holds or the time is up; what was seen last, the report on it, and how long it took.

    Where nothing but analytics is behind, it has as long as the lake says on top: events are collected before they are
    written, and that takes longer than any order.

    Raises:
        BusyError: the operators' entry point took no call in all that time.
        LakeError: the lake can't be read.
    """
    client, about = read(file), ledger.open_run(file)
    began, held_in_a_row = time.monotonic(), 0
    while True:
        waited = time.monotonic() - began
        try:
            found = world(target, client, about.began)
        except BusyError as error:
            if waited > seconds:
                raise
            tell(f"settling: {error}")
            time.sleep(BETWEEN_SECONDS)
            continue
        report = check(found)
        held_in_a_row = held_in_a_row + 1 if report.passed else 0
        failing = [j.id for j in report.judgements if j.outcome == "fail"]
        patience = seconds + (target.lake.seconds if target.lake is not None and failing == [ANALYTICS] else 0)
        if held_in_a_row == STABLE or waited > patience or not report.accepted:
            return found, report, waited
        tell(f"settling: {', '.join(failing) or 'holds, once more'} after {waited:.0f} s")
        between()
        time.sleep(BETWEEN_SECONDS)


def read(file: Path) -> Told:
    """What a ledger says that the client was told.

    Raises:
        LedgerError: it can't be trusted.
    """
    ledger.open_run(file)
    return told.told(ledger.read(file))


def world(target: Target, client: Told, began: float) -> World:
    """Both sides of a run: what the client was told, and what lake and stores hold now."""
    allowed = frozenset(str(fact["message"]) for fact in client.facts if fact["what"] == "poison")
    stores = held.held(records(target, began))
    dead = operators.dead_letters(target.operate, QUEUES)
    return World(client, stores, consumers(), dead, allowed)


def records(target: Target, began: float) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Everything that lake and stores hold, each record with its table.

    The lake comes first: what it has, the stores have had before, so that none of its orders is unknown to them.

    Args:
        target: The shop.
        began: When the run began, in seconds since the epoch: the lake is not read further back.

    Raises:
        GarbageError: an answer or an event is none of the contract.
        LakeError: the lake can't be read.
    """
    if target.lake is not None:
        yield from lake.records(target.lake, began)
    yield from operators.records(target.operate)


async def _buy(target: Target, load: Load, about: Run, written: Ledger, tell: Tell) -> Course:
    planned = plan.plan(
        load.profile, seed=load.seed, run=about.run, seconds=load.seconds, rate=load.rate, skus=target.skus
    )
    crowd = Crowd(target.base_url, written, seed=load.seed, token=target.token)

    def progress(course: Course, under_way: int) -> None:
        accepted = sum(sample.status == told.ACCEPTED for sample in course.samples)
        tell(f"selling: {accepted} accepted of {len(course.samples)} attempts, {under_way} under way")

    return await crowd.run(planned, progress)
