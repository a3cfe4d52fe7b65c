"""A mapping's reading of a shard: its lanes, and the checkpoint that passes finished records alone."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from aws_emulator.streams.lane import Lane
from aws_emulator.streams.records import Record
from aws_emulator.streams.settings import Settings

# A lane that is stuck holds the others up only when so many records wait behind it. Ours.
LOOKAHEAD = 50_000
Read = Callable[[int, int], tuple[int, Sequence[Mapping[str, Any]]]]
"""Records from a position on, as many as wanted at most; the first one's position comes with them."""
Match = Callable[[Sequence[str], Mapping[str, Any]], bool]


class Shard:
    """Records of one shard on their way through lanes."""

    def __init__(self, checkpoint: int, finished: Iterable[int] = ()) -> None:
        """Begin to read.

        Args:
            checkpoint: The first record that is not finished.
            finished: Positions behind it that are.
        """
        self.checkpoint = checkpoint
        self._finished = set(finished)
        self._read = checkpoint
        self._open: dict[int, Record] = {}  # read and not finished, by position
        self._lanes: list[Lane] = []
        self._made_for: tuple[Any, ...] = ()
        self._advance()

    @property
    def lanes(self) -> Sequence[Lane]:
        """The lanes, as many as the settings say."""
        return self._lanes

    @property
    def finished(self) -> Collection[int]:
        """Positions beyond the checkpoint that are finished."""
        return self._finished

    @property
    def busy(self) -> bool:
        """A batch is out."""
        return any(lane.busy for lane in self._lanes)

    def oldest(self) -> Record | None:
        """The first record that is not finished, of those that were read."""
        return next(iter(self._open.values()), None)

    def fill(self, read: Read, match: Match, settings: Settings, now: float, limit: int) -> bool:
        """Read on, `limit` records at most; true if there may be more."""
        if not self._prepared(settings):
            return False
        limit = min(limit, LOOKAHEAD - len(self._open))
        if limit <= 0:
            return False
        first, bodies = read(self._read, limit)
        if first > self._read:  # what was between has expired
            self._finished.update(range(self._read, first))
        for position, body in enumerate(bodies, first):
            if position in self._finished:
                continue
            if settings.patterns and not match(settings.patterns, body):
                self._finished.add(position)
                continue
            record = Record.of(position, body)
            self._open[position] = record
            self._lanes[record.lane(len(self._lanes))].add(record, now)
        self._read = first + len(bodies)
        self._advance()
        return len(bodies) == limit

    def finish(self, records: Iterable[Record]) -> None:
        """Records are handled or given up; the checkpoint moves as far as none is left out."""
        for record in records:
            self._open.pop(record.position, None)
            self._finished.add(record.position)
        self._advance()

    def _prepared(self, settings: Settings) -> bool:
        """Lanes are as the settings say; records that wait are read anew when filters or lanes change."""
        wanted = (settings.lanes, settings.patterns)
        if wanted == self._made_for:
            return True
        if self.busy:
            return False
        self._lanes = [Lane() for _ in range(settings.lanes)]
        self._made_for, self._read = wanted, self.checkpoint
        self._open.clear()
        return True

    def _advance(self) -> None:
        while self.checkpoint in self._finished:
            self._finished.remove(self.checkpoint)
            self.checkpoint += 1
        self._read = max(self._read, self.checkpoint)
