"""Clean-up of what a check made: removals, the last made first; one that fails does not stop the others."""

import contextlib
import threading
from collections.abc import Callable
from typing import Any

LONGEST = 300


class Cleanup:
    """A list of removals to carry out at the end; safe to use from several threads."""

    def __init__(self, gone: Callable[[Exception], bool]) -> None:
        """Begin with an empty list.

        Args:
            gone: Whether an error means that what was to be removed is not there.
        """
        self._gone = gone
        self._stack, self._lock = contextlib.ExitStack(), threading.Lock()
        self._over = False
        self.left: list[str] = []
        """What could not be removed, and why."""

    def add(self, remove: Callable[..., Any], *arguments: Any, **named: Any) -> None:
        """Have a removal called at the end; at once if the end has been."""
        with self._lock:
            if not self._over:
                self._stack.callback(self._remove, remove, *arguments, **named)
                return
        self._remove(remove, *arguments, **named)  # made while the end came

    def run(self) -> None:
        """Call every removal, the last one first; what is added afterwards is removed at once."""
        with self._lock:
            self._over = True
            stack = self._stack.pop_all()
        stack.close()

    def _remove(self, remove: Callable[..., Any], *arguments: Any, **named: Any) -> None:
        try:
            remove(*arguments, **named)
        except Exception as error:  # noqa: BLE001 - whatever it is, the rest is removed
            if not self._gone(error):
                words = [*map(str, arguments), *(f"{name}={value}" for name, value in named.items())]
                what = " ".join([getattr(remove, "__name__", "removal"), *words])
                self.left.append(f"{what[:LONGEST]}: {error}")
