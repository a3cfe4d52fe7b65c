"""What rules ask about asynchronous invocations: what triggers a function so, and what becomes of what it fails."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from policies.core.graph import ResourceGraph
from policies.core.resource import Resource
from policies.core.values import NotEvaluatedError
from policies.platforms.aws.links import (
    ALIAS,
    BUCKET_NOTIFICATION,
    EVENT_BUS,
    FIREHOSE,
    FUNCTION,
    INVOKE_CONFIG,
    LOG_FILTER,
    LOG_GROUP,
    QUEUE,
    SCHEDULE,
    STATE_MACHINE,
    STREAM,
    SUBSCRIPTION,
    TARGET,
    TOPIC,
)
from policies.platforms.aws.sqs.queues import names_target

# Services that hand an event to Lambda and go on: https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
PATHS = {
    TARGET: "arn",
    SCHEDULE: "target.arn",
    SUBSCRIPTION: "endpoint",
    LOG_FILTER: "destinationArn",
}
# What else stands there, known not to be a function even where its ARN is not decided yet.
OTHERS = (QUEUE, TOPIC, STREAM, FIREHOSE, STATE_MACHINE, LOG_GROUP, EVENT_BUS)
TRIGGERS = (*PATHS, BUCKET_NOTIFICATION)
"""Types that may invoke a function asynchronously."""
DEAD_LETTERS = "deadLetterConfig.targetArn"
ON_FAILURE = "destinationConfig.onFailure.destination"


@dataclass(frozen=True, slots=True)
class AsyncTrigger:
    """What invokes a function without waiting for it."""

    caller: Resource
    alias: Resource | None
    """The alias that it calls, None where it calls the function or a version."""


def triggers(function: Resource, graph: ResourceGraph) -> Sequence[AsyncTrigger]:
    """What invokes a function without waiting for it.

    Raises:
        NotEvaluatedError: something invokes a place unknown, which could be this function.
    """
    found, unread = graph.compute_once("asynchronous triggers", lambda: _by_function(graph))
    if unread:
        raise NotEvaluatedError(unread)
    return found.get(function.urn, ())


def keeps_failures(function: Resource, trigger: AsyncTrigger, graph: ResourceGraph) -> bool:
    """Whether an event that a function fails for good is sent anywhere: to its dead-letter queue or a destination.

    What is set for an alias holds for its calls alone, what is set for the function for calls without one:
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html

    Raises:
        NotEvaluatedError: it is unknown.
    """
    if names_target(function, DEAD_LETTERS):
        return True
    configs = graph.referrers(function, INVOKE_CONFIG, "functionName")
    return any(_applies_to(config, trigger.alias, graph) and names_target(config, ON_FAILURE) for config in configs)


def _applies_to(config: Resource, alias: Resource | None, graph: ResourceGraph) -> bool:
    named = graph.targets(config, "qualifier", ALIAS, FUNCTION)
    aliases = [one for one in named if one.type == ALIAS]
    return alias in aliases if alias else not aliases


def _by_function(graph: ResourceGraph) -> tuple[Mapping[str, Sequence[AsyncTrigger]], str]:
    found: dict[str, dict[AsyncTrigger, None]] = defaultdict(dict)
    unread = ""
    for caller in graph.of_type(*TRIGGERS):
        try:
            for function, alias in _invoked_functions(caller, graph):
                found[function.urn][AsyncTrigger(caller, alias)] = None
        except NotEvaluatedError as error:
            unread = unread or f"what {caller!r} invokes: {error}"
    return {urn: tuple(callers) for urn, callers in found.items()}, unread


def _invoked_functions(caller: Resource, graph: ResourceGraph) -> Iterator[tuple[Resource, Resource | None]]:
    if caller.type == SUBSCRIPTION and caller.text("protocol") != "lambda":
        return
    for path in _paths(caller):
        for one in graph.targets(caller, path, FUNCTION, ALIAS, *OTHERS):
            if one.type == FUNCTION:
                yield one, None
            elif one.type == ALIAS:
                yield from ((function, one) for function in graph.targets(one, "functionName", FUNCTION))


def _paths(caller: Resource) -> Sequence[str]:
    if caller.type != BUCKET_NOTIFICATION:
        return (PATHS[caller.type],)
    # One by one, so that an unknown one among known ones is not overlooked.
    return [f"lambdaFunctions.{i}.lambdaFunctionArn" for i in range(len(caller.nodes("lambdaFunctions")))]
