"""AWS-RES-01: a queue hides a delivered message until its consumer has had every try."""

from collections.abc import Iterator

from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation, number
from policies.core.values import NotEvaluatedError
from policies.platforms.aws.links import FUNCTION, MAPPING, QUEUE
from policies.platforms.aws.sqs.queues import FUNCTION_TIMEOUT_SECONDS, VISIBILITY_SECONDS, consumers
from policies.predicates.aws.queues import VISIBILITY_FACTOR, visibility_needed

GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"


def check(queue: Resource, context: RuleContext) -> Iterator[Violation]:
    """Compare a queue's visibility timeout with each consumer's timeout."""
    readers = consumers(queue, context.graph)
    if not readers:
        raise NotApplicableError("no function of this stack reads it")
    visibility = queue.number("visibilityTimeoutSeconds", VISIBILITY_SECONDS)
    for reader in readers:
        with context.part():
            if reader.function is None:
                raise NotEvaluatedError(f"the function behind {reader.mapping!r} is not of this stack")
            timeout = reader.function.number("timeout", FUNCTION_TIMEOUT_SECONDS)
            window = reader.mapping.number("maximumBatchingWindowInSeconds", 0)
            factor = context.number("factor")
            needed = visibility_needed(visibility=visibility, consumer_timeout=timeout, window=window, factor=factor)
            if needed is not None:
                batching = f" plus its batching window ({window:g} s)" if window else ""
                yield Violation(
                    f"visibility timeout ({visibility:g} s) must be at least {factor:g} x the timeout of "
                    f"'{reader.function.name}' ({timeout:g} s){batching}",
                    f"set it to {needed:g} s or more",
                    actual=visibility,
                    required=needed,
                    # AWS refuses such a mapping.
                    severity="critical" if visibility < timeout else None,
                )


RULE = Rule(
    id="aws-res-01",
    title="A queue's visibility timeout covers its consumer's retries",
    category="resilience",
    severity="high",
    types=(QUEUE,),
    reads=(MAPPING, FUNCTION),
    check=check,
    sources=(GUIDE,),
    settings={
        "factor": number(
            VISIBILITY_FACTOR, "Times the consumer's timeout, before its batching window", source=GUIDE, minimum=1
        )
    },
)
