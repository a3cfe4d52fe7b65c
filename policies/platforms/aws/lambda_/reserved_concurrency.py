"""AWS-SCA-03: what queues start and what is kept warm fits in what the function has reserved."""

from collections.abc import Iterator, Sequence

from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation
from policies.platforms.aws.lambda_.functions import MAXIMUM_CONCURRENCY, RESERVED, reserved_concurrency
from policies.platforms.aws.links import ALIAS, FUNCTION, MAPPING, PROVISIONED

GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"
WARM = "https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html"


def check(function: Resource, context: RuleContext) -> Iterator[Violation]:
    """Compare both sums with the reservation."""
    if not function.has(RESERVED):
        raise NotApplicableError("it reserves nothing")
    mappings = [m for m in context.graph.referrers(function, MAPPING, "functionName") if m.has(MAXIMUM_CONCURRENCY)]
    warm = context.graph.referrers(function, PROVISIONED, "functionName")
    if not mappings and not warm:
        raise NotApplicableError("no queue consumer of it has a maximum and nothing of it is kept warm")
    limit = reserved_concurrency(function)
    if limit is None:
        raise NotApplicableError("it reserves nothing")
    with context.part():
        started = _sum(mappings, MAXIMUM_CONCURRENCY)
        if started > limit:
            yield Violation(
                f"the maximum concurrency of its {len(mappings)} queue consumer(s) ({started:g}) must not exceed its "
                f"reserved concurrency ({limit:g}); what is above is throttled and counts as failed deliveries",
                f"reserve {started:g} or more, or lower scaling_config.maximum_concurrency to {limit:g} in all",
                actual=started,
                required=limit,
            )
    with context.part():
        kept = _sum(warm, "provisionedConcurrentExecutions")
        if kept > limit:
            yield Violation(
                f"its provisioned concurrency ({kept:g}) must not exceed its reserved concurrency ({limit:g})",
                f"reserve {kept:g} or more, or keep {limit:g} warm in all",
                actual=kept,
                required=limit,
            )


def _sum(resources: Sequence[Resource], path: str) -> float:
    return sum(resource.number(path) for resource in resources)


RULE = Rule(
    id="aws-sca-03",
    title="Queue consumers and warm executions fit in the function's reservation",
    category="scaling",
    severity="high",
    types=(FUNCTION,),
    reads=(MAPPING, PROVISIONED, ALIAS),
    check=check,
    sources=(GUIDE, WARM),
)
