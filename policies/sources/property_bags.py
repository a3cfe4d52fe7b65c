"""Property bags in Pulumi's forms, on the wire and in documents, opened into the plain values that rules read."""

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, cast

from engine.wire import OUTPUT, RESOURCE_REFERENCE, SECRET, SIGNATURE
from engine.wire import UNKNOWN as WIRE_UNKNOWN
from policies.core.values import UNKNOWN, Place

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


def opened(value: Any) -> Any:
    """A value as rules read it: secrets unwrapped, references as their ids, `UNKNOWN` for what is unknown or sealed."""
    if isinstance(value, str):
        return UNKNOWN if value in UNKNOWN_TEXTS else value
    if isinstance(value, list):
        return [opened(inner) for inner in cast("list[Any]", value)]
    return _opened_bag(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else value


def properties(bag: Mapping[str, Any]) -> dict[str, Any]:
    """The properties in a bag, opened, without Pulumi's internal ones."""
    return {name: opened(value) for name, value in bag.items() if not name.startswith("__")}


def to_wire(value: Any) -> Any:
    """An opened value as the SDK takes it."""
    if value is UNKNOWN:
        return WIRE_UNKNOWN
    if isinstance(value, Mapping):
        return {name: to_wire(inner) for name, inner in cast("Mapping[str, Any]", value).items()}
    return [to_wire(inner) for inner in cast("list[Any]", value)] if isinstance(value, list) else value


def own_places(frames: Sequence[tuple[str, int]]) -> Sequence[Place]:
    """The places in a program's own files, given files relative to its project and lines, without repetition."""
    own = [Place(file, line) for file, line in frames if file and not FOREIGN & set(PurePosixPath(file).parts)]
    return tuple(dict.fromkeys(own))


def _opened_bag(bag: Mapping[str, Any]) -> Any:
    tag = bag.get(SIGNATURE)
    if tag in (SECRET, OUTPUT):
        return opened(bag["value"]) if "value" in bag else _unsealed(bag)
    if tag == RESOURCE_REFERENCE:
        return opened(bag.get("id") or (WIRE_UNKNOWN if "id" in bag else bag.get("urn")))
    return {name: opened(inner) for name, inner in bag.items() if name != SIGNATURE}


def _unsealed(bag: Mapping[str, Any]) -> Any:
    # A document holds a secret as JSON text, sealed unless it was exported with `--show-secrets`.
    text = bag.get("plaintext")
    if not isinstance(text, str):
        return UNKNOWN
    try:
        return opened(json.loads(text))
    except ValueError:
        return UNKNOWN
