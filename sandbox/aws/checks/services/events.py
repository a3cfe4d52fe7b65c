"""EventBridge: buses, archives, rules and their targets."""

from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.expressions import problem
from sandbox.aws.checks.identity import BUS, FUNCTION, RULE, TOPIC, bus_name
from sandbox.aws.checks.patterns import problems
from sandbox.aws.checks.rules import rule
from sandbox.aws.checks.services.queues import FIFO, queue_target
from sandbox.aws.checks.values import ARN, arn_of, document, exclusive
from sandbox.aws.checks.view import View, shown
from sandbox.aws.checks.world import DEFAULT_BUS, World

ARCHIVE, TARGET = "aws:cloudwatch/eventArchive:EventArchive", "aws:cloudwatch/eventTarget:EventTarget"
PUT_RULE = "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html"
PUT_TARGETS = "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html"
QUOTAS = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html"
PATTERNS = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html"
SCHEDULES = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html"
TARGETS = 5
# Targets that EventBridge calls in a role's name: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-iam-roles.html
WITH_ROLE = ("firehose", "kinesis", "states", "batch", "ecs", "codebuild", "codepipeline", "redshift", "sagemaker")


def dead_letters(view: View, path: str, world: World) -> Iterator[CheckFailure]:
    """A target's dead-letter queue: a standard queue that exists."""
    yield from queue_target(view, path, view.known(path), world, fifo=False)


def _bus(view: View) -> str | None:
    """The bus that a rule or target is on; None when it is not known."""
    if view.absent("eventBusName"):
        return DEFAULT_BUS
    name = view.text("eventBusName")
    return None if name is None else bus_name(name)


@rule(BUS, source="https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html")
def bus_names(view: View, world: World) -> Iterator[CheckFailure]:
    """Names that a custom bus can't have."""
    del world
    name = view.text("name")
    if name == DEFAULT_BUS:
        yield view.fail("name", f"is {shown(name)}, the bus that every account has; use another name")
    elif name and "/" in name and view.absent("eventSourceName"):
        yield view.fail("name", f"is {shown(name)}; only a partner's bus has a slash in its name")


@rule(ARCHIVE, RULE, source=PATTERNS)
def event_pattern(view: View, world: World) -> Iterator[CheckFailure]:
    """A pattern is a JSON object of lists of values."""
    del world
    pattern, failures = document(view, "eventPattern")
    yield from failures
    for reason in problems(pattern or {}):
        yield view.fail("eventPattern", reason)


@rule(ARCHIVE, source="https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateArchive.html")
def archived_bus(view: View, world: World) -> Iterator[CheckFailure]:
    """The archived bus exists."""
    arn = view.text("eventSourceArn")
    yield from arn_of(view, "eventSourceArn", "events")
    if arn is not None and arn.startswith("arn:") and world.missing(BUS, arn):
        yield view.fail("eventSourceArn", f"names {shown(arn)}, which does not exist; create the bus first")


@rule(RULE, TARGET, source=PUT_RULE)
def bus_of_a_rule(view: View, world: World) -> Iterator[CheckFailure]:
    """The bus exists."""
    name = view.text("eventBusName")
    if world.missing(BUS, name):
        yield view.fail("eventBusName", f"is {shown(name)}, which does not exist; create the bus first")


@rule(RULE, source=PUT_RULE)
def rule_trigger(view: View, world: World) -> Iterator[CheckFailure]:
    """A rule waits for events or for the clock; the clock is on the default bus."""
    del world
    if view.absent("eventPattern") and view.absent("scheduleExpression"):
        yield view.fail("eventPattern", "is missing; a rule needs eventPattern or scheduleExpression")
    if view.given("scheduleExpression") and _bus(view) not in (None, DEFAULT_BUS):
        bus = shown(_bus(view))
        yield view.fail(
            "scheduleExpression", f"is set on the bus {bus}; schedules run on the default bus, or use Schedule"
        )
    yield from exclusive(view, "isEnabled", "state")


@rule(RULE, source=SCHEDULES)
def rule_schedule(view: View, world: World) -> Iterator[CheckFailure]:
    """When a rule runs."""
    del world
    text = view.text("scheduleExpression")
    wrong = None if text is None else problem(text, once=False, strict=True)
    if wrong:
        yield view.fail("scheduleExpression", f"is {shown(text)}; {wrong}")


@rule(TARGET, source=PUT_TARGETS)
def target_rule(view: View, world: World) -> Iterator[CheckFailure]:
    """The rule exists on the bus, and has room."""
    name, bus = view.text("rule"), _bus(view)
    if name is None or bus is None:
        return
    if world.missing(RULE, f"{bus}/{name}"):
        yield view.fail("rule", f"is {shown(name)}, which the bus {shown(bus)} does not have; create the rule first")
    rest = [View(other) for other in world.others(TARGET, view.name)]
    count = 1 + sum(other.text("rule") == name and _bus(other) == bus for other in rest)
    if count > TARGETS:
        yield view.fail("rule", f"is {shown(name)}, which has {count} targets; use {TARGETS} or less, or another rule")


@rule(TARGET, source=PUT_TARGETS)
def target_exists(view: View, world: World) -> Iterator[CheckFailure]:
    """What is called exists."""
    arn = view.text("arn")
    found = ARN.fullmatch(arn or "")
    if found is None:
        yield from arn_of(view, "arn")
        return
    service, what = found["service"], None
    if service == "sqs":
        yield from queue_target(view, "arn", arn, world, fifo=None)
    elif service == "lambda" and world.missing(FUNCTION, arn):
        what = "function"
    elif service == "sns" and world.missing(TOPIC, arn):
        what = "topic"
    elif service == "events" and found["rest"].startswith("event-bus/") and world.missing(BUS, arn):
        what = "bus"
    if what:
        yield view.fail("arn", f"names {shown(arn)}, which does not exist; create the {what} first")


@rule(TARGET, source=PUT_TARGETS)
def target_settings(view: View, world: World) -> Iterator[CheckFailure]:
    """What a kind of target needs."""
    del world
    arn, group = view.text("arn"), "sqsTarget.messageGroupId"
    found = ARN.fullmatch(arn or "")
    service = found["service"] if found else None
    if service in WITH_ROLE and view.absent("roleArn"):
        yield view.fail("roleArn", f"is missing; EventBridge calls {service} in a role's name")
    if service == "sqs" and str(arn).endswith(FIFO) and view.absent(group):
        yield view.fail(group, "is missing; a FIFO queue needs a message group")
    yield from arn_of(view, "roleArn", "iam")


@rule(TARGET, source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html")
def target_input(view: View, world: World) -> Iterator[CheckFailure]:
    """What a target is sent: the event, a text, a part, or a template."""
    del world
    given = [path for path in ("input", "inputPath", "inputTransformer") if not view.absent(path)]
    if len(given) > 1:
        yield view.fail(given[1], f"is set beside {given[0]}; set one of them")
    path = view.text("inputPath")
    if path is not None and not path.startswith("$"):
        yield view.fail("inputPath", f"is {shown(path)}; use a JSON path such as $.detail")


@rule(TARGET, source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html")
def target_dead_letters(view: View, world: World) -> Iterator[CheckFailure]:
    """Where events go that could not be delivered."""
    yield from dead_letters(view, "deadLetterConfig.arn", world)
