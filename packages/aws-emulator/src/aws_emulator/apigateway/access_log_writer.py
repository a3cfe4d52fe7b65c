"""Log lines gathered and written together, so that no request waits for its line."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

SECONDS = 0.25
"""For which lines are gathered."""
# Of one PutLogEvents: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
EVENTS = 10_000
BYTES = 1_048_576
EVENT_OVERHEAD = 26
Event = dict[str, Any]
Put = Callable[[str, Sequence[Event]], Awaitable[None]]
"""Writes events to the log group of an ARN."""
logger = logging.getLogger("sandbox.apigateway")


class AccessLogWriter:
    """Lines that wait to be written, by log group."""

    def __init__(self, put: Put, *, seconds: float = SECONDS) -> None:
        self._put, self._seconds = put, seconds
        self._waiting: dict[str, list[Event]] = {}
        self._due: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self.written, self.lost = 0, 0

    def add(self, group_arn: str, milliseconds: int, message: str) -> None:
        """Take a line; it is written soon. Call it on the loop."""
        self._waiting.setdefault(group_arn, []).append({"timestamp": milliseconds, "message": message})
        if self._due is None and self._writing is None:
            self._due = asyncio.get_running_loop().call_later(self._seconds, self._start_writing)

    async def flush(self) -> None:
        """Write everything that was taken."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if self._writing is not None:
            await self._writing
        await self._write()

    def clear(self) -> None:
        """Forget what waits."""
        self._waiting.clear()

    @property
    def figures(self) -> Mapping[str, int]:
        """How many lines wait, were written and could not be."""
        waiting = sum(len(events) for events in self._waiting.values())
        return {"waiting": waiting, "written": self.written, "lost": self.lost}

    def _start_writing(self) -> None:
        self._due = None
        self._writing = asyncio.get_running_loop().create_task(self._write())
        self._writing.add_done_callback(self._on_written)

    def _on_written(self, _: "asyncio.Task[None]") -> None:
        self._writing = None
        if self._waiting and self._due is None:
            self._due = asyncio.get_running_loop().call_later(self._seconds, self._start_writing)

    async def _write(self) -> None:
        taken, self._waiting = self._waiting, {}
        for group_arn, events in taken.items():
            for batch in _split_batches(events):
                try:
                    await self._put(group_arn, batch)
                    self.written += len(batch)
                except Exception as error:  # noqa: BLE001 - one group's fault must not cost another's lines
                    self.lost += len(batch)
                    logger.warning("access log %s: %d lines are lost: %s", group_arn, len(batch), error)


def _split_batches(events: list[Event]) -> list[list[Event]]:
    """Events in the order of time, in batches that AWS takes."""
    batches: list[list[Event]] = []
    size = BYTES
    for event in sorted(events, key=lambda e: e["timestamp"]):
        more = len(event["message"].encode("utf-8", "replace")) + EVENT_OVERHEAD
        if size + more > BYTES or len(batches[-1]) >= EVENTS:
            batches.append([])
            size = 0
        batches[-1].append(event)
        size += more
    return batches
