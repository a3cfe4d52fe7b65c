"""EventBridge: buses, archives, rules and their targets."""

from collections.abc import Iterator
from typing import Any

from engine.protocol import CheckFailure
from sandbox.aws.checks.core.input_view import InputView, quote
from sandbox.aws.checks.core.known_resources import DEFAULT_BUS, KnownResources
from sandbox.aws.checks.core.resource_names import BUS, FUNCTION, RULE, TOPIC, bus_name
from sandbox.aws.checks.core.rules import rule
from sandbox.aws.checks.core.schedule_expressions import expression_problem
from sandbox.aws.checks.core.values import ARN, check_arn, check_exclusive, join_choices, read_document
from sandbox.aws.checks.sqs import FIFO, check_queue_target

ARCHIVE, TARGET = "aws:cloudwatch/eventArchive:EventArchive", "aws:cloudwatch/eventTarget:EventTarget"
PUT_RULE = "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html"
PUT_TARGETS = "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html"
QUOTAS = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html"
PATTERNS = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html"
SCHEDULES = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html"
TARGETS = 5
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
MATCHERS = ("prefix", "suffix", "anything-but", "numeric", "exists", "cidr", "equals-ignore-case", "wildcard")
OR = "$or"
# Targets that EventBridge calls in a role's name: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-iam-roles.html
WITH_ROLE = ("firehose", "kinesis", "states", "batch", "ecs", "codebuild", "codepipeline", "redshift", "sagemaker")


def check_dead_letter_queue(view: InputView, path: str, resources: KnownResources) -> Iterator[CheckFailure]:
    """A target's dead-letter queue: a standard queue that exists."""
    yield from check_queue_target(view, path, view.value(path), resources, fifo=False)


def _bus(view: InputView) -> str | None:
    """The bus that a rule or target is on; None when it is not known."""
    if view.is_absent("eventBusName"):
        return DEFAULT_BUS
    name = view.text("eventBusName")
    return None if name is None else bus_name(name)


