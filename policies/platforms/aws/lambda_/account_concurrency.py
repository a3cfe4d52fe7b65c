"""AWS-SCA-01: what functions reserve leaves the account's floor of unreserved concurrency."""

import math
from collections.abc import Iterable, Iterator

from policies.core.graph import ResourceGraph
from policies.core.resource import Resource
from policies.core.rule import Rule, RuleContext, Violation, number
from policies.core.values import NotEvaluatedError
from policies.platforms.aws.lambda_.functions import RESERVED, total_reserved_concurrency
from policies.platforms.aws.links import FUNCTION

GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"


def check(_: Resource, context: RuleContext) -> Iterator[Violation]:
    """Compare the sum of all reservations with what the account can give."""
    reserved = total_reserved_concurrency(context.graph)
    limit, floor = context.number("accountLimit"), context.number("unreservedFloor")
    available = max(0, limit - floor)
    if reserved > available:
        yield Violation(
            f"the functions of this stack reserve {reserved:g} concurrent executions, this one the most; the account's "
            f"{limit:g} leave {available:g} above the floor of {floor:g}",
            f"reserve {available:g} or less in all, or have the quota raised",
            actual=reserved,
            required=available,
        )


def largest_reservation(graph: ResourceGraph) -> Iterable[Resource]:
    """The one function that the sum is reported at."""
    return sorted(_reserving_functions(graph), key=_share, reverse=True)[:1]


def _reserving_functions(graph: ResourceGraph) -> Iterable[Resource]:
    return [function for function in graph.of_type(FUNCTION) if function.has(RESERVED)]


def _share(function: Resource) -> float:
    try:
        return function.number(RESERVED)
    except NotEvaluatedError:
        return -math.inf


RULE = Rule(
    id="aws-sca-01",
    title="Reserved concurrency leaves the account's floor",
    category="scaling",
    severity="high",
    types=(FUNCTION,),
    reads=(FUNCTION,),
    check=check,
    subjects=largest_reservation,
    sources=(GUIDE,),
    settings={
        "accountLimit": number(
            1_000, "Concurrent executions of the account and region; new ones may have 10", source=GUIDE
        ),
        "unreservedFloor": number(100, "Executions that must stay unreserved", source=GUIDE),
    },
)
