"""Fixtures of AWS-RES-07."""

from collections.abc import Callable
from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import (
    ALIAS,
    BUCKET_NOTIFICATION,
    FUNCTION,
    INVOKE_CONFIG,
    LOG_FILTER,
    QUEUE,
    SCHEDULE,
    SUBSCRIPTION,
    TARGET,
)
from tests.policies.building import Made, Stack
from tests.policies.cases import Cases, Fails, Passes

ELSEWHERE = "arn:aws:sqs:us-east-1:111122223333:elsewhere"
AsyncTrigger = Callable[[Stack, Made], Any]


def rule(stack: Stack, function: Made) -> None:
    stack.add(TARGET, "on-order", arn=function.arn)


def schedule(stack: Stack, function: Made) -> None:
    stack.add(SCHEDULE, "nightly", target={"arn": function.arn, "deadLetterConfig": {"arn": ELSEWHERE}})


def topic(stack: Stack, function: Made) -> None:
    stack.add(SUBSCRIPTION, "told", protocol="lambda", endpoint=function.arn)


def bucket(stack: Stack, function: Made) -> None:
    other = stack.add(FUNCTION, "thumbnails", deadLetterConfig={"targetArn": ELSEWHERE})
    arns = [{"lambdaFunctionArn": one.arn} for one in (other, function)]
    stack.add(BUCKET_NOTIFICATION, "uploads", lambdaFunctions=arns)


def logs(stack: Stack, function: Made) -> None:
    stack.add(LOG_FILTER, "errors", destinationArn=function.arn)


def mail(stack: Stack, function: Made) -> None:
    stack.add(SUBSCRIPTION, "told", protocol="https", endpoint=function.arn)


def twice(stack: Stack, function: Made) -> None:
    rule(stack, function)
    topic(stack, function)


def called(trigger: AsyncTrigger, *, alias: bool = False, **function: Any) -> Stack:
    stack = Stack()
    worker = stack.add(FUNCTION, "worker", **function)
    trigger(stack, stack.add(ALIAS, "live", functionName=worker.name) if alias else worker)
    return stack


def letters(trigger: AsyncTrigger, *, alias: bool = False) -> Stack:
    stack = Stack()
    dead = stack.add(QUEUE, "dead")
    worker = stack.add(FUNCTION, "worker", deadLetterConfig={"targetArn": dead.arn})
    trigger(stack, stack.add(ALIAS, "live", functionName=worker.name) if alias else worker)
    return stack


def configured(trigger: AsyncTrigger, config: Any, **function: Any) -> Stack:
    stack = called(trigger, **function)
    stack.add(INVOKE_CONFIG, "worker", functionName=stack.made[0].name, **config)
    return stack


def on_failure(*, called_by: str, holds_for: str, qualifier: Any = None) -> Stack:
    """A schedule that calls the function or one of its aliases, and a destination for failures of one of these."""
    stack = Stack()
    dead, worker = stack.add(QUEUE, "dead"), stack.add(FUNCTION, "worker")
    aliases = {name: stack.add(ALIAS, name, functionName=worker.name) for name in ("live", "next")}
    schedule(stack, aliases.get(called_by, worker))
    of: dict[str, Any] = {"qualifier": aliases[holds_for].name} if holds_for else {}
    of |= {} if qualifier is None else {"qualifier": qualifier}
    config = {"onFailure": {"destination": dead.arn}}
    stack.add(INVOKE_CONFIG, "worker", functionName=worker.name, destinationConfig=config, **of)
    return stack


def unknown_target() -> Stack:
    stack = Stack()
    stack.add(FUNCTION, "worker")
    stack.add(TARGET, "on-order", arn=UNKNOWN)
    return stack


def unknown_notification() -> Stack:
    stack = Stack()
    stack.add(FUNCTION, "worker")
    stack.add(BUCKET_NOTIFICATION, "uploads", lambdaFunctions=[{"lambdaFunctionArn": UNKNOWN}])
    return stack


FAILS = {"onFailure": {"destination": ELSEWHERE}}
SUCCEEDS = {"onSuccess": {"destination": ELSEWHERE}}

CASES = Cases(
    rule="aws-res-07",
    passing=[
        *[Passes(partial(letters, trigger)) for trigger in (rule, schedule, topic, bucket, logs)],
        Passes(partial(letters, rule, alias=True)),
        Passes(partial(called, rule, deadLetterConfig={"targetArn": ELSEWHERE})),
        Passes(partial(on_failure, called_by="live", holds_for="live")),
        Passes(partial(on_failure, called_by="", holds_for="")),
        Passes(partial(on_failure, called_by="", holds_for="", qualifier="$LATEST")),
        Passes(partial(configured, rule, {"destinationConfig": FAILS})),
    ],
    failing=[
        Fails(partial(called, rule), "worker", "EventTarget 'on-order' invokes it asynchronously", 0, 1),
        Fails(partial(called, rule, alias=True), "worker", "with the qualifier of Alias 'live'", 0, 1),
        Fails(partial(called, schedule), "worker", "Schedule 'nightly'", 0, 1),
        Fails(partial(called, topic), "worker", "TopicSubscription 'told'", 0, 1),
        Fails(partial(called, bucket), "worker", "BucketNotification 'uploads'", 0, 1),
        Fails(partial(called, logs), "worker", "LogSubscriptionFilter 'errors'", 0, 1),
        Fails(partial(called, twice), "worker", "EventTarget 'on-order' (and 1 more)", 0, 1),
        Fails(partial(on_failure, called_by="live", holds_for=""), "worker", "of Alias 'live'", 0, 1),
        Fails(partial(on_failure, called_by="live", holds_for="next"), "worker", "of Alias 'live'", 0, 1),
        Fails(partial(on_failure, called_by="", holds_for="live"), "worker", "Schedule 'nightly'", 0, 1),
        Fails(partial(configured, rule, {"maximumRetryAttempts": 0}), "worker", "Lambda discards it", 0, 1),
        Fails(partial(configured, rule, {"destinationConfig": SUCCEEDS}), "worker", "Lambda discards it", 0, 1),
        Fails(partial(called, rule, deadLetterConfig={"targetArn": ""}), "worker", "set dead_letter_config", 0, 1),
    ],
    not_applicable=[partial(called, lambda *_: None), partial(called, mail)],
    not_evaluated=[
        (unknown_target, "what EventTarget 'on-order' invokes"),
        (partial(on_failure, called_by="live", holds_for="", qualifier=UNKNOWN), "qualifier is not known"),
        (unknown_notification, "what BucketNotification 'uploads' invokes"),
        (partial(called, rule, deadLetterConfig=UNKNOWN), "deadLetterConfig.targetArn is not known"),
        (partial(configured, rule, {"destinationConfig": UNKNOWN}), "onFailure.destination is not known"),
    ],
)
