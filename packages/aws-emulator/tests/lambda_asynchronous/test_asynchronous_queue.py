"""The queue of a function's asynchronous events: order, retries, throttling and age."""

from collections.abc import Iterable
from typing import Any

import pytest
from aws_emulator.lambda_asynchronous.events import (
    AsynchronousEvent,
    AttemptOutcome,
    InvokePolicy,
    dump_event,
    load_event,
    parse_outcome,
    parse_policy,
)
from aws_emulator.lambda_asynchronous.queue import LONGEST_SECONDS, AsynchronousEventQueue

FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:worker"
DONE, FAILED, THROTTLED = (
    AttemptOutcome("succeeded"),
    AttemptOutcome("failed", error="Unhandled"),
    AttemptOutcome("throttled"),
)
POLICY = InvokePolicy()


def queue(*ids: str, at_once: int = 10) -> AsynchronousEventQueue:
    made = AsynchronousEventQueue(1.0, at_once)
    for id_ in ids:
        made.add(event(id_))
    return made


def event(id_: str, accepted: float = 0.0) -> AsynchronousEvent:
    return AsynchronousEvent(id_, FUNCTION, "{}", accepted)


def ids(events: Iterable[AsynchronousEvent]) -> list[str]:
    return [event.id for event in events]


def test_events_run_in_the_order_in_which_they_came_and_no_more_than_are_reserved() -> None:
    made = queue(*"abcd")
    taken = made.take(0, reserved=2)
    assert ids(taken) == ["a", "b"]
    assert made.take(0, reserved=2) == []
    assert made.settle(taken[0], DONE, 0, POLICY) == "Success"
    assert ids(made.take(0, reserved=2)) == ["c"]
    assert (made.waiting, made.running) == (1, 2)


def test_a_failing_event_is_tried_again_after_one_and_two_times_the_delay() -> None:
    made, now, waits = queue("a"), 0.0, []
    for _ in range(2):
        (taken,) = made.take(now, None)
        assert made.settle(taken, FAILED, now, POLICY) is None
        due = made.find_next_due(now)
        assert due is not None
        assert made.take(due - 0.01, None) == [], "not before it is due"
        waits.append(due - now)
        now = due
    (taken,) = made.take(now, None)
    assert waits == [1.0, 2.0]
    assert made.settle(taken, FAILED, now, POLICY) == "RetriesExhausted"
    assert taken.attempts == 3
    assert not made


def test_a_throttled_event_waits_longer_and_longer_and_uses_no_retry_up() -> None:
    made, now, waits = queue("a"), 0.0, []
    for _ in range(11):
        (taken,) = made.take(now, None)
        assert made.settle(taken, THROTTLED, now, POLICY) is None
        due = made.find_next_due(now)
        assert due is not None
        waits.append(due - now)
        now = due
    assert waits[:4] == [1, 2, 4, 8]
    assert waits[-1] == LONGEST_SECONDS == max(waits)
    (taken,) = made.take(now, None)
    assert taken.attempts == 0


def test_while_a_function_is_throttled_one_event_is_tried_at_a_time() -> None:
    made = queue(*"abc")
    for taken in made.take(0, None):
        made.settle(taken, THROTTLED, 0, POLICY)
    assert made.take(0.5, None) == []
    (taken,) = made.take(1, None)
    assert made.take(1, None) == []
    made.settle(taken, DONE, 1, POLICY)
    assert len(made.take(1, None)) == 2, "one that ran ends the rest"


def test_events_that_are_throttled_together_count_once() -> None:
    made = queue(*"abcdef")
    for taken in made.take(0, None):
        made.settle(taken, THROTTLED, 0, POLICY)
    assert made.find_next_due(0) == 1


def test_room_for_a_function_ends_the_rest() -> None:
    made = queue("a")
    (taken,) = made.take(0, None)
    made.settle(taken, THROTTLED, 0, POLICY)
    made.end_backoff()
    assert ids(made.take(0, None)) == ["a"]


def test_an_event_ends_when_it_is_too_old_for_another_attempt() -> None:
    policy = InvokePolicy(age_seconds=60)
    made = queue("failed", "throttled")
    failed, throttled = made.take(0, None)
    assert made.settle(failed, FAILED, 59.5, policy) == "EventAgeExceeded", "the retry would come too late"
    assert made.settle(throttled, THROTTLED, 60, policy) == "EventAgeExceeded"


def test_an_event_that_waits_too_long_leaves_the_queue_though_the_queue_rests() -> None:
    made = queue("a", "b")
    made.add(event("young", accepted=50))
    for taken in made.take(0, None):
        made.settle(taken, THROTTLED, 50, InvokePolicy(age_seconds=60))
    assert ids(made.remove_overdue(60, lambda _: InvokePolicy(age_seconds=60))) == ["a", "b"]
    assert ids(made.list_unfinished()) == ["young"]


def test_what_runs_and_what_waits_is_unfinished_and_survives_as_json() -> None:
    made = queue("a", "b", at_once=1)
    (taken,) = made.take(0, None)
    taken.attempts = 1
    again = [load_event(dump_event(event)) for event in made.list_unfinished()]
    assert [(event.id, event.attempts, event.payload) for event in again] == [("a", 1, {}), ("b", 0, {})]


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        ({"body": None}, "succeeded"),
        ({"body": {"errorType": "ServiceException"}}, "succeeded"),
        ({"throttle": True, "body": {"message": "Rate Exceeded."}}, "throttled"),
        ({"error": True, "body": {"errorType": "ValueError"}, "function_error": "Unhandled"}, "failed"),
        ({"error": True, "body": {"errorType": "ServiceException"}, "function_error": "Unhandled"}, "failed"),
        ({"error": True, "body": {"errorType": "ServiceException", "errorMessage": "no answer"}}, "unavailable"),
        ({"error": True, "body": "text"}, "failed"),
    ],
)
def test_an_answer_of_the_service_itself_is_no_error_of_the_function(result: dict[str, Any], kind: str) -> None:
    assert parse_outcome(result, "1").kind == kind


def test_a_policy_has_lambdas_defaults_and_keeps_a_zero() -> None:
    assert parse_policy(None, {}) == InvokePolicy(retries=2, age_seconds=21600)
    found = parse_policy(
        {"MaximumRetryAttempts": 0, "DestinationConfig": {"OnFailure": {"Destination": "arn:x"}, "OnSuccess": {}}},
        {"DeadLetterConfig": {"TargetArn": "arn:y"}},
    )
    assert found == InvokePolicy(retries=0, on_failure="arn:x", dead_letters="arn:y")
