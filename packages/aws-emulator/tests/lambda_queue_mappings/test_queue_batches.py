"""Batches of a queue's mapping: when, how large, how many, and what an answer means."""

from typing import Any

import pytest
from aws_emulator.lambda_queue_mappings.batching import EVENT_BYTES, BatchingWindow, BatchLimit, count_fitting
from aws_emulator.lambda_queue_mappings.records import build_record, find_failed, measure_message

IDS = frozenset({"m-1", "m-2", "m-3"})
NONE: frozenset[str] = frozenset()
QUEUE = "arn:aws:sqs:eu-west-1:111122223333:orders"


def answer(*entries: Any) -> dict[str, Any]:
    return {"batchItemFailures": list(entries)}


@pytest.mark.parametrize(
    ("given", "stays"),
    [
        (None, NONE),
        ({}, NONE),
        ({"statusCode": 200}, NONE),
        ({"batchItemFailures": None}, NONE),
        (answer(), NONE),
        ("null", NONE),
        ('{"batchItemFailures": [{"itemIdentifier": "m-2"}]}', {"m-2"}),
        (answer({"itemIdentifier": "m-2"}), {"m-2"}),
        (answer({"itemIdentifier": "m-2"}, {"itemIdentifier": "m-2"}), {"m-2"}),
        (answer({"itemIdentifier": ""}), IDS),
        (answer({"itemIdentifier": None}), IDS),
        (answer({"itemIdentifier": 7}), IDS),
        (answer({"itemIdentifier": ["m-1"]}), IDS),
        (answer({"id": "m-1"}), IDS),
        (answer("m-1"), IDS),
        (answer({"itemIdentifier": "m-1"}, {"itemIdentifier": "unknown"}), IDS),
        ({"batchItemFailures": "m-1"}, IDS),
        ({"batchItemFailures": {"itemIdentifier": "m-1"}}, IDS),
        ("no json", IDS),
        ([], IDS),
        (7, IDS),
    ],
)
def test_an_answer_that_is_not_understood_fails_the_whole_batch(given: Any, stays: frozenset[str]) -> None:
    assert find_failed(given, IDS) == stays


def test_a_window_opens_with_the_first_message_and_closes_with_a_full_batch() -> None:
    window = BatchingWindow()
    assert window.find_closing_time(0, 10, 5, now=100) is None
    assert window.find_closing_time(1, 10, 5, now=101) == 106
    assert window.find_closing_time(4, 10, 5, now=103) == 106
    assert window.find_closing_time(10, 10, 5, now=104) == 104
    window.close()
    assert window.find_closing_time(1, 10, 5, now=105) == 110


def test_a_window_closes_for_nobody_once_its_messages_are_gone() -> None:
    window = BatchingWindow()
    window.find_closing_time(1, 10, 5, now=100)
    assert window.find_closing_time(0, 10, 5, now=102) is None
    assert window.find_closing_time(1, 10, 5, now=104) == 109


def test_without_a_window_every_message_goes_at_once() -> None:
    assert BatchingWindow().find_closing_time(1, 10, 0, now=100) == 100


@pytest.mark.parametrize(
    ("sizes", "count"),
    [([], 0), ([100] * 10, 10), ([EVENT_BYTES * 2], 1), ([EVENT_BYTES // 3] * 10, 2), ([EVENT_BYTES, 1], 1)],
)
def test_a_batch_is_no_larger_than_an_event_and_has_one_message_at_least(sizes: list[int], count: int) -> None:
    assert count_fitting(sizes) == count


def test_failures_take_concurrency_and_successes_give_it_back() -> None:
    allowance = BatchLimit()
    assert allowance.compute(None, None) == 5
    for _ in range(20):
        allowance.decrease()
    assert allowance.compute(None, None) == 1, "it never stops"
    for expected in (2, 3, 4, 5, 5):
        allowance.increase()
        assert allowance.compute(None, None) == expected


@pytest.mark.parametrize(
    ("maximum", "reserved", "limit"), [(2, None, 2), (1000, None, 1000), (10, 3, 3), (None, 1, 1), (None, 0, 0)]
)
def test_a_mapping_runs_no_more_than_it_and_its_function_may(
    maximum: int | None, reserved: int | None, limit: int
) -> None:
    assert BatchLimit().compute(maximum, reserved) == limit


def test_a_record_is_written_as_lambda_writes_it() -> None:
    message = {
        "id": "m-1",
        "receipt_handle": "handle",
        "body": "{}",
        "md5_body": "99",
        "receive_count": 2,
        "sent_at": 1.5,
        "first_receive_at": 2.5,
        "message_attributes": {"kind": {"DataType": "String", "StringValue": "order"}},
        "sys": {"SenderId": "111122223333", "AWSTraceHeader": "Root=1"},
        "group_id": "g",
        "dedup_id": None,
        "seq": "0007",
    }
    found = build_record(message, QUEUE)
    assert found["messageAttributes"] == {"kind": {"dataType": "String", "stringValue": "order"}}
    assert (found["eventSourceARN"], found["awsRegion"]) == (QUEUE, "eu-west-1")
    assert found["attributes"] == {
        "ApproximateReceiveCount": "2",
        "SentTimestamp": "1500",
        "SenderId": "111122223333",
        "ApproximateFirstReceiveTimestamp": "2500",
        "AWSTraceHeader": "Root=1",
        "MessageGroupId": "g",
        "SequenceNumber": "0007",
    }


def test_a_message_counts_its_bytes_not_its_letters() -> None:
    assert measure_message({"body": "é" * 10}) == 20
