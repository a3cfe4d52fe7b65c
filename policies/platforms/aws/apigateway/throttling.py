"""AWS-SCA-04: an API's throttling is chosen, not the account's quota."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.core.resource import Resource
from policies.core.rule import Rule, RuleContext, Violation, number
from policies.core.values import PropertyNode
from policies.platforms.aws.apigateway.apis import BURST, RATE, method_settings, read_known_object, throttle_limits
from policies.platforms.aws.links import METHOD_SETTINGS, REST_API, REST_STAGE, STAGE

GUIDE = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html"
REST_GUIDE = "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html"
QUOTAS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"
ALL_METHODS = "*/*"
PLACES: Mapping[str, str] = {STAGE: "defaultRouteSettings", METHOD_SETTINGS: "settings"}


def check(resource: Resource, context: RuleContext) -> Iterator[Violation]:
    """Look at every place of a stage that has limits, or should."""
    if resource.type == REST_STAGE:
        yield from _missing_settings(resource, context)
        return
    place = PLACES[resource.type]
    with context.part():
        yield from _limit_violations(resource, f"{place}.", place, context)
    if resource.type == STAGE:
        for settings in resource.nodes("routeSettings"):
            with context.part():
                yield from _limit_violations(settings, "", settings.where, context)


def remedy(resource: Resource, context: RuleContext) -> Mapping[str, Any]:
    """Default limits, for a stage or for methods that have none at all."""
    place = PLACES.get(resource.type)
    if place is None:
        return {}
    settings = read_known_object(resource, place)
    limits = [
        throttle_limits(resource, f"{place}."),
        *(throttle_limits(route) for route in resource.nodes("routeSettings")),
    ]
    if settings is None or any(limit is not None for pair in limits for limit in pair):
        return {}
    return {place: {**settings, RATE: context.number("remedyRate"), BURST: context.number("remedyBurst")}}


def _limit_violations(settings: PropertyNode, prefix: str, where: str, context: RuleContext) -> Iterator[Violation]:
    rate, burst = throttle_limits(settings, prefix)
    quota = context.number("accountRate")
    if rate is None or burst is None:
        lacking = " and no ".join(n for n, limit in (("rate limit", rate), ("burst limit", burst)) if limit is None)
        yield Violation(
            f"{where} has no {lacking}, so that one caller may use up the account's {quota:g} requests/s",
            "set throttling_rate_limit and throttling_burst_limit to what was tested",
            required=quota,
        )
    elif rate <= 0 or burst <= 0:
        yield Violation(
            f"{where} has a rate limit of {rate:g} requests/s and a burst limit of {burst:g}; at 0 every request is "
            "refused",
            "set both above 0",
            actual=min(rate, burst),
            required=1,
        )
    elif rate > quota:
        yield Violation(
            f"{where} has a rate limit of {rate:g} requests/s, more than the account's {quota:g}, which throttle first",
            f"set throttling_rate_limit to {quota:g} or less",
            actual=rate,
            required=quota,
        )


def _missing_settings(stage: Resource, context: RuleContext) -> Iterator[Violation]:
    found = method_settings(stage, context.graph)
    if not any(settings.text("methodPath") == ALL_METHODS for settings in found):
        quota = context.number("accountRate")
        yield Violation(
            f"{len(found)} method settings are of this stage and none is for all methods, so that one caller may use "
            f"up the account's {quota:g} requests/s",
            f"add a MethodSettings with method_path '{ALL_METHODS}', a rate and a burst limit",
            actual=len(found),
            required=len(found) + 1,
        )


RULE = Rule(
    id="aws-sca-04",
    title="An API's throttling is set on purpose",
    category="scaling",
    severity="high",
    types=(STAGE, METHOD_SETTINGS, REST_STAGE),
    reads=(METHOD_SETTINGS, REST_STAGE, REST_API),
    check=check,
    remedy=remedy,
    sources=(GUIDE, REST_GUIDE, QUOTAS),
    settings={
        "accountRate": number(
            10_000, "Requests a second of the account and region; newer regions have 2,500", source=QUOTAS, minimum=1
        ),
        "remedyRate": number(100, "Requests a second that are set where a stage has no limit", minimum=1),
        "remedyBurst": number(200, "Requests at once that are set where a stage has no limit", minimum=1),
    },
)
