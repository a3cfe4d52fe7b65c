"""A view of a resource's inputs, as rules read them: what is unknown in a preview is neither given nor absent."""

import json
from collections.abc import Iterator
from typing import Any

from engine.protocol import CheckFailure
from engine.wire import UNKNOWN

QUOTED = 90


class InputView:
    """A block of inputs and its path; unknown values are never returned."""

    __slots__ = ("name", "path", "values")

    def __init__(self, values: dict[str, Any], path: str = "", *, name: str = "") -> None:
        """Look at a block.

        Args:
            values: Its properties.
            path: Where it lies in the resource's inputs.
            name: The resource's logical name.
        """
        self.values, self.path, self.name = values, path, name

    def full_path(self, path: str) -> str:
        """The full path of a property of this block."""
        return f"{self.path}.{path}" if self.path and path else self.path or path

    def fail(self, path: str, reason: str) -> CheckFailure:
        """A refusal of a property of this block."""
        return CheckFailure(self.full_path(path), reason)

    def value(self, path: str) -> Any:
        """The value at a path; None when it is absent or holds something unknown."""
        value = self._find(path)
        return None if value in (None, "") or contains_unknown(value) else value

    def is_absent(self, path: str) -> bool:
        """Whether a property is certainly not set."""
        return self._find(path) in (None, "")

    def is_given(self, path: str) -> bool:
        """Whether a property is certainly set."""
        return self.value(path) is not None

    def text(self, path: str) -> str | None:
        """A known text."""
        value = self.value(path)
        return value if isinstance(value, str) else None

    def number(self, path: str) -> float | None:
        """A known number; a text that holds one counts, as Pulumi converts it."""
        return parse_number(self.value(path))

    def flag(self, path: str) -> bool | None:
        """A known truth value."""
        value = self.value(path)
        if isinstance(value, str):
            return {"true": True, "false": False}.get(value)
        return value if isinstance(value, bool) else None

    def is_off(self, path: str) -> bool:
        """Whether a flag is certainly not set."""
        return self.is_absent(path) or self.value(path) in (False, "false")

    def block(self, path: str) -> "InputView | None":
        """A nested block, whose own values may be unknown."""
        value = self._find(path)
        return InputView(value, self.full_path(path), name=self.name) if isinstance(value, dict) else None

    def blocks(self, path: str) -> "list[InputView]":
        """A list of blocks; unknown elements are left out."""
        value = self._find(path)
        found = value if isinstance(value, list) else []
        return [
            InputView(part, f"{self.full_path(path)}[{i}]", name=self.name)
            for i, part in enumerate(found)
            if isinstance(part, dict)
        ]

    def texts(self, path: str) -> list[tuple[str, str]]:
        """The known texts of a list, each with its path below this block."""
        value = self._find(path)
        found = value if isinstance(value, list) else []
        return [
            (f"{path}[{i}]", part)
            for i, part in enumerate(found)
            if isinstance(part, str) and not contains_unknown(part)
        ]

    def count(self, path: str) -> int:
        """How many elements a list or mapping has for certain."""
        value = self._find(path)
        return len(value) if isinstance(value, list | dict) else 0

    def is_complete(self, path: str) -> bool:
        """Whether all elements of a list are there to be looked at, if only in part; an absent list has none."""
        value = self._find(path)
        return value is None or (
            isinstance(value, list) and not any(isinstance(p, str) and contains_unknown(p) for p in value)
        )

    def entries(self, path: str) -> Iterator[tuple[str, Any]]:
        """The entries of a mapping; their values may be unknown."""
        value = self._find(path)
        if isinstance(value, dict):
            yield from ((str(key), part) for key, part in value.items() if not contains_unknown(key))

    def _find(self, path: str) -> Any:
        value: Any = self.values
        for part in path.split("."):
            if isinstance(value, str) and contains_unknown(value):
                return UNKNOWN
            if not isinstance(value, dict):
                return None
            value = value.get(part)
        return value


def contains_unknown(value: Any) -> bool:
    """Whether a value holds something that only the deployment will tell."""
    if isinstance(value, str):
        return UNKNOWN in value
    if isinstance(value, dict):
        return any(contains_unknown(key) or contains_unknown(part) for key, part in value.items())
    return any(contains_unknown(part) for part in value) if isinstance(value, list | tuple) else False


def parse_number(value: Any) -> float | None:
    """A number, or a text that is one; whole ones come back as integers."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return int(found) if found.is_integer() else found


def quote(value: Any) -> str:
    """A value as messages quote it: JSON of at most 90 characters."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= QUOTED else f"{text[:QUOTED]}..."
