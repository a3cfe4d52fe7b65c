"""Property bags in Pulumi's forms, on the wire and in documents, opened into the plain values that rules read."""

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, cast

from engine.wire import OUTPUT, RESOURCE_REFERENCE, SECRET, SIGNATURE
from engine.wire import UNKNOWN as WIRE_UNKNOWN
from policies.core.values import UNKNOWN, SourceLine

# One for each kind of value, the first by far the most frequent.
UNKNOWN_TEXTS = frozenset(
    {
        WIRE_UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
# Directories whose files are not the program's own.
FOREIGN = frozenset({"site-packages", "dist-packages", ".venv", ".."})


def open_value(value: Any) -> Any:
    """A value as rules read it: secrets unwrapped, references as their ids, `UNKNOWN` for what is unknown or sealed."""
    if isinstance(value, str):
        return UNKNOWN if value in UNKNOWN_TEXTS else value
    if isinstance(value, list):
        return [open_value(inner) for inner in cast("list[Any]", value)]
    return _open_bag(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else value


def properties(bag: Mapping[str, Any]) -> dict[str, Any]:
    """The properties in a bag, opened, without Pulumi's internal ones."""
    return {name: open_value(value) for name, value in bag.items() if not name.startswith("__")}


def to_wire(value: Any) -> Any:
    """An opened value as the SDK takes it."""
    if value is UNKNOWN:
        return WIRE_UNKNOWN
    if isinstance(value, Mapping):
        return {name: to_wire(inner) for name, inner in cast("Mapping[str, Any]", value).items()}
    return [to_wire(inner) for inner in cast("list[Any]", value)] if isinstance(value, list) else value


def program_lines(frames: Sequence[tuple[str, int]]) -> Sequence[SourceLine]:
    """The places in a program's own files, given files relative to its project and lines, without repetition."""
    own = [SourceLine(file, line) for file, line in frames if file and not FOREIGN & set(PurePosixPath(file).parts)]
    return tuple(dict.fromkeys(own))


def _open_bag(bag: Mapping[str, Any]) -> Any:
    tag = bag.get(SIGNATURE)
    if tag in (SECRET, OUTPUT):
        return open_value(bag["value"]) if "value" in bag else _unseal(bag)
    if tag == RESOURCE_REFERENCE:
        return open_value(bag.get("id") or (WIRE_UNKNOWN if "id" in bag else bag.get("urn")))
    return {name: open_value(inner) for name, inner in bag.items() if name != SIGNATURE}


def _unseal(bag: Mapping[str, Any]) -> Any:
    # A document holds a secret as JSON text, sealed unless it was exported with `--show-secrets`.
    text = bag.get("plaintext")
    if not isinstance(text, str):
        return UNKNOWN
    try:
        return open_value(json.loads(text))
    except ValueError:
        return UNKNOWN
