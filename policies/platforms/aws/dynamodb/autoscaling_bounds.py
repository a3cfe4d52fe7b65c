"""AWS-SCA-08: a table's autoscaling has room, reacts in time, and includes the indexes."""

from collections.abc import Iterator

from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation, number
from policies.platforms.aws.dynamodb.tables import is_on_demand, scaled_capacities
from policies.platforms.aws.links import SCALING_POLICY, SCALING_TARGET, TABLE
from policies.predicates import nearest_within

GUIDE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html"
TRACKING = "targetTrackingScalingPolicyConfiguration"


def check(resource: Resource, context: RuleContext) -> Iterator[Violation]:
    """Look at a table's indexes, a target's bounds, or a policy's target value."""
    kinds = {TABLE: _indexes, SCALING_TARGET: _bounds, SCALING_POLICY: _utilisation}
    yield from kinds[resource.type](resource, context)


def _indexes(table: Resource, context: RuleContext) -> Iterator[Violation]:
    if is_on_demand(table) or not table.nodes("globalSecondaryIndexes"):
        raise NotApplicableError("it is on demand or has no index")
    wanted = scaled_capacities(table, context.graph)
    if not wanted:
        raise NotApplicableError("it does not scale itself, which is another rule's")
    for index in table.nodes("globalSecondaryIndexes"):
        with context.part():
            have = scaled_capacities(table, context.graph, index.text("name")) & wanted
            if have != wanted:
                yield Violation(
                    f"{index.where} scales {len(have)} of the {len(wanted)} capacities that its table scales; a full "
                    "index refuses the table's writes",
                    "add a Target and a Policy for table/<name>/index/<index> with dimensions dynamodb:index:...",
                    actual=len(have),
                    required=len(wanted),
                )


def _bounds(target: Resource, _: RuleContext) -> Iterator[Violation]:
    if target.text("serviceNamespace") != "dynamodb":
        raise NotApplicableError("it scales no table")
    low, high = target.number("minCapacity"), target.number("maxCapacity")
    if high <= low:
        yield Violation(
            f"maximum capacity ({high:g}) must be above the minimum ({low:g}), else nothing scales",
            f"set max_capacity to more than {low:g}",
            actual=high,
            required=low + 1,
        )


def _utilisation(policy: Resource, context: RuleContext) -> Iterator[Violation]:
    metric = policy.text(f"{TRACKING}.predefinedMetricSpecification.predefinedMetricType")
    if not metric.startswith("DynamoDB"):
        raise NotApplicableError("it does not track the utilisation of a table")
    value = policy.number(f"{TRACKING}.targetValue")
    low, high, late = context.number("lowest"), context.number("highest"), context.number("late")
    nearest = nearest_within(value, low=low, high=high)
    if nearest is not None:
        yield Violation(
            f"target utilisation ({value:g} %) must be {low:g} to {high:g} %",
            f"set target_value to {nearest:g}",
            actual=value,
            required=nearest,
        )
    elif value > late:
        yield Violation(
            f"target utilisation ({value:g} %) leaves {100 - value:g} % for what comes in the minutes that scaling "
            f"takes; above {late:g} % bursts are throttled",
            f"set target_value to {late:g} or less",
            actual=value,
            required=late,
            severity="low",
        )


RULE = Rule(
    id="aws-sca-08",
    title="A table's autoscaling has room and includes its indexes",
    category="scaling",
    severity="medium",
    types=(TABLE, SCALING_TARGET, SCALING_POLICY),
    reads=(TABLE, SCALING_TARGET, SCALING_POLICY),
    check=check,
    sources=(GUIDE,),
    settings={
        "lowest": number(20, "Lowest target utilisation (%)", source=GUIDE, maximum=100),
        "highest": number(90, "Highest target utilisation (%)", source=GUIDE, maximum=100),
        "late": number(80, "Target utilisation (%) above which scaling comes late for bursts", maximum=100),
    },
)
