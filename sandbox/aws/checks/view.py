"""A resource's inputs as a rule reads them: what is unknown in a preview is neither given nor absent."""

import json
from collections.abc import Iterator
from typing import Any

from engine.protocol import CheckFailure
from engine.wire import UNKNOWN

SHOWN = 90


class View:
    """A block of inputs and its path. Rules never see an unknown value."""

    __slots__ = ("name", "path", "values")

    def __init__(self, values: dict[str, Any], path: str = "", *, name: str = "") -> None:
        """Look at a block.

        Args:
            values: Its properties.
            path: Where it lies in the resource's inputs.
            name: The resource's logical name.
        """
        self.values, self.path, self.name = values, path, name

    def at(self, path: str) -> str:
        """The full path of a property of this block."""
        return f"{self.path}.{path}" if self.path and path else self.path or path

    def fail(self, path: str, reason: str) -> CheckFailure:
        """A refusal of a property of this block."""
        return CheckFailure(self.at(path), reason)

    def known(self, path: str) -> Any:
        """The value at a path; None when it is absent or holds something unknown."""
        value = self._find(path)
        return None if value in (None, "") or unknown(value) else value

    def absent(self, path: str) -> bool:
        """Whether a property is certainly not set."""
        return self._find(path) in (None, "")

    def given(self, path: str) -> bool:
        """Whether a property is certainly set."""
        return self.known(path) is not None

    def text(self, path: str) -> str | None:
        """A known text."""
        value = self.known(path)
        return value if isinstance(value, str) else None

    def number(self, path: str) -> float | None:
        """A known number; a text that holds one counts, as Pulumi converts it."""
        return as_number(self.known(path))

    def flag(self, path: str) -> bool | None:
        """A known truth value."""
        value = self.known(path)
        if isinstance(value, str):
            return {"true": True, "false": False}.get(value)
        return value if isinstance(value, bool) else None

    def off(self, path: str) -> bool:
        """Whether a flag is certainly not set."""
        return self.absent(path) or self.known(path) in (False, "false")

    def block(self, path: str) -> "View | None":
        """A nested block, whose own values may be unknown."""
        value = self._find(path)
        return View(value, self.at(path), name=self.name) if isinstance(value, dict) else None

    def blocks(self, path: str) -> "list[View]":
        """A list of blocks; unknown elements are left out."""
        value = self._find(path)
        found = value if isinstance(value, list) else []
        return [
            View(part, f"{self.at(path)}[{i}]", name=self.name)
            for i, part in enumerate(found)
            if isinstance(part, dict)
        ]

    def texts(self, path: str) -> list[tuple[str, str]]:
        """The known texts of a list, each with its path below this block."""
        value = self._find(path)
        found = value if isinstance(value, list) else []
        return [(f"{path}[{i}]", part) for i, part in enumerate(found) if isinstance(part, str) and not unknown(part)]

    def count(self, path: str) -> int:
        """How many elements a list or mapping has for certain."""
        value = self._find(path)
        return len(value) if isinstance(value, list | dict) else 0

    def complete(self, path: str) -> bool:
        """Whether all elements of a list are there to be looked at, if only in part; an absent list has none."""
        value = self._find(path)
        return value is None or (isinstance(value, list) and not any(isinstance(p, str) and unknown(p) for p in value))

    def entries(self, path: str) -> Iterator[tuple[str, Any]]:
        """The entries of a mapping; their values may be unknown."""
        value = self._find(path)
        if isinstance(value, dict):
            yield from ((str(key), part) for key, part in value.items() if not unknown(key))

    def _find(self, path: str) -> Any:
        value: Any = self.values
        for part in path.split("."):
            if isinstance(value, str) and unknown(value):
                return UNKNOWN
            if not isinstance(value, dict):
                return None
            value = value.get(part)
        return value


def unknown(value: Any) -> bool:
    """Whether a value holds something that only the deployment will tell."""
    if isinstance(value, str):
        return UNKNOWN in value
    if isinstance(value, dict):
        return any(unknown(key) or unknown(part) for key, part in value.items())
    return any(unknown(part) for part in value) if isinstance(value, list | tuple) else False


def as_number(value: Any) -> float | None:
    """A number, or a text that is one; whole ones come back as integers."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return int(found) if found.is_integer() else found


def shown(value: Any) -> str:
    """A value as a message quotes it, cut when it is long."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
