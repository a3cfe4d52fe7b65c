"""A resource's inputs as a rule reads them: what is unknown in a preview is neither given nor absent."""

import json
from collections.abc import Iterator
from typing import Any

from sandbox.protocol import UNKNOWN, CheckFailure

SHOWN = 90


class View:
    """A block of inputs and its path. Rules never see an unknown value."""

    __slots__ = ("path", "values")

    def __init__(self, values: dict[str, Any], path: str = "") -> None:
        self.values, self.path = values, path

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
        return {"true": True, "false": False}.get(value) if isinstance(value, str) else value is True or None

    def off(self, path: str) -> bool:
        """Whether a flag is certainly not set."""
        return self.absent(path) or self.known(path) in (False, "false")

    def block(self, path: str) -> "View | None":
        """A nested block, whose own values may be unknown."""
        value = self._find(path)
        return View(value, self.at(path)) if isinstance(value, dict) else None

    def blocks(self, path: str) -> "list[View]":
        """A list of blocks; unknown elements are left out."""
        value = self._find(path)
        found = value if isinstance(value, list) else []
        return [View(part, f"{self.at(path)}[{i}]") for i, part in enumerate(found) if isinstance(part, dict)]

    def texts(self, path: str) -> list[tuple[str, str]]:
        """The known texts of a list, each with its path below this block."""
        value = self._find(path)
        found = value if isinstance(value, list) else []
        return [(f"{path}[{i}]", part) for i, part in enumerate(found) if isinstance(part, str) and not unknown(part)]

    def count(self, path: str) -> int:
        """How many elements a list or mapping has for certain."""
        value = self._find(path)
        return len(value) if isinstance(value, list | dict) else 0

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
