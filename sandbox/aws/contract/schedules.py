"""EventBridge Scheduler."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.aws.contract.fixtures.account import Account
from sandbox.contract.behaviour import behaviour, expect

GUIDE = "https://docs.aws.amazon.com/scheduler/latest/UserGuide"


def schedule(aws: Account, expression: str, queue: str, **settings: Any) -> str:
    """The name of a new schedule that sends to a queue."""
    scheduler, name = aws.clients.scheduler, aws.name("schedule")
    target = {"Arn": aws.arn_of(queue), "RoleArn": aws.target.role(), "Input": '{"sweep": true}'}
    request = {"ScheduleExpression": expression, "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target, **settings}
    scheduler.create_schedule(Name=name, **request)
    aws.undo(scheduler.delete_schedule, Name=name)
    return name


def soon() -> str:
    """An expression for a time in a moment."""
    return f"at({datetime.now(UTC) + timedelta(seconds=2):%Y-%m-%dT%H:%M:%S})"


@behaviour(service="scheduler", source=f"{GUIDE}/schedule-types.html", seconds=60)
def a_schedule_that_is_due_hands_its_input_to_its_target(aws: Account) -> None:
    """A one-time schedule that is due sends its input to its target, once; a disabled one does nothing."""
    queue, disabled, later = aws.queue(), aws.queue(), aws.queue()
    when = soon()
    schedule(aws, when, disabled, State="DISABLED")
    schedule(aws, "rate(1 day)", later)
    schedule(aws, when, queue)
    (body,) = aws.collected(queue, 1, seconds=30)
    expect(json.loads(body) == {"sweep": True}, f"input {body}")
    expect(not aws.taken(disabled), "the disabled schedule ran")
    # A rate begins when its schedule is made: the first run is one period later.
    expect(not aws.taken(later, wait=0), "a schedule that is not due ran")


@behaviour(service="scheduler", source=f"{GUIDE}/managing-schedule-delete.html", seconds=60)
def a_schedule_can_delete_itself_when_done(aws: Account) -> None:
    """A one-time schedule whose action after completion is DELETE is gone after its run."""
    queue = aws.queue()
    name = schedule(aws, soon(), queue, ActionAfterCompletion="DELETE")
    aws.collected(queue, 1, seconds=30)

    def gone() -> bool:
        found = aws.clients.scheduler.list_schedules(NamePrefix=name)["Schedules"]
        return not found

    aws.wait_for(gone, "the schedule's end", seconds=15)


@behaviour(service="scheduler", source=f"{GUIDE}/schedule-types.html", gap="any expression is taken, and never due")
def an_expression_that_is_not_valid_is_refused(aws: Account) -> None:
    """A schedule whose expression is not valid is refused."""
    target = {"Arn": aws.arn_of(aws.queue()), "RoleArn": aws.target.role(), "Input": "{}"}
    request = {"FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target}
    for expression in ("every day", "rate(5 fortnights)", "cron(* *)"):
        create = aws.clients.scheduler.create_schedule
        answer = aws.refused(create, Name=aws.name("schedule"), ScheduleExpression=expression, **request)
        code = answer["Error"]["Code"]
        expect(code == "ValidationException", f"{expression}: code {code}")
