# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Property bags on the wire: `google.protobuf.Struct` to plain Python and back, and what may hide in them."""

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf import struct_pb2

from pulumi_host.wire import ARCHIVE, ASSET, OUTPUT, RESOURCE_REFERENCE, SECRET, SIGNATURE, UNKNOWN


def to_struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """A dict as a protobuf struct.

    Raises:
        TypeError: a value has no JSON form.
    """
    struct: Any = struct_pb2.Struct()
    for name, value in values.items():
        _fill(value, struct.fields[name])
    return struct


def signature(value: Any) -> str | None:
    """The tag of a special value, None for a plain one."""
    return value.get(SIGNATURE) if isinstance(value, dict) else None  # type: ignore[no-any-return]


def contains(value: Any, predicate: Callable[[Any], bool]) -> bool:
    """Whether the predicate holds for a value or anything inside it."""
    if predicate(value):
        return True
    if isinstance(value, dict):
        children: Any = value.values()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        return any(contains(child, predicate) for child in children)
    return isinstance(value, list) and any(contains(child, predicate) for child in value)  # pyright: ignore[reportUnknownVariableType]


def has_unknown(value: Any) -> bool:
    """Whether anything in it is not known yet."""
    return contains(value, lambda v: v == UNKNOWN)


def has_secret(value: Any) -> bool:
    """Whether anything in it is secret."""
    return contains(value, lambda v: signature(v) == SECRET)


def plain(value: Any) -> Any:
    """What a provider sees: secrets, outputs and references stripped to their values."""
    if isinstance(value, dict):
        known: dict[str, Any] = value
        tag = known.get(SIGNATURE)
        if tag == SECRET:
            return plain(known["value"])
        if tag == OUTPUT:
            return plain(known["value"]) if "value" in known else UNKNOWN
        if tag == RESOURCE_REFERENCE:
            return known.get("id", known["urn"]) if known.get("id") != "" else UNKNOWN
        return {k: plain(v) for k, v in known.items()}
    if isinstance(value, list):
        items: list[Any] = value
        return [plain(v) for v in items]
    return value


def elided(value: Any) -> Any:
    """What a comparison sees of assets and archives: their hash. Pulumi's engine sends no more of them to `Diff`."""
    if isinstance(value, list):
        items: list[Any] = value
        return [elided(v) for v in items]
    if not isinstance(value, dict):
        return value
    known: dict[str, Any] = value
    if known.get(SIGNATURE) in (ASSET, ARCHIVE) and known.get("hash"):
        return {SIGNATURE: known[SIGNATURE], "hash": known["hash"]}
    return {k: elided(v) for k, v in known.items()}


def secret(value: Any) -> Any:
    """The value as a secret; one that is stays as it is."""
    return value if signature(value) == SECRET else {SIGNATURE: SECRET, "value": value}


def mark_secrets(outputs: dict[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Outputs that share a name with a secret input made secret again, as Pulumi's engine does for plain providers."""
    for key, given in inputs.items():
        if key not in outputs:
            continue
        made = outputs[key]
        if isinstance(made, dict) and isinstance(given, dict) and not signature(made) and not signature(given):
            mark_secrets(made, given)  # pyright: ignore[reportUnknownArgumentType]
        elif signature(made) != SECRET and has_secret(given):
            outputs[key] = secret(made)
    return outputs


def masked(value: Any) -> Any:
    """What an event may show: secrets are named as such, everything else is as it is."""
    if isinstance(value, dict):
        known: dict[str, Any] = value
        return "[secret]" if known.get(SIGNATURE) == SECRET else {k: masked(v) for k, v in known.items()}
    return [masked(v) for v in value] if isinstance(value, list) else value


def _fill(value: Any, target: Any) -> None:
    if value is None:
        target.null_value = 0
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, str):
        target.string_value = value
    elif isinstance(value, int | float):
        target.number_value = value
    elif isinstance(value, dict):
        target.struct_value.SetInParent()
        known: dict[str, Any] = value
        for name, child in known.items():
            _fill(child, target.struct_value.fields[name])
    elif isinstance(value, list | tuple):
        target.list_value.SetInParent()
        items: Any = value
        for child in items:
            _fill(child, target.list_value.values.add())
    else:
        msg = f"a value of type {type(value).__name__} has no JSON form"
        raise TypeError(msg)
