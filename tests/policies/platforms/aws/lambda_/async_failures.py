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
from tests.policies.building import Declaration, Stack
from tests.policies.cases import Cases, FailingCase, PassingCase

ELSEWHERE = "arn:aws:sqs:us-east-1:111122223333:elsewhere"
AsyncTrigger = Callable[[Stack, Declaration], Any]


def rule(stack: Stack, function: Declaration) -> None:
    stack.add(TARGET, "on-order", arn=function.arn)


def schedule(stack: Stack, function: Declaration) -> None:
    stack.add(SCHEDULE, "nightly", target={"arn": function.arn, "deadLetterConfig": {"arn": ELSEWHERE}})


def topic(stack: Stack, function: Declaration) -> None:
    stack.add(SUBSCRIPTION, "subscribed", protocol="lambda", endpoint=function.arn)


def bucket(stack: Stack, function: Declaration) -> None:
    other = stack.add(FUNCTION, "thumbnails", deadLetterConfig={"targetArn": ELSEWHERE})
    arns = [{"lambdaFunctionArn": one.arn} for one in (other, function)]
    stack.add(BUCKET_NOTIFICATION, "uploads", lambdaFunctions=arns)


def logs(stack: Stack, function: Declaration) -> None:
    stack.add(LOG_FILTER, "errors", destinationArn=function.arn)


def mail(stack: Stack, function: Declaration) -> None:
    stack.add(SUBSCRIPTION, "subscribed", protocol="https", endpoint=function.arn)


def rule_and_topic(stack: Stack, function: Declaration) -> None:
    rule(stack, function)
    topic(stack, function)


def triggered_function(trigger: AsyncTrigger, *, alias: bool = False, **function: Any) -> Stack:
    stack = Stack()
    worker = stack.add(FUNCTION, "worker", **function)
    trigger(stack, stack.add(ALIAS, "live", functionName=worker.name) if alias else worker)
    return stack


def function_with_queue(trigger: AsyncTrigger, *, alias: bool = False) -> Stack:
    stack = Stack()
    dead = stack.add(QUEUE, "dead")
    worker = stack.add(FUNCTION, "worker", deadLetterConfig={"targetArn": dead.arn})
    trigger(stack, stack.add(ALIAS, "live", functionName=worker.name) if alias else worker)
    return stack


def function_with_config(trigger: AsyncTrigger, config: Any, **function: Any) -> Stack:
    stack = triggered_function(trigger, **function)
    stack.add(INVOKE_CONFIG, "worker", functionName=stack.made[0].name, **config)
    return stack


def alias_with_destination(*, called_by: str, holds_for: str, qualifier: Any = None) -> Stack:
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
        *[PassingCase(partial(function_with_queue, trigger)) for trigger in (rule, schedule, topic, bucket, logs)],
        PassingCase(partial(function_with_queue, rule, alias=True)),
        PassingCase(partial(triggered_function, rule, deadLetterConfig={"targetArn": ELSEWHERE})),
        PassingCase(partial(alias_with_destination, called_by="live", holds_for="live")),
        PassingCase(partial(alias_with_destination, called_by="", holds_for="")),
        PassingCase(partial(alias_with_destination, called_by="", holds_for="", qualifier="$LATEST")),
        PassingCase(partial(function_with_config, rule, {"destinationConfig": FAILS})),
    ],
    failing=[
        FailingCase(
            partial(triggered_function, rule), "worker", "EventTarget 'on-order' invokes it asynchronously", 0, 1
        ),
        FailingCase(
            partial(triggered_function, rule, alias=True), "worker", "with the qualifier of Alias 'live'", 0, 1
        ),
        FailingCase(partial(triggered_function, schedule), "worker", "Schedule 'nightly'", 0, 1),
        FailingCase(partial(triggered_function, topic), "worker", "TopicSubscription 'subscribed'", 0, 1),
        FailingCase(partial(triggered_function, bucket), "worker", "BucketNotification 'uploads'", 0, 1),
        FailingCase(partial(triggered_function, logs), "worker", "LogSubscriptionFilter 'errors'", 0, 1),
        FailingCase(partial(triggered_function, rule_and_topic), "worker", "EventTarget 'on-order' (and 1 more)", 0, 1),
        FailingCase(partial(alias_with_destination, called_by="live", holds_for=""), "worker", "of Alias 'live'", 0, 1),
        FailingCase(
            partial(alias_with_destination, called_by="live", holds_for="next"), "worker", "of Alias 'live'", 0, 1
        ),
        FailingCase(
            partial(alias_with_destination, called_by="", holds_for="live"), "worker", "Schedule 'nightly'", 0, 1
        ),
        FailingCase(
            partial(function_with_config, rule, {"maximumRetryAttempts": 0}), "worker", "Lambda discards it", 0, 1
        ),
        FailingCase(
            partial(function_with_config, rule, {"destinationConfig": SUCCEEDS}), "worker", "Lambda discards it", 0, 1
        ),
        FailingCase(
            partial(triggered_function, rule, deadLetterConfig={"targetArn": ""}),
            "worker",
            "set dead_letter_config",
            0,
            1,
        ),
    ],
    not_applicable=[partial(triggered_function, lambda *_: None), partial(triggered_function, mail)],
    not_evaluated=[
        (unknown_target, "what EventTarget 'on-order' invokes"),
        (partial(alias_with_destination, called_by="live", holds_for="", qualifier=UNKNOWN), "qualifier is not known"),
        (unknown_notification, "what BucketNotification 'uploads' invokes"),
        (partial(triggered_function, rule, deadLetterConfig=UNKNOWN), "deadLetterConfig.targetArn is not known"),
        (partial(function_with_config, rule, {"destinationConfig": UNKNOWN}), "onFailure.destination is not known"),
    ],
)
