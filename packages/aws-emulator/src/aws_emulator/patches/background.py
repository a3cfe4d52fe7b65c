"""A supplement that has work of its own to do, at some time or when it is woken."""

from collections.abc import Mapping
from typing import Any

from aws_emulator.patches.emulator import Emulator
from aws_emulator.patches.supplement import Supplement
from aws_emulator.patches.waker import BackgroundTask


class BackgroundSupplement(Supplement):
    """A supplement whose `_work` is called when it said that it is due, and whenever `_waker.wake()` is called."""

    def __init__(self, emulator: Emulator, settings: Mapping[str, Any]) -> None:
        super().__init__(emulator, settings)
        self._background = BackgroundTask(self._work)

    async def start(self) -> None:
        """Begin, with what is due."""
        self._background.start()

    async def stop(self) -> None:
        """Begin nothing more; what is under way is the supplement's own affair."""
        await self._background.stop()

    async def _work(self) -> float | None:
        """Do what is due; when something is next, in seconds since the epoch, None for not before it is woken."""
        raise NotImplementedError
