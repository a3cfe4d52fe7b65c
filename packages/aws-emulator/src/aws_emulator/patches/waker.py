"""Work that is due at some time, without looking for it in between."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable

Work = Callable[[], Awaitable[float | None]]
"""Does what is due, and says when something is next, in seconds since the epoch; None for not before it is woken."""
PAUSE_SECONDS = 1.0
logger = logging.getLogger("sandbox")


class BackgroundTask:
    """A task that sleeps until work is due or somebody wakes it."""

    def __init__(self, work: Work, clock: Callable[[], float] = time.time) -> None:
        self._work, self._clock = work, clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken: asyncio.Event | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, on the running loop; what is due already is done first."""
        self._loop, self._woken = asyncio.get_running_loop(), asyncio.Event()
        self._task = asyncio.create_task(self._run(self._woken))

    def wake(self) -> None:
        """Look again what is due; from any thread, and before `start` too."""
        if self._loop is not None and self._woken is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)

    async def stop(self) -> None:
        """End; work that is being done is cancelled at its next wait."""
        if self._task is None:
            return
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._task = None

    async def _run(self, woken: asyncio.Event) -> None:
        while True:
            woken.clear()
            try:
                due = await self._work()
            except Exception:  # the next piece of work is none the worse for it
                logger.exception("work in the background failed")
                due = self._clock() + PAUSE_SECONDS
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), None if due is None else max(0.0, due - self._clock()))
