"""Removal of what was made, last made first; one that fails does not stop the others."""

import contextlib
import threading
from collections.abc import Callable
from typing import Any

LONGEST = 300


class Removal:
    """What is to be removed; safe to use from several threads."""

    def __init__(self, gone: Callable[[Exception], bool]) -> None:
        """Nothing is to be removed yet; `gone` says whether an error means that something is not there any more."""
        self._gone = gone
        self._stack, self._lock = contextlib.ExitStack(), threading.Lock()
        self._over = False
        self.left: list[str] = []
        """What could not be removed, and why."""

    def later(self, remove: Callable[..., Any], *arguments: Any, **named: Any) -> None:
        """Call it at the end, at once if that was; something that is gone by then is well."""
        with self._lock:
            if not self._over:
                self._stack.callback(self._try, remove, *arguments, **named)
                return
        self._try(remove, *arguments, **named)  # made while the end came

    def now(self) -> None:
        """Remove everything, and from here on whatever is still made."""
        with self._lock:
            self._over = True
            stack = self._stack.pop_all()
        stack.close()

    def _try(self, remove: Callable[..., Any], *arguments: Any, **named: Any) -> None:
        try:
            remove(*arguments, **named)
        except Exception as error:  # noqa: BLE001 - whatever it is, the rest is removed
            if not self._gone(error):
                said = [*map(str, arguments), *(f"{name}={value}" for name, value in named.items())]
                what = " ".join([getattr(remove, "__name__", "removal"), *said])
                self.left.append(f"{what[:LONGEST]}: {error}")
