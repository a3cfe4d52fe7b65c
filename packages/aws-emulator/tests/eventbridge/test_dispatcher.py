"""What the dispatcher does with targets that fail."""

import json

import pytest
from aws_emulator.eventbridge.retry_policy import LONGEST_SECONDS, RetryPolicy, compute_backoff
from dispatcher_unit import DAY, QUEUE, RULE, DispatcherRun, delivery
from hypothesis import given, settings
from hypothesis import strategies as st

CODES = ("", "", "THROTTLING", "INTERNAL_ERROR", "NO_RESOURCE", "NO_PERMISSIONS", "crash")


def test_a_target_is_tried_185_times_again_within_a_day_by_default() -> None:
    run = DispatcherRun(lambda _: "THROTTLING")
    run.dispatcher.deliver(delivery())
    run.finish()
    assert len(run.attempts) == 186
    assert run.attempts[-1] <= DAY
    ((_, attributes),) = run.buried
    assert (attributes["RETRY_ATTEMPTS"], attributes["EXHAUSTED_RETRY_CONDITION"]) == ("185", "MaximumRetryAttempts")


@pytest.mark.parametrize("attempts", [0, 1, 7])
def test_a_retry_policy_bounds_the_attempts(attempts: int) -> None:
    run = DispatcherRun(lambda _: "THROTTLING")
    run.dispatcher.deliver(delivery(attempts=attempts))
    run.finish()
    assert len(run.attempts) == 1 + attempts
    assert run.buried[0][1]["RETRY_ATTEMPTS"] == str(attempts)


def test_a_retry_policy_bounds_the_age_and_the_last_attempt_is_at_its_end() -> None:
    run = DispatcherRun(lambda _: "THROTTLING")
    run.dispatcher.deliver(delivery(seconds=60))
    run.finish()
    assert run.attempts[-1] == 60
    assert run.buried[0][1]["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"


@pytest.mark.parametrize("code", ["NO_PERMISSIONS", "NO_RESOURCE", "INVALID_JSON", "FAILED_TO_ASSUME_ROLE"])
def test_what_can_not_pass_by_itself_is_not_tried_again(code: str) -> None:
    run = DispatcherRun(lambda _: code)
    assert not run.dispatcher.deliver(delivery())
    ((body, attributes),) = run.buried
    assert json.loads(body) == {"id": "e1"}
    assert attributes == {
        "RULE_ARN": RULE,
        "TARGET_ARN": QUEUE,
        "ERROR_CODE": code,
        "ERROR_MESSAGE": "not now",
        "RETRY_ATTEMPTS": "0",
    }


def test_a_target_that_recovers_gets_the_event_once() -> None:
    run = DispatcherRun(lambda sent: "THROTTLING" if sent.retries < 3 else "")
    assert run.dispatcher.deliver(delivery())
    run.finish()
    assert [id_ for _, id_ in run.delivered] == ["e1"]
    assert run.dispatcher.collect_figures() == {
        "delivered": 1,
        "waiting": 0,
        "retries": 3,
        "dead_lettered": 0,
        "lost": 0,
    }


def test_an_event_without_a_dead_letter_queue_is_counted_lost_and_said(caplog: pytest.LogCaptureFixture) -> None:
    run = DispatcherRun(lambda _: "NO_RESOURCE")
    run.dispatcher.deliver(delivery(dead=""))
    assert run.dispatcher.collect_figures()["lost"] == 1
    assert f"event lost: {RULE} to {QUEUE}" in caplog.text


def test_an_event_that_its_dead_letter_queue_refuses_is_counted_lost() -> None:
    run = DispatcherRun(lambda _: "NO_RESOURCE")
    run.refuses_dead_letters = {"e1"}
    run.dispatcher.deliver(delivery())
    assert (run.buried, run.dispatcher.collect_figures()["lost"]) == ([], 1)


def test_a_target_that_fails_delays_no_other() -> None:
    run = DispatcherRun(lambda sent: "THROTTLING" if sent.event["EventId"].startswith("bad") else "")
    for id_ in ("bad1", "good1", "bad2", "good2"):
        run.dispatcher.deliver(delivery(id_))
    assert run.delivered == [(0.0, "good1"), (0.0, "good2")]


def test_retries_wait_longer_each_time_up_to_a_bound() -> None:
    waits = [compute_backoff(retries, 0.5) for retries in range(40)]
    assert waits == sorted(waits)
    assert waits[1] == 2 * waits[0]
    assert [compute_backoff(200, 0), compute_backoff(200, 1)] == [LONGEST_SECONDS / 2, LONGEST_SECONDS]


def test_a_schedule_has_dead_letters_of_its_own_kind() -> None:
    run = DispatcherRun(lambda _: "NO_RESOURCE")
    schedule = "arn:aws:scheduler:us-east-1:000000000000:schedule/default/sweep"
    run.dispatcher.deliver(delivery(rule=schedule))
    attributes = run.buried[0][1]
    assert attributes["SCHEDULE_ARN"] == schedule
    assert attributes["SCHEDULED_TIME"] == "1970-01-01T00:00:00Z"
    assert "RULE_ARN" not in attributes


def test_a_policy_of_zero_attempts_is_not_taken_for_none() -> None:
    assert RetryPolicy.of({"RetryPolicy": {"MaximumRetryAttempts": 0}}) == RetryPolicy(0, DAY)


@settings(deadline=None, max_examples=200)
@given(
    events=st.lists(
        st.tuples(
            st.lists(st.sampled_from(CODES), max_size=6),
            st.booleans(),
            st.booleans(),
            st.integers(0, 8),
            st.sampled_from([60, 600, DAY]),
        ),
        max_size=12,
    ),
    restarts=st.sets(st.integers(0, 12)),
)
def test_every_event_ends_delivered_or_dead_or_lost(
    events: list[tuple[list[str], bool, bool, int, int]], restarts: set[int]
) -> None:
    scripts = {f"e{number}": script for number, (script, *_) in enumerate(events)}
    run = DispatcherRun(lambda sent: (scripts[sent.event["EventId"]][sent.retries :] or [""])[0])
    for number, (_, has_dead, refuses, attempts, seconds) in enumerate(events):
        if refuses:
            run.refuses_dead_letters.add(f"e{number}")
        dead = "arn:aws:sqs:us-east-1:000000000000:dead" if has_dead else ""
        run.dispatcher.deliver(delivery(f"e{number}", dead=dead, accepted=run.now, attempts=attempts, seconds=seconds))
    lost, steps = 0, 0
    while (due := run.dispatcher.find_next_due()) is not None:
        if steps in restarts:
            lost += run.dispatcher.collect_figures()["lost"]
            run.restart()
        steps, run.now = steps + 1, max(run.now, due)
        run.dispatcher.retry(3)
    lost += run.dispatcher.collect_figures()["lost"]
    ended = [id_ for _, id_ in run.delivered] + [json.loads(body)["id"] for body, _ in run.buried]
    assert len(ended) == len(set(ended))
    assert len(ended) + lost == len(events)
