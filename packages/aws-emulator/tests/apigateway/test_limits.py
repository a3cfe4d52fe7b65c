"""Which limit holds for a route, and whose bucket it is."""

from dataclasses import replace

import pytest
from aws_emulator.apigateway.limits import RateLimit, RouteThrottles, find_route_limit
from aws_emulator.quotas.buckets import Buckets
from http_api_unit import ENDPOINT

ACCOUNT = RateLimit(10_000, 5_000)
DEFAULT = {"throttlingRateLimit": 20, "throttlingBurstLimit": 10}


@pytest.mark.parametrize(
    ("stage", "limit"),
    [
        ({}, None),
        ({"defaultRouteSettings": {"detailedMetricsEnabled": True}}, None),
        ({"defaultRouteSettings": DEFAULT}, RateLimit(20, 10)),
        ({"defaultRouteSettings": {"throttlingRateLimit": 20}}, RateLimit(20, 5_000)),
        ({"defaultRouteSettings": {"throttlingBurstLimit": 0}}, RateLimit(10_000, 0)),
        ({"routeSettings": {"GET /": {"throttlingRateLimit": 1}}}, RateLimit(1, 5_000)),
        ({"defaultRouteSettings": DEFAULT, "routeSettings": {"GET /": {"throttlingRateLimit": 1}}}, RateLimit(1, 10)),
        ({"defaultRouteSettings": DEFAULT, "routeSettings": {"PUT /": {"throttlingRateLimit": 1}}}, RateLimit(20, 10)),
    ],
)
def test_a_routes_own_limit_goes_before_the_stages_and_that_before_the_accounts(
    stage: dict[str, object], limit: RateLimit | None
) -> None:
    assert find_route_limit(stage, "GET /", ACCOUNT) == limit


def test_routes_stages_and_apis_have_buckets_of_their_own() -> None:
    throttles, one = RouteThrottles(Buckets(clock=lambda: 0.0)), RateLimit(1, 1)
    endpoints = [
        ENDPOINT,
        replace(ENDPOINT, stage="test"),
        replace(ENDPOINT, api="other"),
        replace(ENDPOINT, region="us-east-1"),
    ]
    assert [throttles.allow(endpoint, "GET /", one) for endpoint in endpoints] == [True] * 4
    assert throttles.allow(ENDPOINT, "PUT /", one)
    assert not throttles.allow(ENDPOINT, "GET /", one)


def test_a_limit_of_nothing_lets_nothing_pass() -> None:
    throttles = RouteThrottles(Buckets())
    assert not throttles.allow(ENDPOINT, "GET /", RateLimit(0, 0))
    assert throttles.allow(ENDPOINT, "GET /", None)
