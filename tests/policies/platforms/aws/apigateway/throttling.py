"""Fixtures of AWS-SCA-04."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import API, METHOD_SETTINGS, REST_API, REST_STAGE, STAGE
from tests.policies.building import Stack
from tests.policies.cases import Cases, Fails, Passes

RATE, BURST = "throttlingRateLimit", "throttlingBurstLimit"
ROUTE = {"routeKey": "GET /", RATE: 50, BURST: 100}
UNSET = object()


def limits(rate: Any = UNSET, burst: Any = UNSET) -> Mapping[str, Any]:
    return {name: value for name, value in ((RATE, rate), (BURST, burst)) if value is not UNSET}


def staged(default: Any = None, *routes: Mapping[str, Any]) -> Stack:
    stack = Stack()
    api = stack.add(API, "api", protocolType="HTTP")
    given = {} if default is None else {"defaultRouteSettings": default}
    stack.add(STAGE, "stage", apiId=api.id, name="$default", routeSettings=list(routes), **given)
    return stack


def rest(*, paths: Mapping[str, Mapping[str, Any]], linked: bool = True, stage: Any = "prod") -> Stack:
    stack = Stack()
    api, other = stack.add(REST_API, "api"), stack.add(REST_API, "other")
    made = stack.add(REST_STAGE, "stage", restApi=api.id, stageName=stage)
    for i, (path, settings) in enumerate(paths.items()):
        owner = made.stageName if linked else "prod"
        stack.add(
            METHOD_SETTINGS, f"settings{i}", restApi=api.id, stageName=owner, methodPath=path, settings=dict(settings)
        )
    # The stage of another API that has the same name says nothing of this one.
    stack.add(METHOD_SETTINGS, "theirs", restApi=other.id, stageName="prod", methodPath="*/*", settings=limits(1, 1))
    return stack


def alone(settings: Any) -> Stack:
    stack = Stack()
    stack.add(METHOD_SETTINGS, "settings", restApi="a1", stageName="prod", methodPath="*/*", settings=settings)
    return stack


def detached() -> Stack:
    stack = Stack()
    stack.add(REST_STAGE, "stage", restApi="a1", stageName="prod")
    stack.add(METHOD_SETTINGS, "settings", restApi=UNKNOWN, stageName="prod", methodPath="*/*", settings=limits(1, 1))
    return stack


CASES = Cases(
    rule="aws-sca-04",
    passing=[
        Passes(partial(staged, limits(0.5, 1))),
        Passes(partial(staged, limits(10_000, 20_000))),
        Passes(partial(staged, limits(100, 200), ROUTE)),
        Passes(partial(staged, limits(2_500, 1)), settings={"accountRate": 2_500}),
        Passes(partial(rest, paths={"*/*": limits(10, 20), "orders/GET": limits(5, 5)})),
        Passes(partial(rest, paths={"*/*": limits(10, 20)}, linked=False)),
    ],
    failing=[
        Fails(staged, "stage", "defaultRouteSettings has no rate limit and no burst limit", None, 10_000),
        Fails(partial(staged, {"detailedMetricsEnabled": True}), "stage", "has no rate limit and", None, 10_000),
        Fails(partial(staged, limits(burst=5)), "stage", "has no rate limit, so", None, 10_000),
        Fails(partial(staged, limits(rate=5)), "stage", "has no burst limit, so", None, 10_000),
        Fails(partial(staged, limits(0, 5)), "stage", "rate limit of 0 requests/s and a burst limit of 5", 0, 1),
        Fails(partial(staged, limits(5, 0)), "stage", "at 0 every request is refused", 0, 1),
        Fails(partial(staged, limits(10_001, 1)), "stage", "more than the account's 10000", 10_001, 10_000),
        Fails(partial(staged, limits(101, 1)), "stage", "to 100 or less", 101, 100, settings={"accountRate": 100}),
        Fails(
            partial(staged, limits(5, 5), {"routeKey": "GET /"}), "stage", "routeSettings[0] has no rate", None, 10_000
        ),
        Fails(partial(staged, limits(5, 5), ROUTE, {**ROUTE, RATE: 0}), "stage", "routeSettings[1] has a rate", 0, 1),
        Fails(partial(rest, paths={}), "stage", "0 method settings are of this stage", 0, 1),
        Fails(partial(rest, paths={"orders/GET": limits(1, 1)}), "stage", "1 method settings are", 1, 2),
        Fails(partial(rest, paths={"*/*": limits()}), "settings0", "settings has no rate limit and", None, 10_000),
        Fails(partial(alone, limits(-1, -1)), "settings", "has no rate limit and no burst", None, 10_000),
        Fails(
            partial(rest, paths={"*/*": limits(1, 1), "a/GET": {"cachingEnabled": True}}),
            "settings1",
            "settings has no rate limit",
            None,
            10_000,
        ),
    ],
    not_applicable=[],
    not_evaluated=[
        (partial(staged, UNKNOWN), "defaultRouteSettings.throttlingRateLimit is not known"),
        (partial(staged, limits(5, UNKNOWN)), "throttlingBurstLimit is not known"),
        (partial(staged, limits(5, 5), {"routeKey": "GET /", RATE: UNKNOWN}), "routeSettings[0].throttlingRateLimit"),
        (partial(alone, UNKNOWN), "settings.throttlingRateLimit is not known"),
        (partial(rest, paths={UNKNOWN: limits(1, 1)}), "methodPath is not known"),
        (detached, "whose MethodSettings 'settings' are"),
    ],
    healed=[
        (staged, {"defaultRouteSettings": limits(100, 200)}),
        (
            partial(staged, {"detailedMetricsEnabled": True}),
            {"defaultRouteSettings": {"detailedMetricsEnabled": True, **limits(100, 200)}},
        ),
        (
            partial(alone, {"cachingEnabled": True, **limits(-1, -1)}),
            {"settings": {"cachingEnabled": True, **limits(100, 200)}},
        ),
        (partial(staged, limits(rate=5)), {}),
        (partial(staged, limits(burst=5)), {}),
        (partial(staged, limits(0, 0)), {}),
        (partial(staged, limits(20_000, 5)), {}),
        (partial(staged, None, ROUTE), {}),
        (partial(staged, UNKNOWN), {}),
        (partial(staged, {"detailedMetricsEnabled": UNKNOWN}), {}),
        (partial(staged, None, {"routeKey": "GET /", RATE: UNKNOWN}), {}),
        (detached, {}),
    ],
)