@rule(BUS, source="https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html")
def bus_names(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Names that a custom bus can't have."""
    del resources
    name = view.text("name")
    if name == DEFAULT_BUS:
        yield view.fail("name", f"is {quote(name)}, the bus that every account has; use another name")
    elif name and "/" in name and view.is_absent("eventSourceName"):
        yield view.fail("name", f"is {quote(name)}; only a partner's bus has a slash in its name")


@rule(ARCHIVE, RULE, source=PATTERNS)
def event_pattern(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """A pattern is a JSON object of lists of values."""
    del resources
    pattern, failures = read_document(view, "eventPattern")
    yield from failures
    for reason in pattern_problems(pattern or {}):
        yield view.fail("eventPattern", reason)


@rule(ARCHIVE, source="https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateArchive.html")
def archive_bus_exists(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The archived bus exists."""
    arn = view.text("eventSourceArn")
    yield from check_arn(view, "eventSourceArn", "events")
    if arn is not None and arn.startswith("arn:") and resources.is_missing(BUS, arn):
        yield view.fail("eventSourceArn", f"names {quote(arn)}, which does not exist; create the bus first")


@rule(RULE, TARGET, source=PUT_RULE)
def bus_of_a_rule(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The bus exists."""
    name = view.text("eventBusName")
    if resources.is_missing(BUS, name):
        yield view.fail("eventBusName", f"is {quote(name)}, which does not exist; create the bus first")


@rule(RULE, source=PUT_RULE)
def rule_trigger(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """A rule waits for events or for the clock; the clock is on the default bus."""
    del resources
    if view.is_absent("eventPattern") and view.is_absent("scheduleExpression"):
        yield view.fail("eventPattern", "is missing; a rule needs eventPattern or scheduleExpression")
    if view.is_given("scheduleExpression") and _bus(view) not in (None, DEFAULT_BUS):
        bus = quote(_bus(view))
        yield view.fail(
            "scheduleExpression", f"is set on the bus {bus}; schedules run on the default bus, or use Schedule"
        )
    yield from check_exclusive(view, "isEnabled", "state")


@rule(RULE, source=SCHEDULES)
def rule_schedule(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """When a rule runs."""
    del resources
    text = view.text("scheduleExpression")
    wrong = None if text is None else expression_problem(text, once=False, strict=True)
    if wrong:
        yield view.fail("scheduleExpression", f"is {quote(text)}; {wrong}")


@rule(TARGET, source=PUT_TARGETS)
def target_rule(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The rule exists on the bus, and has room."""
    name, bus = view.text("rule"), _bus(view)
    if name is None or bus is None:
        return
    if resources.is_missing(RULE, f"{bus}/{name}"):
        yield view.fail("rule", f"is {quote(name)}, which the bus {quote(bus)} does not have; create the rule first")
    rest = [InputView(other) for other in resources.list_others(TARGET, view.name)]
    count = 1 + sum(other.text("rule") == name and _bus(other) == bus for other in rest)
    if count > TARGETS:
        yield view.fail("rule", f"is {quote(name)}, which has {count} targets; use {TARGETS} or less, or another rule")


@rule(TARGET, source=PUT_TARGETS)
def target_exists(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """What is called exists."""
    arn = view.text("arn")
    found = ARN.fullmatch(arn or "")
    if found is None:
        yield from check_arn(view, "arn")
        return
    service, what = found["service"], None
    if service == "sqs":
        yield from check_queue_target(view, "arn", arn, resources, fifo=None)
    elif service == "lambda" and resources.is_missing(FUNCTION, arn):
        what = "function"
    elif service == "sns" and resources.is_missing(TOPIC, arn):
        what = "topic"
    elif service == "events" and found["rest"].startswith("event-bus/") and resources.is_missing(BUS, arn):
        what = "bus"
    if what:
        yield view.fail("arn", f"names {quote(arn)}, which does not exist; create the {what} first")


@rule(TARGET, source=PUT_TARGETS)
def target_settings(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """What a kind of target needs."""
    del resources
    arn, group = view.text("arn"), "sqsTarget.messageGroupId"
    found = ARN.fullmatch(arn or "")
    service = found["service"] if found else None
    if service in WITH_ROLE and view.is_absent("roleArn"):
        yield view.fail("roleArn", f"is missing; EventBridge calls {service} in a role's name")
    if service == "sqs" and str(arn).endswith(FIFO) and view.is_absent(group):
        yield view.fail(group, "is missing; a FIFO queue needs a message group")
    yield from check_arn(view, "roleArn", "iam")


@rule(TARGET, source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html")
def target_input(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """What a target is sent: the event, a text, a part, or a template."""
    del resources
    given = [path for path in ("input", "inputPath", "inputTransformer") if not view.is_absent(path)]
    if len(given) > 1:
        yield view.fail(given[1], f"is set beside {given[0]}; set one of them")
    path = view.text("inputPath")
    if path is not None and not path.startswith("$"):
        yield view.fail("inputPath", f"is {quote(path)}; use a JSON path such as $.detail")


@rule(TARGET, source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html")
def target_dead_letters(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Where events go that could not be delivered."""
    yield from check_dead_letter_queue(view, "deadLetterConfig.arn", resources)


def pattern_problems(pattern: dict[str, Any], path: str = "") -> Iterator[str]:
    """What EventBridge refuses about a pattern, each with the field's name."""
    for key, value in pattern.items():
        here = f"{path}.{key}" if path else key
        if key == OR and isinstance(value, list):
            for part in value:
                if isinstance(part, dict):
                    yield from pattern_problems(part, path)
                else:
                    yield f"has {quote(part)} in {here}; use objects"
        elif isinstance(value, dict):
            if value:
                yield from pattern_problems(value, here)
            else:
                yield f"has an empty object at {here}; name fields of it"
        elif isinstance(value, list):
            yield from _value_problems(value, here)
        else:
            yield f"has {quote(value)} at {here}; use a list of values, [{quote(value)}]"


def _value_problems(values: list[Any], path: str) -> Iterator[str]:
    if not values:
        yield f"has an empty list at {path}; give at least one value"
    for value in values:
        if isinstance(value, list):
            yield f"has a list in the list at {path}; use values or matchers"
        if not isinstance(value, dict):
            continue
        if len(value) != 1 or next(iter(value)) not in MATCHERS:
            yield f"has {quote(value)} at {path}; a matcher has one of {join_choices(MATCHERS)}"
