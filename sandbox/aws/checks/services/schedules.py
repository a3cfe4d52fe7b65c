"""EventBridge Scheduler."""

from collections.abc import Iterator
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.protocol import CheckFailure
from sandbox.aws.checks.expressions import problem
from sandbox.aws.checks.identity import FUNCTION, SCHEDULE_GROUP
from sandbox.aws.checks.rules import rule
from sandbox.aws.checks.services.access import trusted_by
from sandbox.aws.checks.services.events import dead_letters
from sandbox.aws.checks.services.queues import FIFO, queue_target
from sandbox.aws.checks.values import ARN, arn_of
from sandbox.aws.checks.view import View, shown
from sandbox.aws.checks.world import World

SCHEDULE = "aws:scheduler/schedule:Schedule"
TYPES = "https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html"
CREATE = "https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html"
WINDOW = "https://docs.aws.amazon.com/scheduler/latest/APIReference/API_FlexibleTimeWindow.html"
DEFAULT_GROUP = "default"


@rule(SCHEDULE, source=TYPES)
def schedule_expression(view: View, world: World) -> Iterator[CheckFailure]:
    """When a schedule runs."""
    del world
    text = view.text("scheduleExpression")
    wrong = None if text is None else problem(text, once=True, strict=False)
    if wrong:
        yield view.fail("scheduleExpression", f"is {shown(text)}; {wrong}")


@rule(SCHEDULE, source=TYPES)
def schedule_timezone(view: View, world: World) -> Iterator[CheckFailure]:
    """A zone of the time zone database."""
    del world
    zone = view.text("scheduleExpressionTimezone")
    if zone is not None and _exists("Europe/London") and not _exists(zone):
        yield view.fail("scheduleExpressionTimezone", f"is {shown(zone)}; use a zone such as UTC or Europe/London")


@rule(SCHEDULE, source=WINDOW)
def schedule_window(view: View, world: World) -> Iterator[CheckFailure]:
    """A flexible window has a length, none has not."""
    del world
    mode, path = view.known("flexibleTimeWindow.mode"), "flexibleTimeWindow.maximumWindowInMinutes"
    if mode == "FLEXIBLE" and view.absent(path):
        yield view.fail(path, "is missing; the mode is FLEXIBLE, use 1 to 1440")
    elif mode == "OFF" and view.given(path):
        yield view.fail(path, "is set while the mode is OFF; use FLEXIBLE or drop it")


@rule(SCHEDULE, source=CREATE)
def schedule_group(view: View, world: World) -> Iterator[CheckFailure]:
    """The group exists."""
    name = view.text("groupName")
    if name != DEFAULT_GROUP and world.missing(SCHEDULE_GROUP, name):
        yield view.fail("groupName", f"is {shown(name)}, which does not exist; create the group first")


@rule(SCHEDULE, source="https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets.html")
def schedule_target(view: View, world: World) -> Iterator[CheckFailure]:
    """What is called exists."""
    path, arn = "target.arn", view.text("target.arn")
    found = ARN.fullmatch(arn or "")
    if found is None:
        yield from arn_of(view, path)
    elif found["service"] == "lambda" and world.missing(FUNCTION, arn):
        yield view.fail(path, f"names {shown(arn)}, which does not exist; create the function first")
    elif found["service"] == "sqs":
        yield from queue_target(view, path, arn, world, fifo=None)
        if str(arn).endswith(FIFO) and view.absent("target.sqsParameters.messageGroupId"):
            yield view.fail("target.sqsParameters.messageGroupId", "is missing; a FIFO queue needs a message group")


@rule(SCHEDULE, source="https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html")
def schedule_role(view: View, world: World) -> Iterator[CheckFailure]:
    """The role trusts the scheduler."""
    yield from trusted_by(view, "target.roleArn", "scheduler.amazonaws.com", world)


@rule(SCHEDULE, source="https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html")
def schedule_dead_letters(view: View, world: World) -> Iterator[CheckFailure]:
    """Where calls go that could not be made."""
    yield from dead_letters(view, "target.deadLetterConfig.arn", world)


@lru_cache
def _exists(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
