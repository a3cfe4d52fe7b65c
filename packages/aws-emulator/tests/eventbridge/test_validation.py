"""What EventBridge refuses, and the words for what failed."""

import json
from typing import Any

import pytest
from aws_emulator.eventbridge import delivery, validation
from aws_emulator.eventbridge.validation import validate_rule_deletion, validate_targets

GOOD = {"Source": "s", "DetailType": "t", "Detail": "{}"}


@pytest.mark.parametrize(
    ("changed", "code", "message"),
    [
        ({}, None, ""),
        ({"Source": ""}, "InvalidArgument", "Parameter Source is not valid. Reason: Source is a required argument."),
        ({"DetailType": None}, "InvalidArgument", "Parameter DetailType is not valid."),
        ({"DetailType": "x" * 129}, "InvalidArgument", "longer than 128"),
        ({"Detail": ""}, "InvalidArgument", "Parameter Detail is not valid."),
        ({"Detail": "{"}, "MalformedDetail", "Detail is malformed."),
        ({"Detail": "[]"}, "MalformedDetail", "Detail is malformed."),
        ({"Detail": "null"}, "MalformedDetail", "Detail is malformed."),
        ({"Detail": '{"a":' * 100_000}, "MalformedDetail", "Detail is malformed."),
    ],
)
def test_an_entry_is_refused_with_the_code_of_its_fault(
    changed: dict[str, Any], code: str | None, message: str
) -> None:
    found = validation.validate_entry({**GOOD, **changed})
    assert (found or {}).get("ErrorCode") == code
    assert message in (found or {}).get("ErrorMessage", "")


def test_an_entry_is_as_large_as_its_texts_and_fourteen_bytes_for_the_time() -> None:
    entry = {"Source": "ä", "DetailType": "ab", "Detail": "{}", "Resources": ["xyz", "z"]}
    assert validation.measure_entry(entry) == 2 + 2 + 2 + 4
    assert validation.measure_entry({**entry, "Time": 0}) == 24


def test_a_request_is_refused_when_its_entries_are_too_large_together() -> None:
    half = {**GOOD, "Detail": json.dumps({"x": "y" * (512 * 1024 - 20)})}
    assert not validation.validate_entries([half, half])
    assert "over the limit" in validation.validate_entries([half, half, {**GOOD, "Detail": "x" * 100}])
    assert "greater than or equal to 1" in validation.validate_entries([])


@pytest.mark.parametrize(
    ("code", "meant", "retried"),
    [
        ("QueueDoesNotExist", "NO_RESOURCE", False),
        ("AWS.SimpleQueueService.NonExistentQueue", "NO_RESOURCE", False),
        ("ResourceNotFoundException", "NO_RESOURCE", False),
        ("StateMachineDoesNotExist", "NO_RESOURCE", False),
        ("AccessDenied", "NO_PERMISSIONS", False),
        ("TooManyRequestsException", "THROTTLING", True),
        ("ServiceUnavailableException", "THROTTLING", True),
        ("InternalFailure", "INTERNAL_ERROR", True),
        ("InvalidParameterValue", "INVALID_PARAMETER", False),
        ("", "INVALID_PARAMETER", False),
    ],
)
def test_a_service_says_why_it_failed_and_whether_that_passes(code: str, meant: str, retried: bool) -> None:
    found = delivery.map_service_error(code, "why")
    assert (found.code, found.retryable, found.message) == (meant, retried, "why")


def test_targets_that_are_called_as_a_role_need_one() -> None:
    stream = {"Arn": "arn:aws:firehose:us-east-1:000000000000:deliverystream/s"}
    assert "RoleArn is required" in validate_targets([{"Arn": "arn:aws:sqs:us-east-1:000000000000:q"}, stream])
    assert not validate_targets([{**stream, "RoleArn": "arn:aws:iam::000000000000:role/r"}, {"Arn": "nonsense"}, {}])


def test_a_rule_goes_when_it_has_no_targets() -> None:
    assert validate_rule_deletion([{"Id": "t"}])
    assert not validate_rule_deletion([])
