"""A mapping's reading of a shard: its queues, and the checkpoint that passes finished records alone."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from aws_emulator.lambda_stream_mappings.batch_queue import BatchQueue
from aws_emulator.lambda_stream_mappings.records import StreamRecord
from aws_emulator.lambda_stream_mappings.settings import StreamSettings

# A queue that is stuck blocks the others only when so many records wait behind it. Ours.
LOOKAHEAD = 50_000
Read = Callable[[int, int], tuple[int, Sequence[Mapping[str, Any]]]]
"""Records from a position on, as many as wanted at most; the first one's position comes with them."""
Match = Callable[[Sequence[str], Mapping[str, Any]], bool]


class Shard:
    """Records of one shard on their way through queues."""

    def __init__(self, checkpoint: int, finished: Iterable[int] = ()) -> None:
        """Begin to read.

        Args:
            checkpoint: The first record that is not finished.
            finished: Positions behind it that are.
        """
        self.checkpoint = checkpoint
        self._finished = set(finished)
        self._read = checkpoint
        self._open: dict[int, StreamRecord] = {}  # read and not finished, by position
        self._queues: list[BatchQueue] = []
        self._made_for: tuple[Any, ...] = ()
        self._advance()

    @property
    def queues(self) -> Sequence[BatchQueue]:
        """The queues, as many as the settings say."""
        return self._queues

    @property
    def finished(self) -> Collection[int]:
        """Positions beyond the checkpoint that are finished."""
        return self._finished

    @property
    def busy(self) -> bool:
        """A batch is out."""
        return any(queue.busy for queue in self._queues)

    def find_oldest(self) -> StreamRecord | None:
        """The first record that is not finished, of those that were read."""
        return next(iter(self._open.values()), None)

    def fill(self, read: Read, match: Match, settings: StreamSettings, now: float, limit: int) -> bool:
        """Read on, `limit` records at most; true if there may be more."""
        if not self._prepare(settings):
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
            record = StreamRecord.of(position, body)
            self._open[position] = record
            self._queues[record.choose_queue(len(self._queues))].add(record, now)
        self._read = first + len(bodies)
        self._advance()
        return len(bodies) == limit

    def finish(self, records: Iterable[StreamRecord]) -> None:
        """Records are handled or given up; the checkpoint moves as far as none is left out."""
        for record in records:
            self._open.pop(record.position, None)
            self._finished.add(record.position)
        self._advance()

    def _prepare(self, settings: StreamSettings) -> bool:
        """Make queues as the settings say; records that wait are read anew when filters or queues change."""
        wanted = (settings.parallelization, settings.patterns)
        if wanted == self._made_for:
            return True
        if self.busy:
            return False
        self._queues = [BatchQueue() for _ in range(settings.parallelization)]
        self._made_for, self._read = wanted, self.checkpoint
        self._open.clear()
        return True

    def _advance(self) -> None:
        while self.checkpoint in self._finished:
            self._finished.remove(self.checkpoint)
            self.checkpoint += 1
        self._read = max(self._read, self.checkpoint)
