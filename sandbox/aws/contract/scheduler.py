"""EventBridge Scheduler."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.contract.behaviour import behaviour, expect

GUIDE = "https://docs.aws.amazon.com/scheduler/latest/UserGuide"


def schedule(aws: AwsAccount, expression: str, queue: str, **settings: Any) -> str:
    """The name of a new schedule that sends to a queue."""
    scheduler, name = aws.clients.scheduler, aws.name("schedule")
    target = {"Arn": aws.arn_of(queue), "RoleArn": aws.target.role(), "Input": '{"sweep": true}'}
    request = {"ScheduleExpression": expression, "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target, **settings}
    scheduler.create_schedule(Name=name, **request)
    aws.undo(scheduler.delete_schedule, Name=name)
    return name


def make_expression() -> str:
    """An expression for a time in a moment."""
    return f"at({datetime.now(UTC) + timedelta(seconds=2):%Y-%m-%dT%H:%M:%S})"


@behaviour(
    service="scheduler",
    source="https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html",
    seconds=120,
)
def a_schedule_whose_target_is_missing_has_a_dead_letter(aws: AwsAccount) -> None:
    """A schedule that can't reach its target puts what it would have sent into its dead-letter queue."""
    dead, name = aws.queue(), aws.name("schedule")
    missing = f"{aws.arn_of(dead)}-missing"
    scheduler = aws.clients.scheduler
    made = scheduler.create_schedule(
        Name=name,
        ScheduleExpression=(datetime.now(UTC) + timedelta(seconds=2)).strftime("at(%Y-%m-%dT%H:%M:%S)"),
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": missing,
            "RoleArn": aws.target.role(),
            "Input": '{"sweep": true}',
            "DeadLetterConfig": {"Arn": aws.arn_of(dead)},
            "RetryPolicy": {"MaximumRetryAttempts": 0},
        },
    )
    aws.undo(scheduler.delete_schedule, Name=name)
    receive = {"QueueUrl": dead, "WaitTimeSeconds": 1, "MessageAttributeNames": ["All"]}
    (message,) = aws.wait_for(
        lambda: aws.clients.sqs.receive_message(**receive).get("Messages"), "the dead letter", seconds=100
    )
    attributes = {key: value["StringValue"] for key, value in message["MessageAttributes"].items()}
    seen = attributes.get("SCHEDULE_ARN"), attributes.get("TARGET_ARN")
    expect(seen == (made["ScheduleArn"], missing), f"attributes {attributes}")
    expect({"ERROR_CODE", "ERROR_MESSAGE", "EXECUTION_ID", "SCHEDULED_TIME"} <= attributes.keys(), f"{attributes}")


@behaviour(service="scheduler", source=f"{GUIDE}/schedule-types.html", seconds=60)
def a_schedule_that_is_due_hands_its_input_to_its_target(aws: AwsAccount) -> None:
    """A one-time schedule that is due sends its input to its target, once; a disabled one does nothing."""
    queue, disabled, later = aws.queue(), aws.queue(), aws.queue()
    when = make_expression()
    schedule(aws, when, disabled, State="DISABLED")
    schedule(aws, "rate(1 day)", later)
    schedule(aws, when, queue)
    (body,) = aws.collect(queue, 1, seconds=30)
    expect(json.loads(body) == {"sweep": True}, f"input {body}")
    expect(not aws.take(disabled), "the disabled schedule ran")
    # A rate begins when its schedule is made: the first run is one period later.
    expect(not aws.take(later, wait=0), "a schedule that is not due ran")


@behaviour(service="scheduler", source=f"{GUIDE}/managing-schedule-delete.html", seconds=60)
def a_schedule_can_delete_itself_when_done(aws: AwsAccount) -> None:
    """A one-time schedule whose action after completion is DELETE is gone after its run."""
    queue = aws.queue()
    name = schedule(aws, make_expression(), queue, ActionAfterCompletion="DELETE")
    aws.collect(queue, 1, seconds=30)

    def is_gone() -> bool:
        found = aws.clients.scheduler.list_schedules(NamePrefix=name)["Schedules"]
        return not found

    aws.wait_for(is_gone, "the schedule's end", seconds=15)


@behaviour(service="scheduler", source=f"{GUIDE}/schedule-types.html", gap="any expression is taken, and never due")
def an_expression_that_is_not_valid_is_refused(aws: AwsAccount) -> None:
    """A schedule whose expression is not valid is refused."""
    target = {"Arn": aws.arn_of(aws.queue()), "RoleArn": aws.target.role(), "Input": "{}"}
    request = {"FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target}
    for expression in ("every day", "rate(5 fortnights)", "cron(* *)"):
        create = aws.clients.scheduler.create_schedule
        answer = aws.refusal(create, Name=aws.name("schedule"), ScheduleExpression=expression, **request)
        code = answer["Error"]["Code"]
        expect(code == "ValidationException", f"{expression}: code {code}")
