"""AWS-RES-03: a message gets enough tries to survive throttling, and not so many that a poisonous one never leaves."""

from collections.abc import Iterator

from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation, number
from policies.platforms.aws.links import MAPPING, QUEUE, REDRIVE
from policies.platforms.aws.sqs.queues import REDRIVE_POLICY, consumers, redrive_holder
from policies.predicates import nearest_within

RETRIES = "https://docs.aws.amazon.com/lambda/latest/dg/sqs-retries.html"


def check(queue: Resource, context: RuleContext) -> Iterator[Violation]:
    """Compare a redrive policy's receive count with what a function as consumer needs."""
    if not consumers(queue, context.graph):
        raise NotApplicableError("no function of this stack reads it")
    holder = redrive_holder(queue, context.graph)
    if holder is None:
        raise NotApplicableError("it has no redrive policy")
    count = holder.number(f"{REDRIVE_POLICY}.maxReceiveCount")
    low, high = context.number("minimum"), context.number("maximum")
    nearest = nearest_within(count, low=low, high=high)
    if nearest is not None:
        yield Violation(
            f"maxReceiveCount ({count:g}) must be {low:g} to {high:g} where a function is the consumer",
            f"set it to {nearest:g}",
            actual=count,
            required=nearest,
        )


RULE = Rule(
    id="aws-res-03",
    title="A message gets enough tries, and not too many",
    category="resilience",
    severity="medium",
    types=(QUEUE,),
    reads=(MAPPING, REDRIVE),
    check=check,
    sources=(RETRIES,),
    settings={
        "minimum": number(5, "Fewest receives before a message becomes a dead letter", source=RETRIES, minimum=1),
        "maximum": number(20, "Most receives before a message becomes a dead letter", minimum=1, maximum=1_000),
    },
)
