"""What Lambda refuses when a stream's mapping is made or changed, and what it fills in."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_emulator.lambda_stream_mappings.settings import BATCH_SIZE

STARTS = ("LATEST", "AT_TIMESTAMP", "TRIM_HORIZON")
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
BOUNDS: Mapping[str, tuple[int, int]] = {
    "BatchSize": (1, 10_000),
    "MaximumBatchingWindowInSeconds": (0, 300),
    "MaximumRecordAgeInSeconds": (-1, 604_800),
    "MaximumRetryAttempts": (-1, 10_000),
    "ParallelizationFactor": (1, 10),
    "TumblingWindowInSeconds": (0, 900),
}
# A standard queue, a standard topic or a bucket:
# https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
DESTINATION = re.compile(r"arn:aws:(sqs|sns):[\w-]+:\d{12}:[\w-]+|arn:aws:s3:::[\w.-]+")
# https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
DEFAULTS: Mapping[str, Any] = {
    "BatchSize": BATCH_SIZE,
    "MaximumBatchingWindowInSeconds": 0,
    "ParallelizationFactor": 1,
    "MaximumRecordAgeInSeconds": -1,
    "BisectBatchOnFunctionError": False,
    "MaximumRetryAttempts": -1,
    "TumblingWindowInSeconds": 0,
    "FunctionResponseTypes": [],
    "DestinationConfig": {"OnFailure": {}},
}


@dataclass(frozen=True, slots=True)
class MappingError:
    """An error in the words of Lambda's API."""

    code: str
    message: str
    status: int = 400


def validate_create(
    request: Mapping[str, Any], others: Iterable[Mapping[str, Any]], valid: Callable[[str], bool]
) -> MappingError | None:
    """Why a mapping of a stream is not made.

    Args:
        request: CreateEventSourceMapping's body; its function and its source are known to exist.
        others: The mappings there are.
        valid: Says whether a filter's pattern is one.
    """
    start, source = request.get("StartingPosition"), request["EventSourceArn"]
    if start is None:
        message = (
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
            "Member must not be null."
        )
        return MappingError("InvalidParameterValueException", message)
    if start not in STARTS:
        message = (
            f"1 validation error detected: Value '{start}' at 'startingPosition' failed to satisfy constraint: "
            "Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]"
        )
        return MappingError("ValidationException", message)
    if start == "AT_TIMESTAMP":
        return MappingError("InvalidParameterValueException", f"Unsupported starting position for arn type: {source}")
    for other in others:
        if other["EventSourceArn"] == source and other["FunctionName"] == request["FunctionName"]:
            message = (
                f"The event source arn ({source}) and function ({request['FunctionName']}) provided mapping already "
                f"exists. Please update or delete the existing mapping with UUID {other['UUID']}"
            )
            return MappingError("ResourceConflictException", message, 409)
    return validate_update(request, valid)


def validate_update(request: Mapping[str, Any], valid: Callable[[str], bool]) -> MappingError | None:
    """Why a mapping of a stream keeps its settings."""
    for name, (least, most) in BOUNDS.items():
        value = request.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int):
            return MappingError("SerializationException", f"{name} is {value!r}, not a whole number")
        if not least <= value <= most:
            bound = f"less than or equal to {most}" if value > most else f"greater than or equal to {least}"
            message = (
                f"1 validation error detected: Value '{value}' at '{name[0].lower()}{name[1:]}' failed to satisfy "
                f"constraint: Member must have value {bound}"
            )
            return MappingError("ValidationException", message)
    age = request.get("MaximumRecordAgeInSeconds")  # the text of this refusal is ours
    if age is not None and 0 <= age < 60:
        message = f"MaximumRecordAgeInSeconds is {age}; it must be -1 or between 60 and 604800"
        return MappingError("InvalidParameterValueException", message)
    if not all(isinstance(pattern, str) and valid(pattern) for pattern in _list_patterns(request)):
        return MappingError("InvalidParameterValueException", "Invalid filter pattern definition.")
    destination = _find_destination(request)
    if not isinstance(destination, str) or (destination and not DESTINATION.fullmatch(destination)):
        return MappingError("InvalidParameterValueException", f"The destination ARN {destination} is invalid.")
    return None


def fill_defaults(request: Mapping[str, Any]) -> dict[str, Any]:
    """A request to make a mapping, with what Lambda fills in."""
    return {**DEFAULTS, **{name: value for name, value in request.items() if value is not None}}


def _list_patterns(request: Mapping[str, Any]) -> Sequence[Any]:
    criteria = request.get("FilterCriteria") or {}
    filters = (criteria.get("Filters") or []) if isinstance(criteria, Mapping) else None
    if not isinstance(filters, list):
        return (None,)
    return [one.get("Pattern") if isinstance(one, Mapping) else None for one in filters]


def _find_destination(request: Mapping[str, Any]) -> Any:
    config = request.get("DestinationConfig") or {}
    failure = (config.get("OnFailure") or {}) if isinstance(config, Mapping) else None
    return (failure.get("Destination") or "") if isinstance(failure, Mapping) else None
