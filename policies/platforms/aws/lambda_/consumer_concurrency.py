"""AWS-SCA-02: a full queue does not take all of an account's concurrency."""

from collections.abc import Iterator

from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation, number
from policies.core.values import NotEvaluatedError
from policies.platforms.aws.lambda_.functions import MAXIMUM_CONCURRENCY, reads_queue, reserved_concurrency
from policies.platforms.aws.links import FUNCTION, MAPPING, QUEUE
from policies.predicates import nearest_within
from policies.predicates.aws.queues import CONSUMER_CONCURRENCY

GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"
PILLAR = (
    "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/"
    "rel_mitigate_interaction_failure_throttle_requests.html"
)
LOWEST, HIGHEST = CONSUMER_CONCURRENCY


def check(mapping: Resource, context: RuleContext) -> Iterator[Violation]:
    """Look for what bounds the executions that a queue may start."""
    if not reads_queue(mapping, context.graph):
        raise NotApplicableError("it reads no queue")
    highest = context.number("highest")
    if mapping.has(MAXIMUM_CONCURRENCY):
        maximum = mapping.number(MAXIMUM_CONCURRENCY)
        nearest = nearest_within(maximum, low=LOWEST, high=highest)
        if nearest is not None:
            yield Violation(
                f"maximum concurrency ({maximum:g}) must be {LOWEST} to {highest:g}",
                f"set it to {nearest:g}",
                actual=maximum,
                required=nearest,
            )
    elif not mapping.has("provisionedPollerConfig.maximumPollers") and not _reserves(mapping, context):
        yield Violation(
            f"nothing bounds how many executions the queue starts: up to {HIGHEST} for this mapping, out of those that "
            "all functions of the account share",
            f"set scaling_config.maximum_concurrency, from {LOWEST} to what stands behind the function can take",
            actual=HIGHEST,
            required=highest,
        )


def _reserves(mapping: Resource, context: RuleContext) -> bool:
    function = context.graph.target(mapping, "functionName", FUNCTION)
    if function is None:
        raise NotEvaluatedError("its function is not of this stack, so what that reserves is not known")
    return reserved_concurrency(function) is not None


RULE = Rule(
    id="aws-sca-02",
    title="A queue consumer's concurrency is bounded",
    category="scaling",
    severity="high",
    types=(MAPPING,),
    reads=(QUEUE, FUNCTION),
    check=check,
    sources=(GUIDE, PILLAR),
    settings={
        "highest": number(HIGHEST, "Executions that one mapping may be allowed", source=GUIDE, minimum=LOWEST),
    },
)
