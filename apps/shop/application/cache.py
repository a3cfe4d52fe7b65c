"""Answers of the last few seconds, in this process."""

import time
from collections.abc import Callable
from typing import Any

FRESH_SECONDS = 5.0
# Names come from requests: without a bound a caller could fill the memory.
MOST = 512


class Cache:
    """Values by name, each made anew when it is older than `seconds`; the oldest leave first."""

    def __init__(self, seconds: float = FRESH_SECONDS, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._now = seconds, now
        self._kept: dict[str, tuple[float, Any]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, name: str, make: Callable[[], Any]) -> tuple[Any, int]:
        """A value and its age in whole seconds; what `make` raises is not kept."""
        now, found = self._now(), self._kept.get(name)
        if found is not None and now - found[0] <= self._seconds:
            return found[1], int(now - found[0])
        value = make()
        self._kept.pop(name, None)
        while len(self._kept) >= MOST:
            self._kept.pop(next(iter(self._kept)), None)
        self._kept[name] = (now, value)
        return value, 0
