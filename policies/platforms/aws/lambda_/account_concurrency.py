"""AWS-SCA-01: what functions reserve leaves the account's floor of unreserved concurrency."""

import math
from collections.abc import Iterable, Iterator

from policies.core.graph import Graph
from policies.core.resource import Resource
from policies.core.rule import Problem, Rule, View, number
from policies.core.values import NotEvaluatedError
from policies.platforms.aws.lambda_.functions import RESERVED, reserved_by_all
from policies.platforms.aws.links import FUNCTION

GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"


def check(_: Resource, view: View) -> Iterator[Problem]:
    """Compare the sum of all reservations with what the account can give."""
    reserved = reserved_by_all(view.graph)
    limit, floor = view.number("accountLimit"), view.number("unreservedFloor")
    available = max(0, limit - floor)
    if reserved > available:
        yield Problem(
            f"the functions of this stack reserve {reserved:g} concurrent executions, this one the most; the account's "
            f"{limit:g} leave {available:g} above the floor of {floor:g}",
            f"reserve {available:g} or less in all, or have the quota raised",
            actual=reserved,
            required=available,
        )


def most_reserving(graph: Graph) -> Iterable[Resource]:
    """The one function that the sum is reported at."""
    return sorted(_reserving(graph), key=_share, reverse=True)[:1]


def _reserving(graph: Graph) -> Iterable[Resource]:
    return [function for function in graph.of(FUNCTION) if function.given(RESERVED)]


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
    subjects=most_reserving,
    sources=(GUIDE,),
    settings={
        "accountLimit": number(
            1_000, "Concurrent executions of the account and region; new ones may have 10", source=GUIDE
        ),
        "unreservedFloor": number(100, "Executions that must stay unreserved", source=GUIDE),
    },
)
