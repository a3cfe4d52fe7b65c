"""What PutEvents refuses, a whole request or single entries of it; and what PutTargets and DeleteRule refuse.

Sizes: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html and
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html; codes of entries:
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html. A refused request is a
ValidationException.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aws_emulator.eventbridge.targets import BY_ROLE

REQUEST_BYTES = 1024 * 1024
TIME_BYTES = 14
DETAIL_TYPE_CHARACTERS = 128
REQUIRED = ("Source", "DetailType", "Detail")
EntryError = Mapping[str, str]
"""`ErrorCode` and `ErrorMessage` of an entry."""


def validate_entries(entries: Sequence[Mapping[str, Any]]) -> str:
    """Why the whole request is refused (ValidationException); empty if it is not."""
    if not entries:
        return (
            "1 validation error detected: Value '[]' at 'entries' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1"
        )
    if sum(map(measure_entry, entries)) > REQUEST_BYTES:
        return "Total size of the entries in the request is over the limit."
    return ""


def validate_entry(entry: Mapping[str, Any]) -> EntryError | None:
    """Why an entry is not accepted; None if it is.

    An entry for a bus that does not exist is accepted, and goes nowhere.
    """
    for name in REQUIRED:
        if not entry.get(name):
            return _build_error(name, f"{name} is a required argument.")
    if len(entry["DetailType"]) > DETAIL_TYPE_CHARACTERS:
        return _build_error("DetailType", f"DetailType is longer than {DETAIL_TYPE_CHARACTERS} characters.")
    if not _is_object(entry["Detail"]):
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    return None


def measure_entry(entry: Mapping[str, Any]) -> int:
    """The size of an entry in bytes, as EventBridge counts it."""
    texts = [entry.get(name) or "" for name in REQUIRED] + list(entry.get("Resources") or ())
    return sum(len(str(text).encode()) for text in texts) + (TIME_BYTES if entry.get("Time") is not None else 0)


def _build_error(name: str, reason: str) -> EntryError:
    return {"ErrorCode": "InvalidArgument", "ErrorMessage": f"Parameter {name} is not valid. Reason: {reason}"}


def _is_object(text: Any) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, TypeError, RecursionError):
        return False


def validate_targets(targets: Iterable[Mapping[str, Any]]) -> str:
    """Why targets are refused that have no role but need one; empty if none is.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
    """
    for target in targets:
        arn = str(target.get("Arn") or "")
        parts = arn.split(":", 3)
        if len(parts) == 4 and parts[2] in BY_ROLE and not target.get("RoleArn"):
            return f"RoleArn is required for target {arn}."
    return ""


def validate_rule_deletion(targets: Sequence[object]) -> str:
    """Why a rule with these targets is not deleted; empty if it is.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteRule.html
    """
    return "Rule can't be deleted since it has targets." if targets else ""
