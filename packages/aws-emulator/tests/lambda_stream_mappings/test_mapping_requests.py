"""Settings of mappings, what is refused, and the invocation record of records that are given up."""

import json
import re
from typing import Any

import pytest
from aws_emulator.lambda_stream_mappings.batch_queue import TOO_OLD, DiscardedRecords
from aws_emulator.lambda_stream_mappings.invocation_records import (
    add_payload,
    build_invocation_record,
    build_object_key,
)
from aws_emulator.lambda_stream_mappings.records import StreamRecord
from aws_emulator.lambda_stream_mappings.settings import RETENTION_SECONDS, StreamSettings
from aws_emulator.lambda_stream_mappings.validation import fill_defaults, validate_create, validate_update
from shard_unit import FAILED, THROTTLED, body

QUEUE = "arn:aws:sqs:us-east-1:000000000000:dead-letters"
STREAM = "arn:aws:dynamodb:us-east-1:1:table/t/stream/now"


def test_settings_have_lambdas_defaults() -> None:
    assert StreamSettings.of({}) == StreamSettings.of(fill_defaults({})) == StreamSettings()


def test_settings_are_read_from_a_mapping() -> None:
    mapping = {
        "BatchSize": 7,
        "MaximumBatchingWindowInSeconds": 3,
        "FilterCriteria": {"Filters": [{"Pattern": "{}"}, {}]},
        "MaximumRetryAttempts": 0,
        "MaximumRecordAgeInSeconds": 604_800,
        "BisectBatchOnFunctionError": True,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ParallelizationFactor": 4,
        "DestinationConfig": {"OnFailure": {"Destination": "arn"}},
    }
    assert StreamSettings.of(mapping) == StreamSettings(7, 3, ("{}",), 0, RETENTION_SECONDS, True, True, 4, "arn")


@pytest.mark.parametrize("none", [{}, {"OnFailure": {}}, {"OnFailure": None}, {"OnFailure": {"Destination": ""}}, None])
def test_a_mapping_without_a_destination(none: Any) -> None:
    assert StreamSettings.of({"DestinationConfig": none}).destination == ""


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("BatchSize", 0, "greater than or equal to 1"),
        ("BatchSize", 10_001, "less than or equal to 10000"),
        ("ParallelizationFactor", 11, "at 'parallelizationFactor' failed to satisfy constraint"),
        ("MaximumRetryAttempts", -2, "greater than or equal to -1"),
        ("MaximumRecordAgeInSeconds", 59, "must be -1 or between 60"),
        ("MaximumBatchingWindowInSeconds", 301, "less than or equal to 300"),
        ("FilterCriteria", {"Filters": [{"Pattern": "bad"}]}, "Invalid filter pattern definition."),
        ("FilterCriteria", {"Filters": [{}]}, "Invalid filter pattern definition."),
        ("FilterCriteria", {"Filters": ["text"]}, "Invalid filter pattern definition."),
        ("FilterCriteria", {"Filters": 5}, "Invalid filter pattern definition."),
        ("FilterCriteria", "text", "Invalid filter pattern definition."),
        ("BatchSize", "many", "BatchSize is 'many', not a whole number"),
        ("ParallelizationFactor", True, "not a whole number"),
        ("DestinationConfig", "text", "The destination ARN None is invalid."),
        ("DestinationConfig", {"OnFailure": {"Destination": 1}}, "The destination ARN 1 is invalid."),
        ("DestinationConfig", {"OnFailure": {"Destination": "a queue"}}, "The destination ARN a queue is invalid."),
        ("DestinationConfig", {"OnFailure": {"Destination": f"{QUEUE}.fifo"}}, ".fifo is invalid."),
    ],
)
def test_what_is_out_of_bounds_is_refused(field: str, value: Any, says: str) -> None:
    refusal = validate_update({field: value}, lambda pattern: pattern != "bad")
    assert refusal
    assert says in refusal.message


def test_what_is_within_bounds_is_not_refused() -> None:
    good = {**fill_defaults({}), "MaximumRecordAgeInSeconds": 60, "FilterCriteria": {"Filters": [{"Pattern": "good"}]}}
    assert validate_update(good, lambda _: True) is None
    for arn in ("", QUEUE, "arn:aws:sns:us-east-1:000000000000:topic", "arn:aws:s3:::bucket.name"):
        assert validate_update({"DestinationConfig": {"OnFailure": {"Destination": arn}}}, lambda _: True) is None


def test_a_mapping_of_a_stream_that_is_read_already_is_refused() -> None:
    wanted = {"EventSourceArn": STREAM, "FunctionName": "f", "StartingPosition": "LATEST"}
    assert validate_create(wanted, [{**wanted, "FunctionName": "g", "UUID": "1"}], lambda _: True) is None
    refusal = validate_create(wanted, [{**wanted, "UUID": "1"}], lambda _: True)
    assert refusal
    assert (refusal.code, refusal.status) == ("ResourceConflictException", 409)
    assert refusal.message.endswith("UUID 1")


def test_an_unknown_starting_position_is_refused() -> None:
    refusal = validate_create({"EventSourceArn": STREAM, "StartingPosition": "FIRST"}, [], lambda _: True)
    assert refusal
    assert refusal.code == "ValidationException"


def build_record(discard: DiscardedRecords) -> dict[str, Any]:
    return build_invocation_record(
        discard, function="f", stream=STREAM, shard="shard", request="id", now=1_573_690_429.717
    )


def test_the_record_of_a_batch_that_was_given_up_has_its_place_and_times() -> None:
    records = tuple(StreamRecord.of(position, body(position, created=1_573_690_399 + position)) for position in (3, 4))
    found = build_record(DiscardedRecords("RetryAttemptsExhausted", records, 3, FAILED))
    assert found["timestamp"] == "2019-11-14T00:13:49.717Z"
    assert found["requestContext"]["approximateInvokeCount"] == 3
    assert found["responseContext"]["functionError"] == "Unhandled"
    assert found["DDBStreamBatchInfo"] == {
        "shardId": "shard",
        "startSequenceNumber": f"{3:030d}",
        "endSequenceNumber": f"{4:030d}",
        "approximateArrivalOfFirstRecord": "2019-11-14T00:13:22Z",
        "approximateArrivalOfLastRecord": "2019-11-14T00:13:23Z",
        "batchSize": 2,
        "streamArn": STREAM,
    }


@pytest.mark.parametrize("answer", [None, THROTTLED])
def test_records_that_no_function_was_given_have_no_response(answer: Any) -> None:
    assert "responseContext" not in build_record(DiscardedRecords(TOO_OLD, (StreamRecord.of(0, body(0)),), 0, answer))


def test_a_bucket_gets_the_whole_event_under_a_key_of_lambdas_form() -> None:
    discard = DiscardedRecords(TOO_OLD, (StreamRecord.of(0, body(0)),), 0, None)
    assert json.loads(add_payload(build_record(discard), discard)["payload"]) == {"Records": [body(0)]}
    key = build_object_key("uuid", "shard", 1_573_690_429.7, "unique")
    assert re.fullmatch("aws/lambda/uuid/shard/2019/11/14/2019-11-14T00.13.49-unique", key)
