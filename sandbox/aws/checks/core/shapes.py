"""The check of single values against the service model: enums, patterns, lengths, ranges, required members.

It refuses only what is certain: a property that the model has under another name is left alone unless `operations`
says so.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from engine.protocol import CheckFailure
from sandbox.aws.checks.core import service_models as models
from sandbox.aws.checks.core.input_view import contains_unknown, parse_number, quote
from sandbox.aws.checks.core.operations import OPERATIONS, MappedOperation

# Enumerations up to this length are listed in full.
LISTED = 12
# Longer texts are documents, which have rules of their own; patterns can be slow on them.
PATTERN_TEXT = 2_048
NUMBERS = frozenset({"integer", "long", "float", "double"})
# A set of letters, digits and signs, e.g. `[a-zA-Z0-9_.-]+`.
CHARACTERS = re.compile(
    r"\^?\(?\[((?=[^\]]*(?:a-z|\\w))(?=[^\]]*(?:A-Z|\\w))(?=[^\]]*(?:0-9|\\w))(?:[^\]^\\]|\\[\w/.:_-])*)\][+*]\)?\$?"
)
# Counted by the provider, never given by a program.
COUNTED = frozenset({"Quantity"})
WHOLE = frozenset({"integer", "long"})
# `HTTPPort` is `httpPort` in Pulumi, `Arn` is `arn`.
INITIALS = re.compile(r"^(?:[A-Z]+(?=[A-Z][a-z])|[A-Z]+$|[A-Z])")


def check_shapes(token: str, inputs: Mapping[str, Any]) -> Iterator[CheckFailure]:
    """What a resource's service model refuses about its single values."""
    for mapped in OPERATIONS.get(token, ()):
        shape = models.input_shape(mapped.service, mapped.operation)
        yield from _Walk(mapped).structure(shape, inputs, "", "")


