"""Records that wait to be written together."""

import base64
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from aws_emulator.firehose.settings import BufferSettings

# https://docs.aws.amazon.com/firehose/latest/dev/buffering.html: partitions of a stream that have a buffer.
ACTIVE_PARTITIONS = 500


class DeliveryStream(NamedTuple):
    """A stream's name in the world."""

    account: str
    region: str
    name: str


class OutputPartition(NamedTuple):
    """Where in a stream's output a record belongs."""

    keys: tuple[tuple[str, str], ...] = ()
    """Partition keys and their values."""
    error: str = ""
    """What kind of error keeps it from its place, `processing-failed`; empty for none."""


@dataclass(slots=True, eq=False)
class ObjectBatch:
    """Records of one place, which become one object."""

    stream: DeliveryStream
    partition: OutputPartition
    version: int
    """Of the stream's settings."""
    config: Mapping[str, Any]
    """The destination, as it was when the first record came."""
    settings: BufferSettings
    oldest: float
    """When the first record came, in seconds since the epoch."""
    records: list[bytes] = field(default_factory=list)
    size: int = 0
    attempts: int = 0
    """How often it could not be written."""
    due: float = 0.0
    """When it is written at the latest."""

    def dump(self) -> dict[str, Any]:
        """All of it, as JSON, from which `load` makes it again."""
        return {
            "stream": list(self.stream),
            "keys": [list(pair) for pair in self.partition.keys],
            "error": self.partition.error,
            "version": self.version,
            "config": dict(self.config),
            "oldest": self.oldest,
            "records": [base64.b64encode(record).decode() for record in self.records],
            "attempts": self.attempts,
            "due": self.due,
        }

    @classmethod
    def load(cls, saved: Mapping[str, Any], settings: BufferSettings) -> "ObjectBatch":
        """What was saved."""
        records = [base64.b64decode(record) for record in saved["records"]]
        keys = tuple((str(name), str(value)) for name, value in saved["keys"])
        return cls(
            stream=DeliveryStream(*saved["stream"]),
            partition=OutputPartition(keys, saved["error"]),
            version=saved["version"],
            config=saved["config"],
            settings=settings,
            oldest=saved["oldest"],
            records=records,
            size=sum(map(len, records)),
            attempts=saved["attempts"],
            due=saved["due"],
        )


class Buffers:
    """The buffers of all streams; safe to use from several threads."""

    def __init__(self) -> None:
        self._open: dict[tuple[DeliveryStream, OutputPartition], ObjectBatch] = {}
        self._closed: list[ObjectBatch] = []
        self._lock = threading.Lock()

    def add(self, batch: ObjectBatch, record: bytes) -> bool:
        """Put a record into the buffer of its place; whether something is due earlier than before.

        Args:
            batch: An empty batch for the place, taken if there is none yet.
            record: The record as it will stand in the object.
        """
        key = (batch.stream, batch.partition)
        with self._lock:
            found = self._open.get(key)
            new = found is None
            if found is None:
                batch.due = batch.oldest + batch.settings.seconds
                found = self._open[key] = batch
            if found.records and found.size + len(record) > found.settings.size:
                self._closed.append(found)
                batch.due = batch.oldest + batch.settings.seconds
                found, new = batch, True
                self._open[key] = batch
            found.records.append(record)
            found.size += len(record)
            if found.size >= found.settings.size:
                self._closed.append(self._open.pop(key))
                return True
            return new

    def count_partitions(self, stream: DeliveryStream, partition: OutputPartition) -> int:
        """How many partitions of a stream have a buffer, this one included."""
        with self._lock:
            return len({p for s, p in self._open if s == stream and not p.error} | {partition})

    def take(self, now: float) -> list[ObjectBatch]:
        """What is due, the oldest first; it is no longer here then."""
        with self._lock:
            due = [key for key, batch in self._open.items() if batch.due <= now]
            taken = [batch for batch in self._closed if _is_ready(batch, now)] + [self._open.pop(key) for key in due]
            self._closed = [batch for batch in self._closed if not _is_ready(batch, now)]
        return sorted(taken, key=lambda batch: batch.oldest)

    def put_back(self, batch: ObjectBatch) -> None:
        """Keep a batch that could not be written until it is due again."""
        with self._lock:
            self._closed.append(batch)

    def close(self, stream: DeliveryStream) -> None:
        """Make everything of a stream due."""
        with self._lock:
            for key in [key for key in self._open if key[0] == stream]:
                self._closed.append(self._open.pop(key))

    def find_next_due(self) -> float | None:
        """When something is due, in seconds since the epoch; None if nothing is here."""
        with self._lock:
            closed = (batch.due if batch.attempts else 0.0 for batch in self._closed)
            return min([*closed, *(batch.due for batch in self._open.values())], default=None)

    def list_batches(self) -> list[ObjectBatch]:
        """Everything that waits."""
        with self._lock:
            return [*self._closed, *self._open.values()]

    def load(self, batches: Iterable[ObjectBatch]) -> None:
        """Take what waited in the run before; each becomes an object of its own."""
        with self._lock:
            for batch in batches:
                key = (batch.stream, batch.partition)
                if batch.attempts or key in self._open:
                    self._closed.append(batch)
                else:
                    self._open[key] = batch

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._open.clear()
            self._closed.clear()


def _is_ready(batch: ObjectBatch, now: float) -> bool:
    """Whether a closed batch may be written: at once, or when it is due again."""
    return not batch.attempts or batch.due <= now
