"""The ledgers of a run's workers joined and judged as one: all of them, of one plan, each come to its end."""

import heapq
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from trials import ledger
from trials.customers import LatencySample, Measurements
from trials.distributed.shards import BEGUN, ENDED, FOLLOWED, SAMPLED, PlanShard, ShardError, decode_shard
from trials.ledger import LedgerError, TrialRun
from trials.load_plan import UnknownProfileError, profile
from trials.trial import Load, Notify, ShopTarget, Trial, check_until_settled

HEAD = 2
"""A worker's ledger begins with the line of its run and that of its shard."""


@dataclass(frozen=True, slots=True)
class JoinedRun:
    """A run of several workers, as if one machine had sent it."""

    run: TrialRun
    load: Load
    measurements: Measurements
    ledger: Path
    """A ledger of the usual form, with every worker's lines in order of time."""


@dataclass(slots=True)
class _End:
    plan: str = ""
    planned: int = 0
    mine: int = 0


def judge_ledgers(
    target: ShopTarget, files: Sequence[Path], directory: Path, notify: Notify, *, settle_seconds: float
) -> Trial:
    """Join the workers' ledgers, wait until every invariant holds, and judge.

    Args:
        target: The shop that they bought from.
        files: The ledgers of all workers.
        directory: Where the joined one goes, `<run>.jsonl`.
        notify: Takes a line of progress at each step.
        settle_seconds: How long accepted orders may take to their end.

    Raises:
        LedgerError: a ledger is damaged or missing, or a worker did not come to its end.
        BusyError: the operators' entry point took no call.
    """
    joined = join_ledgers(files, directory)
    evidence, report, seconds = check_until_settled(target, joined.ledger, notify, seconds=settle_seconds)
    return Trial(joined.run, joined.load, joined.measurements, evidence, report, seconds, joined.ledger)


def join_ledgers(files: Sequence[Path], directory: Path) -> JoinedRun:
    """Join the ledgers of all workers of a run.

    Args:
        files: One of each worker, in any order.
        directory: Where the joined one goes, as `<run>.jsonl`; one that is there is replaced.

    Raises:
        LedgerError: one is damaged, missing, there twice, of another run or plan, or without an end.
    """
    if not files:
        msg = "no ledger was given: name those of all workers, <run>-<shard>of<shards>.jsonl"
        raise LedgerError(msg)
    shards = {file: _read_shard(file) for file in files}
    _check_complete(shards)
    measurements, ends = Measurements(), dict[Path, _End]()
    run = replace(ledger.read_run(files[0]), began=min(ledger.read_run(file).began for file in files))
    target = directory / f"{run.run}.jsonl"
    numbered = (_timed_lines(file, measurements, ends) for file in sorted(files, key=lambda file: shards[file].index))
    merged = heapq.merge(*numbered, key=lambda timed: timed[0])
    _write(target, run, _check_ends(_renumber(merged), shards, ends))
    measurements.samples.sort(key=lambda sample: sample.due)
    one = shards[files[0]]
    return JoinedRun(run, Load(profile(one.profile), one.seconds, one.rate, one.seed), measurements, target)


def _read_shard(file: Path) -> PlanShard:
    first = next(ledger.read_lines(file), None)
    ledger.read_run(file)
    if first is None or first.get("what") != BEGUN:
        msg = f"{file}:{HEAD}: this is no worker's ledger, which says here what its shard is; its own run has judged it"
        raise LedgerError(msg)
    try:
        return decode_shard(first)
    except (ShardError, UnknownProfileError) as error:
        msg = f"{file}:{HEAD}: {error}"
        raise LedgerError(msg) from error


