"""The ledgers of a run's workers as one: all of them, of one plan, each come to its end; else there is no verdict."""

import heapq
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from trials import ledger
from trials.buying import Course, Sample
from trials.distributed.shards import BEGUN, ENDED, FOLLOWED, SAMPLED, Shard, ShardError, from_message
from trials.ledger import LedgerError, Run
from trials.plan import UnknownProfileError, profile
from trials.trial import Load

HEAD = 2
"""A worker's ledger begins with the line of its run and that of its shard."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A run of several workers, as if one machine had sent it."""

    run: Run
    load: Load
    course: Course
    ledger: Path
    """A ledger of the usual form, with every worker's lines in order of time."""


@dataclass(slots=True)
class _End:
    plan: str = ""
    planned: int = 0
    mine: int = 0


def join(files: Sequence[Path], directory: Path) -> Joined:
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
    shards = {file: _shard(file) for file in files}
    _complete(shards)
    course, ends = Course(), dict[Path, _End]()
    about = replace(ledger.open_run(files[0]), began=min(ledger.open_run(file).began for file in files))
    target = directory / f"{about.run}.jsonl"
    numbered = (_timed(file, course, ends) for file in sorted(files, key=lambda file: shards[file].index))
    merged = heapq.merge(*numbered, key=lambda timed: timed[0])
    _write(target, about, _complete_to_the_end(_renumbered(merged), shards, ends))
    course.samples.sort(key=lambda sample: sample.due)
    one = shards[files[0]]
    return Joined(about, Load(profile(one.profile), one.seconds, one.rate, one.seed), course, target)


def _shard(file: Path) -> Shard:
    first = next(ledger.read(file), None)
    ledger.open_run(file)
    if first is None or first.get("what") != BEGUN:
        msg = f"{file}:{HEAD}: this is no worker's ledger, which says here what its shard is; its own run has judged it"
        raise LedgerError(msg)
    try:
        return from_message(first)
    except (ShardError, UnknownProfileError) as error:
        msg = f"{file}:{HEAD}: {error}"
        raise LedgerError(msg) from error


def _complete(shards: Mapping[Path, Shard]) -> None:
    (first, one), *others = shards.items()
    seen = {one.index: first}
    for file, other in others:
        if replace(other, index=one.index) != one:
            differs = next(n for n in Shard.__slots__ if n != "index" and getattr(other, n) != getattr(one, n))
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


def _timed(file: Path, course: Course, ends: dict[Path, _End]) -> Iterator[tuple[float, Path, dict[str, Any]]]:
    """A ledger's lines with their time and file, less those that measure: these go into the course."""
    for line in ledger.read(file):
        try:
            at = float(line["at"])
            measured = line["line"] == "fact" and _measured(line, course, ends.setdefault(file, _End()))
        except (KeyError, TypeError, ValueError) as error:
            msg = f"{file}: a line lacks what its kind has ({error}): {line!r:.80}"
            raise LedgerError(msg) from error
        if not measured:
            yield at, file, line


def _measured(fact: Mapping[str, Any], course: Course, end: _End) -> bool:
    what = fact["what"]
    if what == SAMPLED:
        course.sampled(Sample(fact["due"], fact["latency"], fact["status"]))
    elif what == FOLLOWED:
        course.followed(fact["accepted"], fact["seconds"])
    elif what == ENDED:
        end.plan, end.planned, end.mine = fact["plan"], fact["planned"], fact["mine"]
        course.late = max(course.late, fact["late"])
    return what in (BEGUN, SAMPLED, FOLLOWED, ENDED)


def _renumbered(lines: Iterable[tuple[float, Path, dict[str, Any]]]) -> Iterator[dict[str, Any]]:
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


def _write(target: Path, about: Run, lines: Iterable[Mapping[str, Any]]) -> None:
    new = target.with_name(f".{target.name}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with new.open("w", encoding="utf-8") as text:
            for line in chain([{"line": "run", "version": ledger.VERSION, **asdict(about)}], lines):
                text.write(json.dumps(line, separators=(",", ":")) + "\n")
        new.replace(target)
    except OSError as error:
        msg = f"{target} can't be written: {error.strerror}; choose another directory"
        raise LedgerError(msg) from error
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)


def _complete_to_the_end(
    lines: Iterable[dict[str, Any]], shards: Mapping[Path, Shard], ends: Mapping[Path, _End]
) -> Iterator[dict[str, Any]]:
    """The lines, and after the last the question whether they are all."""
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