class _Walk:
    def __init__(self, mapped: MappedOperation) -> None:
        self.mapped, self.service = mapped, mapped.service
        self.shapes: models.Shapes = models.load(mapped.service)["shapes"]

    def structure(self, shape: str, values: Mapping[str, Any], path: str, plain: str) -> Iterator[CheckFailure]:
        found = {key: self.member(shape, key, f"{plain}.{key}" if plain else key) for key in values}
        for key, value in values.items():
            target = found[key]
            if target is not None and value not in (None, ""):
                here = f"{plain}.{key}" if plain else key
                yield from self.value(target[1], value, f"{path}.{key}" if path else key, here)
        if path and all(found.values()):
            yield from self.missing(shape, values, {t[0] for t in found.values() if t}, path, plain)

    def member(self, shape: str, key: str, plain: str) -> tuple[str, str] | None:
        """The member behind a property: its outermost name and its shape."""
        if plain in self.mapped.names:
            route = self.mapped.names[plain]
        elif self.mapped.root and "." not in plain:
            route = f"{self.mapped.root}.{key}"
        else:
            route = key
        return None if route is None else models.member(self.service, shape, route)

    def missing(
        self, shape: str, values: Mapping[str, Any], given: set[str], path: str, plain: str
    ) -> Iterator[CheckFailure]:
        if any(value in (None, "") for value in values.values()):
            return
        for name in self.shapes[shape].get("required", ()):
            ours = self.find_property(name, plain)
            if name not in COUNTED and name not in given and f"{plain}.{ours}" not in self.mapped.optional:
                yield CheckFailure(f"{path}.{ours}", "is missing; the service requires it")

    def find_property(self, name: str, plain: str) -> str:
        """The property that a member of a block is set by."""
        for mine, route in self.mapped.names.items():
            parent, _, key = mine.rpartition(".")
            if parent == plain and route and route.split(".")[0] == name:
                return key
        return INITIALS.sub(lambda found: found[0].lower(), name)

    def value(self, name: str, value: Any, path: str, plain: str) -> Iterator[CheckFailure]:
        if isinstance(value, str) and contains_unknown(value):
            return
        shape = self.shapes[name]
        kind = shape["type"]
        if kind == "structure":
            yield from self.nested(name, value, path, plain)
        elif kind == "list" and isinstance(value, list):
            yield from self.size(shape, len(value), "element", path)
            for index, part in enumerate(value):
                if part is not None:
                    yield from self.value(shape["member"]["shape"], part, f"{path}[{index}]", plain)
        elif kind == "map" and isinstance(value, dict):
            yield from self.mapping(shape, value, path, plain)
        elif kind == "string" and isinstance(value, str | int | float) and not isinstance(value, bool):
            yield from self.text(shape, value, path)
        elif kind in NUMBERS:
            yield from self.number(shape, value, path)
        elif kind == "boolean" and isinstance(value, str) and value not in ("true", "false"):
            yield CheckFailure(path, f"is {quote(value)}, not a truth value; use true or false")

    def nested(self, name: str, value: Any, path: str, plain: str) -> Iterator[CheckFailure]:
        known = models.members(self.service, name)
        if isinstance(value, dict):
            yield from self.structure(name, value, path, plain)
        elif isinstance(value, list) and {"items", "quantity"} <= set(known):
            yield from self.value(known["items"][1], value, path, plain)

    def mapping(
        self, shape: Mapping[str, Any], value: Mapping[str, Any], path: str, plain: str
    ) -> Iterator[CheckFailure]:
        yield from self.size(shape, len(value), "entry", path)
        for key, part in value.items():
            if not contains_unknown(key):
                for failure in self.value(shape["key"]["shape"], key, path, plain):
                    yield CheckFailure(path, failure.reason.replace("is ", "has the key ", 1))
            if part is not None:
                yield from self.value(shape["value"]["shape"], part, f"{path}.{key}", plain)

    def text(self, shape: Mapping[str, Any], value: Any, path: str) -> Iterator[CheckFailure]:
        text = str(value)
        if "enum" in shape:
            if text not in shape["enum"]:
                yield CheckFailure(path, f"is {quote(value)}; {_one_of(text, shape['enum'])}")
            return
        yield from self.size(shape, len(text), "character", path)
        pattern = models.compile_pattern(shape["pattern"]) if "pattern" in shape and len(text) <= PATTERN_TEXT else None
        if pattern is not None and not pattern.fullmatch(text):
            yield CheckFailure(path, f"is {quote(value)}; {_characters(shape['pattern'])}")

    def number(self, shape: Mapping[str, Any], value: Any, path: str) -> Iterator[CheckFailure]:
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            return
        number = parse_number(value)
        if number is None:
            yield CheckFailure(path, f"is {quote(value)}, not a number; use a number")
        elif shape["type"] in WHOLE and not isinstance(number, int):
            yield CheckFailure(path, f"is {number}; use a whole number")
        elif number < shape.get("min", number) or number > shape.get("max", number):
            yield CheckFailure(path, f"is {number}; {_bounds(shape)}")

    @staticmethod
    def size(shape: Mapping[str, Any], count: int, unit: str, path: str) -> Iterator[CheckFailure]:
        if count and (count < shape.get("min", 0) or count > shape.get("max", count)):
            many = unit if count == 1 else ("entries" if unit == "entry" else f"{unit}s")
            yield CheckFailure(path, f"has {count} {many}; {_bounds(shape)}")


def _bounds(shape: Mapping[str, Any]) -> str:
    low, high = shape.get("min"), shape.get("max")
    if low == high:
        return f"use {low}"
    if low is None:
        return f"use {high} or less"
    return f"use {low} or more" if high is None else f"use {low} to {high}"


def _characters(pattern: str) -> str:
    """What a pattern allows, in words where it is a set of characters."""
    found = CHARACTERS.fullmatch(pattern)
    if found is None:
        return f"use a text that matches {pattern}"
    signs = found[1].replace("A-Z", "").replace("a-z", "").replace("0-9", "").replace("\\w", "_").replace("\\", "")
    return f"use letters, digits and {' '.join(sorted(set(signs)))}"


def _one_of(text: str, allowed: list[str]) -> str:
    if len(allowed) <= LISTED:
        return f"use {', '.join(allowed[:-1])} or {allowed[-1]}" if len(allowed) > 1 else f"use {allowed[0]}"
    near = difflib.get_close_matches(text, allowed, n=3)
    return f"use one of the service's {len(allowed)} values" + (f", e.g. {' or '.join(near)}" if near else "")
