"""What PutEvents refuses: a whole request, or single entries of it.

Sizes: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html and
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html; codes of entries:
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

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
