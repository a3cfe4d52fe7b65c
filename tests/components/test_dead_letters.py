"""What a schedule and the lake do with what fails: where it is kept, by whose right, and who hears of it."""

import json
from collections.abc import Mapping
from typing import Any, cast

import pytest
from recorded_plan import RecordedPlan, record

from components.aws import LambdaSchedule, S3EventLake
from components.aws.lambda_schedule import LambdaScheduleArgs
from components.aws.s3_event_lake import S3EventLakeArgs

FUNCTION = {
    "alias_arn": "arn:aws:lambda:us-east-1:111122223333:function:sweeper-1a2b3c4:live",
    "alias_name": "live",
    "function_name": "sweeper-1a2b3c4",
    "role_name": "sweeper-role",
    "timeout": 60,
}
BUS = {"name": "shop", "arn": "arn:aws:events:us-east-1:111122223333:event-bus/shop"}
TOPIC = "arn:aws:sns:us-east-1:111122223333:alarms"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def scheduled(*, preview: bool = False, **more: Any) -> RecordedPlan:
    args: Mapping[str, Any] = {
        "expression": "rate(1 minute)",
        "function": FUNCTION,
        "account_id": "111122223333",
        **more,
    }

    def program() -> None:
        LambdaSchedule("sweep", cast("LambdaScheduleArgs", args))

    return record(program, preview=preview)


def lake(**more: Any) -> RecordedPlan:
    args = cast("S3EventLakeArgs", {"bus": BUS, "source_prefix": "shop.", **more})

    def program() -> None:
        S3EventLake("lake", args)

    return record(program)


def dead_letters(plan: RecordedPlan) -> str:
    """The ARN of a schedule's dead-letter queue, as the schedule itself has it."""
    return plan.one("sweep-schedule").inputs["target"]["deadLetterConfig"]["arn"]


def test_a_run_that_fails_goes_where_a_run_goes_that_could_not_start() -> None:
    plan = scheduled()
    runs = plan.one("sweep-runs").inputs
    assert (runs["functionName"], runs["qualifier"]) == ("sweeper-1a2b3c4", "live")
    assert runs["destinationConfig"] == {"onFailure": {"destination": dead_letters(plan)}}


def test_the_functions_role_may_do_nothing_more_than_send_to_that_queue() -> None:
    plan = scheduled()
    policy = plan.one("sweep-failures").inputs
    (statement,) = json.loads(policy["policy"])["Statement"]
    assert policy["role"] == "sweeper-role"
    assert statement == {"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": [dead_letters(plan)]}


@pytest.mark.parametrize("retries", [None, 0, 1])
def test_calls_and_runs_are_tried_equally_often_for_an_equally_long_time(retries: int | None) -> None:
    more: Mapping[str, Any] = {} if retries is None else {"retries": retries}
    plan = scheduled(**more)
    call, run = plan.one("sweep-schedule").inputs["target"]["retryPolicy"], plan.one("sweep-runs").inputs
    bounds = {"maximumRetryAttempts": 2 if retries is None else retries, "maximumEventAgeInSeconds": 300}
    assert call == bounds
    assert {name: run[name] for name in bounds} == bounds


def test_the_clock_starts_once_runs_that_fail_are_kept() -> None:
    plan = scheduled()
    before = {urn.rsplit("::", maxsplit=1)[-1] for urn in plan.one("sweep-schedule").dependencies}
    assert {"sweep-policy", "sweep-runs"} <= before
    assert any(urn.endswith("::sweep-failures") for urn in plan.one("sweep-runs").dependencies)


def test_a_first_preview_shows_what_becomes_of_failed_runs() -> None:
    assert scheduled(preview=True).one("sweep-runs").inputs["qualifier"] == "live"


@pytest.mark.parametrize("make", [scheduled, lake])
def test_the_first_dead_letter_raises_an_alarm(make: Any) -> None:
    plan = make(alarm_topic_arn=TOPIC)
    (alarm,) = plan.of(ALARM)
    (queue,) = plan.of("aws:sqs/queue:Queue")
    assert alarm.inputs["dimensions"]["QueueName"].startswith(queue.name)
    assert alarm.inputs["metricName"] == "ApproximateNumberOfMessagesVisible"
    assert (alarm.inputs["comparisonOperator"], alarm.inputs["threshold"]) == ("GreaterThanOrEqualToThreshold", 1)
    assert alarm.inputs["alarmActions"] == [TOPIC]


@pytest.mark.parametrize("make", [scheduled, lake])
def test_where_nobody_would_hear_it_there_is_no_alarm(make: Any) -> None:
    assert make().of(ALARM) == []
