"""AWS-SCA-07: a table's capacity follows its load."""

from collections.abc import Iterator

from policies.core.resource import Resource
from policies.core.rule import Rule, RuleContext, Violation
from policies.platforms.aws.dynamodb.tables import CAPACITIES, is_on_demand, scaled_capacities
from policies.platforms.aws.links import SCALING_POLICY, SCALING_TARGET, TABLE

GUIDE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html"
CONFIG = "https://docs.aws.amazon.com/config/latest/developerguide/dynamodb-autoscaling-enabled.html"


def check(table: Resource, context: RuleContext) -> Iterator[Violation]:
    """Look for a scalable target and a policy of both capacities."""
    if is_on_demand(table):
        return
    missing = CAPACITIES - scaled_capacities(table, context.graph)
    if missing:
        which = " and ".join(sorted(missing)).lower()
        yield Violation(
            f"its capacity is provisioned and {len(CAPACITIES - missing)} of {len(CAPACITIES)} scale: {which} capacity "
            "lacks a scalable target or a policy",
            "set billing_mode to PAY_PER_REQUEST, or add an appautoscaling Target and Policy for each",
            actual=len(CAPACITIES - missing),
            required=len(CAPACITIES),
        )


RULE = Rule(
    id="aws-sca-07",
    title="A table's capacity follows its load",
    category="scaling",
    severity="high",
    types=(TABLE,),
    reads=(SCALING_TARGET, SCALING_POLICY),
    check=check,
    sources=(GUIDE, CONFIG),
)
