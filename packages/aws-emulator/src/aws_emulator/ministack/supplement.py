"""What a supplement is: one behaviour of AWS that the emulator lacks; and work that one does in the background."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar

from aws_emulator.ministack.emulator import Emulator, ServiceRequest

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


class EmulatorSupplement:
    """A behaviour, listed apart from the emulator's own in `scaleshop status`.

    It goes when the emulator learns the behaviour; a contract test of the emulator alone says so.
    """

    name: ClassVar[str]
    adds: ClassVar[str]
    """What AWS does and the emulator alone does not, in one line for users."""

    def __init__(self, emulator: Emulator, settings: Mapping[str, Any]) -> None:
        self.emulator, self.settings = emulator, settings

    def install(self) -> None:
        """Change the emulator, before it serves; the state of neither is there yet."""

    def load(self, state: Any) -> None:
        """Take what `save` gave in the run before. Called after the emulator has read its own state."""

    async def start(self) -> None:
        """Begin work in the background, on the emulator's loop or in threads."""

    async def stop(self) -> None:
        """End it; nothing that was taken in is dropped, `save` follows."""

    def save(self) -> Any:
        """What the next run needs, as JSON; None for nothing."""
        return None

    def reset(self) -> None:
        """Forget everything: the emulator was emptied."""

    def collect_figures(self) -> Mapping[str, Any]:
        """What it does now, as JSON for `scaleshop status`."""
        return {}

    async def administer(self, request: ServiceRequest) -> tuple[int, Any] | None:  # noqa: ARG002 - for those that answer
        """Answer a request to `/_sandbox/<name>/<path>` with a status and JSON; None where there is nothing."""
        return None


class BackgroundSupplement(EmulatorSupplement):
    """A supplement whose `_run_due_work` is called when it said that it is due, and after `_background.wake()`."""

    def __init__(self, emulator: Emulator, settings: Mapping[str, Any]) -> None:
        super().__init__(emulator, settings)
        self._background = BackgroundTask(self._run_due_work)

    async def start(self) -> None:
        """Begin, with what is due."""
        self._background.start()

    async def stop(self) -> None:
        """Begin nothing more; what is under way is the supplement's own affair."""
        await self._background.stop()

    async def _run_due_work(self) -> float | None:
        """Do what is due; when something is next, in seconds since the epoch, None for not before it is woken."""
        raise NotImplementedError
