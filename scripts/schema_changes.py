"""What a changed JSON Schema breaks for those who know the old one.

No library decides this for JSON Schema 2020-12, so the keywords that the contracts use are compared one by one; any
other that changed is a break too, until somebody has looked at it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

Schema = Any
# Keywords that do not restrict a value.
WORDS = frozenset(
    {"$schema", "$id", "$defs", "title", "description", "example", "default", "x-secret", "writeOnly", "deprecated"}
)
COMPARED = frozenset({"type", "enum", "const", "required", "properties", "items", "additionalProperties", "oneOf"})
LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")


@dataclass(frozen=True, slots=True)
class ContractSide:
    """Who knows the old schema, and what a break means to them."""

    wider: str
    """Said of what is allowed on one side alone."""
    absent: str
    unknown_refused: bool
    """Whether fields that the other side does not know break it."""
    reads: bool
    """Whether it reads what the new code writes; else the new code reads what it wrote."""


READER = ContractSide("the last release never sent {}", "may be absent; the last release always sent it", False, True)
"""A client or consumer of the last release, who reads what this one says and ignores unknown fields."""
WRITER = ContractSide("{} is refused now", "is required now; clients of the last release do not send it", True, False)
"""A client of the last release, whose requests this one gets."""
KEPT = ContractSide(
    "{} of the last release is refused now", "is required now; events of the last release lack it", False, False
)
"""An event of the last release in an outbox, a queue or the archive, which a consumer of this one gets."""


def find_breaks(old: Schema, new: Schema, side: ContractSide, path: str = "") -> Iterator[str]:
    """Each change that breaks a side, with its place; both schemas without references.

    Args:
        old: Of the last release.
        new: Of this one.
        side: Whose.
        path: Where the schemas are.
    """
    inner, outer = (new, old) if side.reads else (old, new)
    yield from _exceeds(inner, outer, side, path)


def inline(schema: Schema, documents: Mapping[str, Any], base: str) -> Schema:
    """A schema with what its references point to in their place.

    Args:
        schema: The schema.
        documents: By address.
        base: The address that references begin from.

    Raises:
        referencing.exceptions.Unresolvable: a reference leads nowhere.
    """
    resources = [(name, Resource(contents=found, specification=DRAFT202012)) for name, found in documents.items()]
    return _inline(schema, Registry().with_resources(resources).resolver(base))


def _inline(schema: Schema, resolver: Any) -> Schema:
    if isinstance(schema, list):
        return [_inline(part, resolver) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    rest = {name: _inline(value, resolver) for name, value in schema.items() if name != "$ref"}
    if not isinstance(schema.get("$ref"), str):
        return rest
    found = resolver.lookup(schema["$ref"])
    target = _inline(found.contents, found.resolver)
    properties = {**target.get("properties", {}), **rest.get("properties", {})}
    return {**target, **rest, **({"properties": properties} if properties else {})}


def _exceeds(inner: Schema, outer: Schema, side: ContractSide, path: str) -> Iterator[str]:
    """Why not all that `inner` allows is allowed by `outer`."""
    if isinstance(inner, bool) or isinstance(outer, bool):
        if inner is not outer:
            yield f"{path}: was {outer}, is {inner}"
        return
    yield from _values(inner, outer, side, path)
    yield from _bounds(inner, outer, side, path)
    for name in sorted(set(outer.get("required", ())) - set(inner.get("required", ()))):
        yield f"{path}/{name}: {side.absent}"
    yield from _fields(inner, outer, side, path)
    if "items" in inner and "items" in outer:
        yield from _exceeds(inner["items"], outer["items"], side, f"{path}[]")
    yield from _branches(inner.get("oneOf", ()), outer.get("oneOf", ()), side, path)
    others = {*inner, *outer} - WORDS - COMPARED - {*LOWER, *UPPER}
    for name in sorted(others):
        if name in outer and inner.get(name) != outer[name]:
            yield f"{path}: '{name}' changed from or to {outer[name]!r:.80}; what that means must be judged by hand"


def _values(inner: Schema, outer: Schema, side: ContractSide, path: str) -> Iterator[str]:
    allowed, given = _allowed_values(outer), _allowed_values(inner)
    if allowed is not None:
        more = None if given is None else [value for value in given if value not in allowed]
        if more is None or more:
            said = "any value" if more is None else ", ".join(map(repr, more))
            yield f"{path}: {side.wider.format(said)}"
    elif given is None:
        more = sorted(_types(inner) - _types(outer) - ({"integer"} if "number" in _types(outer) else set[str]()))
        if "type" in outer and more:
            yield f"{path}: {side.wider.format(' or '.join(more))}"


def _bounds(inner: Schema, outer: Schema, side: ContractSide, path: str) -> Iterator[str]:
    for name in LOWER:
        if name in outer and inner.get(name, -float("inf")) < outer[name]:
            yield f"{path}: {side.wider.format(f'{name} {inner.get(name)} instead of {outer[name]}')}"
    for name in UPPER:
        if name in outer and inner.get(name, float("inf")) > outer[name]:
            yield f"{path}: {side.wider.format(f'{name} {inner.get(name)} instead of {outer[name]}')}"


def _fields(inner: Schema, outer: Schema, side: ContractSide, path: str) -> Iterator[str]:
    ours, theirs = inner.get("properties", {}), outer.get("properties", {})
    for name, schema in ours.items():
        if name in theirs:
            yield from _exceeds(schema, theirs[name], side, f"{path}/{name}")
        elif side.unknown_refused and outer.get("additionalProperties") is False:
            yield f"{path}/{name}: {side.wider.format('it')}"
    others, known = inner.get("additionalProperties", True), outer.get("additionalProperties", True)
    if isinstance(known, Mapping):
        yield from _exceeds(others, known, side, f"{path}/*")
    elif side.unknown_refused and known is False and others is not False:
        yield f"{path}: {side.wider.format('any other field')}"


def _branches(inner: list[Schema], outer: list[Schema], side: ContractSide, path: str) -> Iterator[str]:
    named = {_name(branch): branch for branch in outer}
    for branch in inner:
        name = _name(branch)
        if name in named:
            yield from _exceeds(branch, named[name], side, f"{path}<{name}>")
        elif outer:
            yield f"{path}: {side.wider.format(name)}"


def _name(branch: Schema) -> str:
    """What tells one branch from another: its constants, else its type."""
    constants = [about["const"] for about in branch.get("properties", {}).values() if "const" in about]
    return " ".join(map(str, constants)) or str(branch.get("type", branch))


def _allowed_values(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _types(schema: Schema) -> set[str]:
    found = schema.get("type", "anything")
    return {found} if isinstance(found, str) else set(found)
