"""EventBridge Scheduler."""

from collections.abc import Iterator
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.protocol import CheckFailure
from sandbox.aws.checks.core.input_view import InputView, quote
from sandbox.aws.checks.core.known_resources import KnownResources
from sandbox.aws.checks.core.policy_documents import check_trust
from sandbox.aws.checks.core.resource_names import FUNCTION, SCHEDULE_GROUP
from sandbox.aws.checks.core.rules import rule
from sandbox.aws.checks.core.schedule_expressions import expression_problem
from sandbox.aws.checks.core.values import ARN, check_arn
from sandbox.aws.checks.eventbridge import check_dead_letter_queue
from sandbox.aws.checks.sqs import FIFO, check_queue_target

SCHEDULE = "aws:scheduler/schedule:Schedule"
TYPES = "https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html"
CREATE = "https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html"
WINDOW = "https://docs.aws.amazon.com/scheduler/latest/APIReference/API_FlexibleTimeWindow.html"
DEFAULT_GROUP = "default"


@rule(SCHEDULE, source=TYPES)
def schedule_expression(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """When a schedule runs."""
    del resources
    text = view.text("scheduleExpression")
    wrong = None if text is None else expression_problem(text, once=True, strict=False)
    if wrong:
        yield view.fail("scheduleExpression", f"is {quote(text)}; {wrong}")


@rule(SCHEDULE, source=TYPES)
def schedule_timezone(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """A zone of the time zone database."""
    del resources
    zone = view.text("scheduleExpressionTimezone")
    if zone is not None and _exists("Europe/London") and not _exists(zone):
        yield view.fail("scheduleExpressionTimezone", f"is {quote(zone)}; use a zone such as UTC or Europe/London")


@rule(SCHEDULE, source=WINDOW)
def schedule_window(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """A flexible window has a length, none has not."""
    del resources
    mode, path = view.value("flexibleTimeWindow.mode"), "flexibleTimeWindow.maximumWindowInMinutes"
    if mode == "FLEXIBLE" and view.is_absent(path):
        yield view.fail(path, "is missing; the mode is FLEXIBLE, use 1 to 1440")
    elif mode == "OFF" and view.is_given(path):
        yield view.fail(path, "is set while the mode is OFF; use FLEXIBLE or drop it")


@rule(SCHEDULE, source=CREATE)
def schedule_group(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The group exists."""
    name = view.text("groupName")
    if name != DEFAULT_GROUP and resources.is_missing(SCHEDULE_GROUP, name):
        yield view.fail("groupName", f"is {quote(name)}, which does not exist; create the group first")


@rule(SCHEDULE, source="https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets.html")
def schedule_target(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """What is called exists."""
    path, arn = "target.arn", view.text("target.arn")
    found = ARN.fullmatch(arn or "")
    if found is None:
        yield from check_arn(view, path)
    elif found["service"] == "lambda" and resources.is_missing(FUNCTION, arn):
        yield view.fail(path, f"names {quote(arn)}, which does not exist; create the function first")
    elif found["service"] == "sqs":
        yield from check_queue_target(view, path, arn, resources, fifo=None)
        if str(arn).endswith(FIFO) and view.is_absent("target.sqsParameters.messageGroupId"):
            yield view.fail("target.sqsParameters.messageGroupId", "is missing; a FIFO queue needs a message group")


@rule(SCHEDULE, source="https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html")
def schedule_role(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The role trusts the scheduler."""
    yield from check_trust(view, "target.roleArn", "scheduler.amazonaws.com", resources)


@rule(SCHEDULE, source="https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html")
def schedule_dead_letters(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Where calls go that could not be made."""
    yield from check_dead_letter_queue(view, "target.deadLetterConfig.arn", resources)


@lru_cache
def _exists(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
