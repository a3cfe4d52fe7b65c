"""Property values: read by path, through JSON documents, with unknown values never taken for absent ones."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()
"""A value that is decided by the cloud, or sealed: nothing may be concluded from it."""
_FLAGS = {"true": True, "false": False}


class NotEvaluatedError(Exception):
    """What a rule needed and could not read; the message names the property and never its value."""


class PropertyNode:
    """A value of a resource and where it stands: the resource's properties, or an object somewhere below.

    Paths are dotted (`limits.maximum`, `routes.0.key`). A path goes through JSON text as through an
    object (`policy.statements.0.effect`). None, an empty text and an absent property are the same: not given.
    """

    __slots__ = ("value", "where")

    def __init__(self, value: Any, where: str) -> None:
        """Describe a node.

        Args:
            value: Plain Python, with `UNKNOWN` wherever something is not known.
            where: What messages call it: a property of a resource.
        """
        self.value, self.where = value, where

    def has(self, path: str) -> bool:
        """Whether a property has any value, known or not."""
        return _is_absent(self.raw(path)) is False

    def is_known(self, path: str) -> bool:
        """Whether a property is given and known."""
        return self.raw(path) is not UNKNOWN and self.has(path)

    def number(self, path: str, default: float | None = None) -> float:
        """A number; text that spells one counts.

        Raises:
            NotEvaluatedError: it is unknown, no number, or not given and without a default.
        """
        value = self._scalar(path, default)
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                value = None
        if value is None or isinstance(value, bool) or not isinstance(value, int | float):
            raise NotEvaluatedError(f"{self._name(path)} is no number")
        return value

    def text(self, path: str, default: str = "") -> str:
        """A text, by default an empty one.

        Raises:
            NotEvaluatedError: it is unknown or no text.
        """
        value = self._scalar(path, default)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise NotEvaluatedError(f"{self._name(path)} is no text")
        return value if isinstance(value, str) else f"{value:.15g}"

    def flag(self, path: str, *, default: bool = False) -> bool:
        """A yes or no; `"true"` and `"false"` count.

        Raises:
            NotEvaluatedError: it is unknown or neither.
        """
        value = self._scalar(path, default)
        value = _FLAGS.get(value.lower()) if isinstance(value, str) else value
        if not isinstance(value, bool):
            raise NotEvaluatedError(f"{self._name(path)} is neither true nor false")
        return value

    def nodes(self, path: str) -> Sequence["PropertyNode"]:
        """The objects of a list; a single object is a list of one, nothing given an empty one.

        Raises:
            NotEvaluatedError: the list is unknown or no list; what is unknown in an element is met when it is read.
        """
        value = self._scalar(path, None)
        if _is_absent(value):
            return ()
        value = _document(value, self._name(path))
        items = cast("list[Any]", value) if isinstance(value, list) else [value]
        return tuple(PropertyNode(item, f"{self._name(path)}[{i}]") for i, item in enumerate(items))

    def texts(self, path: str) -> Sequence[str]:
        """The texts of a list; a single text is a list of one.

        Raises:
            NotEvaluatedError: the list or one of its texts is unknown or no text.
        """
        value = self._scalar(path, None)
        if isinstance(value, str) and value and not value.startswith("["):
            return (value,)
        return tuple(node.text("") for node in self.nodes(path))

    def keys(self, path: str) -> Sequence[str]:
        """The names in an object, none when it is not given.

        Raises:
            NotEvaluatedError: it is unknown or no object.
        """
        value = self._scalar(path, None)
        if _is_absent(value):
            return ()
        value = _document(value, self._name(path))
        if not isinstance(value, Mapping):
            raise NotEvaluatedError(f"{self._name(path)} is no object")
        return tuple(cast("Mapping[str, Any]", value))

    def raw(self, path: str) -> Any:
        """The value as it is, `UNKNOWN` included; None when nothing is there.

        Raises:
            NotEvaluatedError: the path leads through text that is no JSON.
        """
        value = self.value
        passed: list[str] = []
        for step in path.split(".") if path else ():
            if value is UNKNOWN:
                return UNKNOWN
            if _is_absent(value):
                return None
            value = _step(_document(value, self._name(".".join(passed))), step)
            passed.append(step)
        return value

    def _scalar(self, path: str, default: Any) -> Any:
        value = self.raw(path)
        if value is UNKNOWN:
            raise NotEvaluatedError(f"{self._name(path)} is not known")
        return default if _is_absent(value) else value

    def _name(self, path: str) -> str:
        return ".".join(part for part in (self.where, path) if part)


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of the program."""

    file: str
    """Relative to the program's project."""
    line: int


def iterate_texts(value: Any) -> Iterator[str]:
    """Every text in a value, wherever it stands."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in cast("Mapping[str, Any]", value).values():
            yield from iterate_texts(inner)
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            yield from iterate_texts(inner)


def has_unknown(value: Any) -> bool:
    """Whether anything in a value is unknown."""
    if isinstance(value, Mapping):
        return any(has_unknown(inner) for inner in cast("Mapping[str, Any]", value).values())
    if isinstance(value, list):
        return any(has_unknown(inner) for inner in cast("list[Any]", value))
    return value is UNKNOWN


def _is_absent(value: Any) -> bool:
    return value is None or value == ""


def _document(value: Any, name: str) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise NotEvaluatedError(f"{name} is no JSON document") from None


def _step(value: Any, step: str) -> Any:
    if isinstance(value, Mapping):
        return cast("Mapping[str, Any]", value).get(step)
    if isinstance(value, list) and step.isdecimal():
        items = cast("list[Any]", value)
        return items[int(step)] if int(step) < len(items) else None
    return None
