"""AWS-SCA-05: an API admits no more than the functions behind it can run."""

from collections.abc import Iterator

from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation, number
from policies.platforms.aws.apigateway.apis import throttled_routes
from policies.platforms.aws.lambda_.functions import reserved_concurrency, total_reserved_concurrency
from policies.platforms.aws.links import ALIAS, API, FUNCTION, INTEGRATION, ROUTE, STAGE

PILLAR = (
    "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/"
    "rel_mitigate_interaction_failure_throttle_requests.html"
)
CONCURRENCY = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html"
LIMIT = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"


def check(stage: Resource, context: RuleContext) -> Iterator[Violation]:
    """Compare what the fastest route to each function admits with what that may run."""
    rates: dict[str, float] = {}
    functions: dict[str, Resource] = {}
    for found in throttled_routes(stage, context.graph):
        functions[found.function.urn] = found.function
        rates[found.function.urn] = max(found.rate, rates.get(found.function.urn, found.rate))
    if not functions:
        raise NotApplicableError("no throttled route of it leads to a function of this stack")
    seconds = context.number("expectedDuration")
    for urn, function in functions.items():
        with context.part():
            capacity = _capacity(function, context)
            rate, most = rates[urn], capacity / seconds
            if rate > most:
                yield Violation(
                    f"one route alone admits {rate:g} requests/s to '{function.name}'; at {seconds:g} s each that is "
                    f"{rate * seconds:g} executions at once, and it may run {capacity:g}",
                    f"throttle each of its routes to {most:g} requests/s or less, or reserve more for the function",
                    actual=rate,
                    required=most,
                )


def _capacity(function: Resource, context: RuleContext) -> float:
    own = reserved_concurrency(function)
    # Who reserves nothing shares what the others leave.
    return max(0, context.number("accountLimit") - total_reserved_concurrency(context.graph)) if own is None else own


RULE = Rule(
    id="aws-sca-05",
    title="An API's throttling matches the functions behind it",
    category="scaling",
    severity="medium",
    types=(STAGE,),
    reads=(API, ROUTE, INTEGRATION, ALIAS, FUNCTION),
    check=check,
    sources=(PILLAR, CONCURRENCY),
    settings={
        "expectedDuration": number(0.25, "Seconds that a request keeps its function busy", minimum=0.001),
        "accountLimit": number(
            1_000, "Concurrent executions of the account and region; new ones may have 10", source=LIMIT
        ),
    },
)
