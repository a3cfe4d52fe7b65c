"""Reads all mapped streams: a thread that sleeps until a record or a time comes, and one for each batch that is out."""

import functools
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_emulator.lambda_stream_mappings.batch_queue import BatchQueue, DiscardedRecords, StreamBatch
from aws_emulator.lambda_stream_mappings.batch_results import BatchOutcome, InvocationAnswer
from aws_emulator.lambda_stream_mappings.ports import StreamMapping, StreamPorts
from aws_emulator.lambda_stream_mappings.shard import Shard

# Records read at a time, so that one long stream does not keep the others waiting. Ours.
CHUNK = 1000
# How late a change of a mapping is seen that woke nobody. Ours.
LOOK_SECONDS = 1.0
logger = logging.getLogger("sandbox.streams")


@dataclass(slots=True)
class _Reader:
    source: StreamMapping
    shard: Shard
    batches: int = 0
    retries: int = 0
    refused: int = 0
    discarded: int = 0
    undelivered: int = 0
    gone: bool = field(default=False)


class StreamScheduler:
    """All readers of streams."""

    def __init__(self, ports: StreamPorts, clock: Callable[[], float] = time.time) -> None:
        self._ports, self._clock = ports, clock
        self._readers: dict[str, _Reader] = {}
        self._tables: frozenset[tuple[str, str, str]] = frozenset()
        self._saved: dict[str, Mapping[str, Any]] = {}
        self._lock = threading.Lock()
        self._woken, self._ended = threading.Event(), threading.Event()
        self._idle = threading.Condition(self._lock)
        self._out = 0
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to read."""
        self._thread = threading.Thread(target=self._run, name="streams", daemon=True)
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Take no further batch, and wait for those that are out; what is not finished then is read again."""
        self._ended.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(seconds)
        with self._idle:
            self._idle.wait_for(lambda: not self._out, seconds)

    def wake(self) -> None:
        """There is something to do: a record, or a change of a mapping."""
        self._woken.set()

    def is_read(self, account: str, region: str, table: str) -> bool:
        """A mapping reads the table's stream; those that it has not learnt of yet are not counted."""
        return (account, region, table) in self._tables

    def reset(self) -> None:
        """Forget all mappings."""
        with self._lock:
            for reader in self._readers.values():
                reader.gone = True
            self._readers.clear()
            self._saved.clear()

    def save(self) -> dict[str, Any]:
        """What `load` needs to go on where this ends, by mapping."""
        with self._lock:
            return {
                key: {"stream": r.source.stream, "checkpoint": r.shard.checkpoint, "finished": sorted(r.shard.finished)}
                for key, r in self._readers.items()
            }

    def load(self, saved: Mapping[str, Any]) -> None:
        """Go on where `save` ended; before `start`."""
        self._saved = dict(saved)

    def collect_figures(self) -> dict[str, Any]:
        """Figures by mapping."""
        now = self._clock()
        with self._lock:
            return {reader.source.id: _describe_reader(reader, now) for reader in self._readers.values()}

    def advance(self) -> float | None:
        """Send out every batch that is due; the time of the next one, None while there is none."""
        with self._lock:
            self._refresh_mappings()
            readers = [reader for reader in self._readers.values() if reader.source.enabled]
        times = [self._advance_reader(reader) for reader in readers]
        return min((at for at in times if at is not None), default=None)

    def _run(self) -> None:
        while not self._ended.is_set():
            self._woken.clear()
            wait: float | None = LOOK_SECONDS
            try:
                due = self.advance()
                if due is not None:
                    wait = min(max(0.0, due - self._clock()), LOOK_SECONDS)
                elif not self._readers:
                    wait = None
            except Exception:  # whatever it was, the thread goes on
                logger.exception("reading streams failed, and goes on")
            self._woken.wait(wait)

    def _refresh_mappings(self) -> None:
        """Learn of new, changed and deleted mappings."""
        sources = {source.key: source for source in self._ports.list_mappings()}
        for key in [key for key in self._readers if key not in sources]:
            self._readers.pop(key).gone = True
        for key, source in sources.items():
            reader = self._readers.get(key)
            if reader is None:
                self._readers[key] = _Reader(source, self._open_shard(source))
            else:
                reader.source = source
        self._tables = frozenset((s.account, s.region, s.table) for s in sources.values())

    def _open_shard(self, source: StreamMapping) -> Shard:
        saved = self._saved.pop(source.key, None)
        if saved is not None and saved["stream"] == source.stream:
            return Shard(saved["checkpoint"], saved["finished"])
        return Shard(self._ports.find_start(source))

    def _advance_reader(self, reader: _Reader) -> float | None:
        try:
            with self._lock:  # for one mapping at a time: who asks for figures does not wait for all
                return None if reader.gone else self._send_batches(reader)
        except Exception:  # one broken mapping never stops the others
            logger.exception("mapping %s: reading its stream failed; tried again", reader.source.id)
            return self._clock() + LOOK_SECONDS

    def _send_batches(self, reader: _Reader) -> float | None:
        source, shard, now = reader.source, reader.shard, self._clock()
        before = shard.checkpoint
        read = functools.partial(self._ports.read, source)
        more = shard.fill(read, self._ports.matches, source.settings, now, CHUNK)
        self._save_checkpoint(reader, before)
        times: list[float] = [now] if more else []
        for queue in shard.queues:
            batch = queue.take(source.settings, now)
            if batch is not None:
                self._out += 1
                self._ports.spawn(lambda queue=queue, batch=batch: self._run_batch(reader, queue, batch))
            due = queue.find_due(source.settings)
            if due is not None:
                times.append(due)
        return min(times, default=None)

    def _run_batch(self, reader: _Reader, queue: BatchQueue, batch: StreamBatch) -> None:
        try:
            self._handle_batch(reader, queue, batch)
        finally:
            with self._idle:
                self._out -= 1
                self._idle.notify_all()
            self.wake()

    def _handle_batch(self, reader: _Reader, queue: BatchQueue, batch: StreamBatch) -> None:
        source = reader.source
        self._discard(reader, batch.too_old)
        answer = self._call_function(source, batch) if batch.records else InvocationAnswer()
        source = reader.source  # its settings as they are now
        with self._lock:
            settled = queue.settle(answer, source.settings, self._clock())
        if batch.records and not reader.gone:
            self._ports.record_result(source, settled.outcome)
        self._discard(reader, settled.discarded)
        with self._lock:
            reader.batches += 1
            reader.retries += settled.retried
            reader.refused += settled.outcome is BatchOutcome.REFUSED
            before = reader.shard.checkpoint
            reader.shard.finish(settled.finished)
            queue.release(self._clock())
            self._save_checkpoint(reader, before)

    def _call_function(self, source: StreamMapping, batch: StreamBatch) -> InvocationAnswer:
        try:
            return self._ports.call(source, batch)
        except Exception as error:  # whatever it was, the records are not lost
            logger.exception("mapping %s: its function could not be called; tried again", source.id)
            return InvocationAnswer(invoked=False, error=type(error).__name__)

    def _discard(self, reader: _Reader, discard: DiscardedRecords | None) -> None:
        if discard is None or reader.gone:
            return
        source, delivered = reader.source, False
        try:
            delivered = self._ports.deliver(source, discard)
        except Exception:  # counted and said below
            logger.exception("mapping %s: its destination failed", source.id)
        with self._lock:
            reader.discarded += len(discard.records)
            if not delivered:
                reader.undelivered += len(discard.records)
        if not delivered:
            first, last = discard.records[0].sequence, discard.records[-1].sequence
            logger.error(
                "mapping %s: %d records (%s to %s) are lost, as on AWS: %s, and the destination '%s' did not take them",
                *(source.id, len(discard.records), first, last, discard.condition, source.settings.destination),
            )

    def _save_checkpoint(self, reader: _Reader, before: int) -> None:
        if reader.shard.checkpoint != before and not reader.gone:
            self._ports.save_checkpoint(reader.source, reader.shard.checkpoint)


def _describe_reader(reader: _Reader, now: float) -> dict[str, Any]:
    source, oldest = reader.source, reader.shard.find_oldest()
    queues = reader.shard.queues
    return {
        "table": source.table,
        "function": source.function.partition(":function:")[2],
        "enabled": source.enabled,
        "iterator_age_seconds": round(max(0.0, now - oldest.created), 1) if oldest else 0.0,
        "parallel_batches": len(queues),
        "parallel_batches_running": sum(queue.busy for queue in queues),
        "batches": reader.batches,
        "retries": reader.retries,
        "throttled": reader.refused,
        "sent_to_on_failure": reader.discarded - reader.undelivered,
        "lost": reader.undelivered,
    }
