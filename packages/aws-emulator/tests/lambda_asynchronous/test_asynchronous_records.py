"""What is sent when an asynchronous event ends."""

import json

import pytest
from aws_emulator.lambda_asynchronous.events import AsynchronousEvent, AttemptOutcome, Condition
from aws_emulator.lambda_asynchronous.records import build_bus_entry, build_dead_letter, build_invocation_record

FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:worker"


def end_event(outcome: AttemptOutcome | None, attempts: int = 0, arn: str = FUNCTION) -> AsynchronousEvent:
    return AsynchronousEvent("request-1", arn, '{"n": 1}', 0.0, attempts=attempts, last=outcome)


def test_a_record_has_the_fields_of_the_documentation() -> None:
    failed = end_event(
        AttemptOutcome("failed", {"errorMessage": "no"}, "Unhandled", "3"), attempts=3, arn=f"{FUNCTION}:live"
    )
    assert build_invocation_record(failed, "RetriesExhausted", 1573755365.568) == {
        "version": "1.0",
        "timestamp": "2019-11-14T18:16:05.568Z",
        "requestContext": {
            "requestId": "request-1",
            "functionArn": f"{FUNCTION}:live",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": {"n": 1},
        "responseContext": {"statusCode": 200, "executedVersion": "3", "functionError": "Unhandled"},
        "responsePayload": {"errorMessage": "no"},
    }


@pytest.mark.parametrize(
    ("outcome", "attempts", "condition", "count", "status"),
    [
        (AttemptOutcome("succeeded", 1), 0, "Success", 1, 200),
        (AttemptOutcome("succeeded", 1), 2, "Success", 3, 200),
        (AttemptOutcome("throttled"), 0, "EventAgeExceeded", 0, 429),
        (AttemptOutcome("unavailable"), 1, "EventAgeExceeded", 1, 500),
    ],
)
def test_a_record_counts_the_attempts_that_ran(
    outcome: AttemptOutcome, attempts: int, condition: Condition, count: int, status: int
) -> None:
    record = build_invocation_record(end_event(outcome, attempts), condition, 0)
    assert record["requestContext"]["approximateInvokeCount"] == count
    assert record["responseContext"]["statusCode"] == status


@pytest.mark.parametrize("outcome", [None, AttemptOutcome("throttled", {"message": "Rate Exceeded."})])
def test_an_event_that_may_not_run_at_all_has_no_answer(outcome: AttemptOutcome | None) -> None:
    record = build_invocation_record(end_event(outcome), "ZeroReservedConcurrency", 0)
    assert "responseContext" not in record
    assert record["requestContext"]["functionArn"] == f"{FUNCTION}:$LATEST"


def test_a_dead_letter_is_the_event_and_its_error_at_most_a_kilobyte_long() -> None:
    letter = build_dead_letter(
        end_event(AttemptOutcome("failed", {"errorMessage": "é" * 1000}, "Unhandled")), "RetriesExhausted"
    )
    found = {name: value["StringValue"] for name, value in letter.attributes.items()}
    assert (letter.body, found["RequestID"], found["ErrorCode"]) == ('{"n": 1}', "request-1", "200")
    assert found["ErrorMessage"] == "é" * 512


@pytest.mark.parametrize("payload", [None, "text", {}, {"errorMessage": None}])
def test_a_dead_letter_always_says_something(payload: object) -> None:
    letter = build_dead_letter(end_event(AttemptOutcome("failed", payload, "Unhandled")), "RetriesExhausted")
    assert letter.attributes["ErrorMessage"]["StringValue"] == "RetriesExhausted"


def test_a_record_reaches_a_bus_as_an_event_of_lambda() -> None:
    bus = "arn:aws:events:eu-west-1:111122223333:event-bus/shop"
    entry = build_bus_entry(build_invocation_record(end_event(AttemptOutcome("succeeded", 1)), "Success", 0), bus)
    assert (entry["Source"], entry["DetailType"]) == ("lambda", "Lambda Function Invocation Result - Success")
    assert entry["Resources"] == [bus, f"{FUNCTION}:$LATEST"]
    assert json.loads(entry["Detail"])["requestPayload"] == {"n": 1}
