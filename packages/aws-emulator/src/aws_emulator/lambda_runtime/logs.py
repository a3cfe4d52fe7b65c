"""The functions' logs on their way to the emulator's log groups: by a thread, in batches, never waited for."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from aws_emulator.lambda_runtime import report
from aws_emulator.lambda_runtime.limits import (
    BATCH_BYTES,
    BATCH_EVENTS,
    BUFFERED_LOG_BYTES,
    EVENT_OVERHEAD_BYTES,
    FLUSH_SECONDS,
)
from aws_emulator.lambda_runtime.model import Function
from aws_emulator.lambda_runtime.output import LogRecord

RETRY_SECONDS = 1.0
LAST_SECONDS = 5.0
"""What is left at the end is tried for so long."""
logger = logging.getLogger("functions.logs")
IsAllowed = Callable[[Function, str, str], bool]
"""Whether a function's role may do something to a resource."""


class LogsApi(Protocol):
    """As much of the CloudWatch Logs client as is used."""

    exceptions: Any

    put_log_events: Any
    create_log_group: Any
    create_log_stream: Any


@dataclass
class _Stream:
    function: Function
    records: list[LogRecord] = field(default_factory=list[LogRecord])
    dropped: int = 0
    dropped_bytes: int = 0


class LogWriter:
    """Takes records at once and writes them when it can."""

    def __init__(self, api: LogsApi, is_allowed: IsAllowed = lambda *_: True) -> None:
        self._api, self._is_allowed = api, is_allowed
        self._lock = threading.Lock()
        self._streams: dict[str, _Stream] = {}
        self._bytes = 0
        self._wanted = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def put(self, function: Function, stream: str, records: Sequence[LogRecord]) -> None:
        """Take records for a stream; when too many wait already, they are counted instead."""
        size = sum(len(record.text) + EVENT_OVERHEAD_BYTES for record in records)
        with self._lock:
            found = self._streams.setdefault(stream, _Stream(function))
            if self._bytes + size > BUFFERED_LOG_BYTES:
                found.dropped += len(records)
                found.dropped_bytes += size
            else:
                self._bytes += size
                found.records += records
        self._wanted.set()

    def stop(self) -> None:
        """Write what is left, as far as the emulator takes it, and end."""
        self._stopping.set()
        self._wanted.set()
        self._thread.join(LAST_SECONDS + 1)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wanted.wait()
            self._stopping.wait(FLUSH_SECONDS)  # so that a batch is one
            self._wanted.clear()
            if not self._flush():
                self._stopping.wait(RETRY_SECONDS)
                self._wanted.set()
        deadline = time.monotonic() + LAST_SECONDS
        while not self._flush() and time.monotonic() < deadline:
            time.sleep(0.1)

    def _flush(self) -> bool:
        """Write everything that waits. False when the emulator did not take it; it is kept then."""
        with self._lock:
            streams, self._streams = self._streams, {}
        for name, stream in list(streams.items()):
            if stream.dropped:
                stream.records += report.build_dropped(stream.function, stream.dropped, stream.dropped_bytes)
                stream.dropped = stream.dropped_bytes = 0
            for batch in _split_batches(stream.records):
                if not self._write(stream.function, name, batch):
                    self._keep(streams)
                    return False
                stream.records = stream.records[len(batch) :]
                with self._lock:
                    self._bytes -= sum(len(record.text) + EVENT_OVERHEAD_BYTES for record in batch)
            del streams[name]
        with self._lock:
            if not self._streams:
                self._bytes = 0
        return True

    def _keep(self, streams: dict[str, _Stream]) -> None:
        with self._lock:
            for name, older in streams.items():
                newer = self._streams.get(name)
                if newer is not None:
                    older.records += newer.records
                    older.dropped += newer.dropped
                    older.dropped_bytes += newer.dropped_bytes
                self._streams[name] = older

    def _write(self, function: Function, stream: str, records: Sequence[LogRecord]) -> bool:
        group, arn = function.logging.group, _build_stream_arn(function, stream)
        events = [{"timestamp": record.ms, "message": record.text} for record in records]
        try:
            if not self._is_allowed(function, "logs:PutLogEvents", arn):
                logger.warning("%s has no right to logs:PutLogEvents on %s: nothing is logged", function.role, arn)
                return True
            try:
                self._api.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
            except self._api.exceptions.ResourceNotFoundException:
                self._create(function, stream)
                self._api.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
        except Exception as error:  # noqa: BLE001 - a log that can't be written must not end the thread
            logger.warning("logs are kept: the emulator did not take them: %s", error)
            # What the emulator refuses for good would block everything behind it.
            return hasattr(error, "response")
        return True

    def _create(self, function: Function, stream: str) -> None:
        group, arn, there = function.logging.group, _build_stream_arn(function, stream), self._api.exceptions
        if not self._is_allowed(function, "logs:CreateLogStream", arn):
            return
        with contextlib.suppress(there.ResourceAlreadyExistsException):
            try:
                self._api.create_log_stream(logGroupName=group, logStreamName=stream)
            except there.ResourceNotFoundException:
                # Most often who deployed the function made the group, and this right is not needed.
                if self._is_allowed(function, "logs:CreateLogGroup", arn.partition(":log-stream:")[0]):
                    with contextlib.suppress(there.ResourceAlreadyExistsException):
                        self._api.create_log_group(logGroupName=group)
                    self._api.create_log_stream(logGroupName=group, logStreamName=stream)


def _build_stream_arn(function: Function, stream: str) -> str:
    """A log stream, as the rights to it name it."""
    # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html#monitoring-cloudwatchlogs-prereqs
    return f"arn:aws:logs:{function.region}:{function.account}:log-group:{function.logging.group}:log-stream:{stream}"


def _split_batches(records: Sequence[LogRecord]) -> Iterator[list[LogRecord]]:
    """Runs of records that one request may hold."""
    batch: list[LogRecord] = []
    size = 0
    for record in records:
        more = len(record.text.encode()) + EVENT_OVERHEAD_BYTES
        if batch and (len(batch) >= BATCH_EVENTS or size + more > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += more
    if batch:
        yield batch