def _check_complete(shards: Mapping[Path, PlanShard]) -> None:
    (first, one), *others = shards.items()
    seen = {one.index: first}
    for file, other in others:
        if replace(other, index=one.index) != one:
            differs = next(n for n in PlanShard.__slots__ if n != "index" and getattr(other, n) != getattr(one, n))
            msg = (
                f"{file} is of another run than {first}: its {differs} is {getattr(other, differs)!r}, not "
                f"{getattr(one, differs)!r}; give the ledgers of one run"
            )
            raise LedgerError(msg)
        if other.index in seen:
            msg = f"{seen[other.index]} and {file} are both of shard {other.index}; give each worker's ledger once"
            raise LedgerError(msg)
        seen[other.index] = file
    if missing := [f"{one.run}-{n}of{one.of}.jsonl" for n in range(one.of) if n not in seen]:
        msg = f"{len(missing)} of {one.of} ledgers of run {one.run} are missing: {', '.join(missing)}; give all of them"
        raise LedgerError(msg)


def _timed_lines(
    file: Path, measurements: Measurements, ends: dict[Path, _End]
) -> Iterator[tuple[float, Path, dict[str, Any]]]:
    """A ledger's lines with their time and file, less those that measure: these are added to the measurements."""
    for line in ledger.read_lines(file):
        try:
            at = float(line["at"])
            measured = line["line"] == "fact" and _add_measurement(line, measurements, ends.setdefault(file, _End()))
        except (KeyError, TypeError, ValueError) as error:
            msg = f"{file}: a line lacks what its kind has ({error}): {line!r:.80}"
            raise LedgerError(msg) from error
        if not measured:
            yield at, file, line


def _add_measurement(fact: Mapping[str, Any], measurements: Measurements, end: _End) -> bool:
    """Add what a fact measured; whether it was one that measures."""
    what = fact["what"]
    if what == SAMPLED:
        measurements.add_sample(LatencySample(fact["due"], fact["latency"], fact["status"]))
    elif what == FOLLOWED:
        measurements.add_end(fact["accepted"], fact["seconds"])
    elif what == ENDED:
        end.plan, end.planned, end.mine = fact["plan"], fact["planned"], fact["mine"]
        measurements.late = max(measurements.late, fact["late"])
    return what in (BEGUN, SAMPLED, FOLLOWED, ENDED)


def _renumber(lines: Iterable[tuple[float, Path, dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """Attempts numbered anew, and their answers with them: each worker began with 1."""
    numbers, last = dict[tuple[Path, int], int](), 0
    for _, file, line in lines:
        if line["line"] == "attempt":
            last += 1
            numbers[file, line["n"]] = last
            yield {**line, "n": last}
        elif line["line"] == "answer":
            if (file, line["n"]) not in numbers:
                msg = f"{file}: attempt {line['n']} is answered, but was not made or was answered before"
                raise LedgerError(msg)
            yield {**line, "n": numbers.pop((file, line["n"]))}
        else:
            yield line


def _write(target: Path, run: TrialRun, lines: Iterable[Mapping[str, Any]]) -> None:
    new = target.with_name(f".{target.name}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with new.open("w", encoding="utf-8") as text:
            for line in chain([{"line": "run", "version": ledger.VERSION, **asdict(run)}], lines):
                text.write(json.dumps(line, separators=(",", ":")) + "\n")
        new.replace(target)
    except OSError as error:
        msg = f"{target} can't be written: {error.strerror}; choose another directory"
        raise LedgerError(msg) from error
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)


def _check_ends(
    lines: Iterable[dict[str, Any]], shards: Mapping[Path, PlanShard], ends: Mapping[Path, _End]
) -> Iterator[dict[str, Any]]:
    """The lines; after the last a LedgerError is raised if they are not all."""
    yield from lines
    for file, shard in shards.items():
        if not ends.get(file, _End()).plan:
            msg = (
                f"{file}: the worker of shard {shard.index} of {shard.of} did not come to its end: not all that was "
                "planned was sent, so this run proves nothing; run it again"
            )
            raise LedgerError(msg)
    planned, mine = {(end.plan, end.planned) for end in ends.values()}, sum(end.mine for end in ends.values())
    if len(planned) > 1 or mine != next(iter(planned))[1]:
        msg = "the workers did not send one plan: install the same version on every machine, and run it again"
        raise LedgerError(msg)
