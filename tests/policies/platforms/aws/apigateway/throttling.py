"""Fixtures of AWS-SCA-04."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import API, METHOD_SETTINGS, REST_API, REST_STAGE, STAGE
from tests.policies.building import Stack
from tests.policies.cases import Cases, FailingCase, PassingCase

RATE, BURST = "throttlingRateLimit", "throttlingBurstLimit"
ROUTE = {"routeKey": "GET /", RATE: 50, BURST: 100}
UNSET = object()


def limits(rate: Any = UNSET, burst: Any = UNSET) -> Mapping[str, Any]:
    return {name: value for name, value in ((RATE, rate), (BURST, burst)) if value is not UNSET}


def http_stage(default: Any = None, *routes: Mapping[str, Any]) -> Stack:
    stack = Stack()
    api = stack.add(API, "api", protocolType="HTTP")
    given = {} if default is None else {"defaultRouteSettings": default}
    stack.add(STAGE, "stage", apiId=api.id, name="$default", routeSettings=list(routes), **given)
    return stack


def rest_stage(*, paths: Mapping[str, Mapping[str, Any]], linked: bool = True, stage: Any = "prod") -> Stack:
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


def lone_settings(settings: Any) -> Stack:
    stack = Stack()
    stack.add(METHOD_SETTINGS, "settings", restApi="a1", stageName="prod", methodPath="*/*", settings=settings)
    return stack


def unlinked_settings() -> Stack:
    stack = Stack()
    stack.add(REST_STAGE, "stage", restApi="a1", stageName="prod")
    stack.add(METHOD_SETTINGS, "settings", restApi=UNKNOWN, stageName="prod", methodPath="*/*", settings=limits(1, 1))
    return stack


CASES = Cases(
    rule="aws-sca-04",
    passing=[
        PassingCase(partial(http_stage, limits(0.5, 1))),
        PassingCase(partial(http_stage, limits(10_000, 20_000))),
        PassingCase(partial(http_stage, limits(100, 200), ROUTE)),
        PassingCase(partial(http_stage, limits(2_500, 1)), settings={"accountRate": 2_500}),
        PassingCase(partial(rest_stage, paths={"*/*": limits(10, 20), "orders/GET": limits(5, 5)})),
        PassingCase(partial(rest_stage, paths={"*/*": limits(10, 20)}, linked=False)),
    ],
    failing=[
        FailingCase(http_stage, "stage", "defaultRouteSettings has no rate limit and no burst limit", None, 10_000),
        FailingCase(
            partial(http_stage, {"detailedMetricsEnabled": True}), "stage", "has no rate limit and", None, 10_000
        ),
        FailingCase(partial(http_stage, limits(burst=5)), "stage", "has no rate limit, so", None, 10_000),
        FailingCase(partial(http_stage, limits(rate=5)), "stage", "has no burst limit, so", None, 10_000),
        FailingCase(
            partial(http_stage, limits(0, 5)), "stage", "rate limit of 0 requests/s and a burst limit of 5", 0, 1
        ),
        FailingCase(partial(http_stage, limits(5, 0)), "stage", "at 0 every request is refused", 0, 1),
        FailingCase(partial(http_stage, limits(10_001, 1)), "stage", "more than the account's 10000", 10_001, 10_000),
        FailingCase(
            partial(http_stage, limits(101, 1)), "stage", "to 100 or less", 101, 100, settings={"accountRate": 100}
        ),
        FailingCase(
            partial(http_stage, limits(5, 5), {"routeKey": "GET /"}),
            "stage",
            "routeSettings[0] has no rate",
            None,
            10_000,
        ),
        FailingCase(
            partial(http_stage, limits(5, 5), ROUTE, {**ROUTE, RATE: 0}), "stage", "routeSettings[1] has a rate", 0, 1
        ),
        FailingCase(partial(rest_stage, paths={}), "stage", "0 method settings are of this stage", 0, 1),
        FailingCase(partial(rest_stage, paths={"orders/GET": limits(1, 1)}), "stage", "1 method settings are", 1, 2),
        FailingCase(
            partial(rest_stage, paths={"*/*": limits()}), "settings0", "settings has no rate limit and", None, 10_000
        ),
        FailingCase(partial(lone_settings, limits(-1, -1)), "settings", "has no rate limit and no burst", None, 10_000),
        FailingCase(
            partial(rest_stage, paths={"*/*": limits(1, 1), "a/GET": {"cachingEnabled": True}}),
            "settings1",
            "settings has no rate limit",
            None,
            10_000,
        ),
    ],
    not_applicable=[],
    not_evaluated=[
        (partial(http_stage, UNKNOWN), "defaultRouteSettings.throttlingRateLimit is not known"),
        (partial(http_stage, limits(5, UNKNOWN)), "throttlingBurstLimit is not known"),
        (
            partial(http_stage, limits(5, 5), {"routeKey": "GET /", RATE: UNKNOWN}),
            "routeSettings[0].throttlingRateLimit",
        ),
        (partial(lone_settings, UNKNOWN), "settings.throttlingRateLimit is not known"),
        (partial(rest_stage, paths={UNKNOWN: limits(1, 1)}), "methodPath is not known"),
        (unlinked_settings, "whose MethodSettings 'settings' are"),
    ],
    healed=[
        (http_stage, {"defaultRouteSettings": limits(100, 200)}),
        (
            partial(http_stage, {"detailedMetricsEnabled": True}),
            {"defaultRouteSettings": {"detailedMetricsEnabled": True, **limits(100, 200)}},
        ),
        (
            partial(lone_settings, {"cachingEnabled": True, **limits(-1, -1)}),
            {"settings": {"cachingEnabled": True, **limits(100, 200)}},
        ),
        (partial(http_stage, limits(rate=5)), {}),
        (partial(http_stage, limits(burst=5)), {}),
        (partial(http_stage, limits(0, 0)), {}),
        (partial(http_stage, limits(20_000, 5)), {}),
        (partial(http_stage, None, ROUTE), {}),
        (partial(http_stage, UNKNOWN), {}),
        (partial(http_stage, {"detailedMetricsEnabled": UNKNOWN}), {}),
        (partial(http_stage, None, {"routeKey": "GET /", RATE: UNKNOWN}), {}),
        (unlinked_settings, {}),
    ],
)
