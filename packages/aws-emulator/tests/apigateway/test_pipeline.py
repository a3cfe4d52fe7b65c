"""The way of a request through the pipeline."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from aws_emulator.apigateway import limits
from aws_emulator.apigateway.limits import RouteThrottles
from aws_emulator.apigateway.messages import HttpApiError
from aws_emulator.apigateway.pipeline import DENIED, IntegrationOutcome, RequestPipeline
from aws_emulator.quotas.buckets import Buckets
from http_api_unit import ENDPOINT, FakeBackend, answer_requests, make_request

SHOP = "https://shop.example"


def answer_one(gateway: FakeBackend, request: Any = None, **more: Any) -> tuple[Any, Any]:
    """Answer and exchange of one request."""
    replies, exchanges = answer_requests(gateway, request or make_request(), **more)
    return replies[0], exchanges[0] if exchanges else None


def test_what_a_function_returns_is_the_answer_under_the_requests_own_id() -> None:
    gateway = FakeBackend(outcome=IntegrationOutcome("returned", {"statusCode": 201, "body": "made"}, "invocation"))
    reply, exchange = answer_one(gateway)
    assert (reply.status, reply.body) == (201, b"made")
    assert dict(reply.headers)["apigw-requestid"] == exchange.id == gateway.events[0]["requestContext"]["requestId"]
    assert (exchange.function_status, exchange.integration_status, exchange.length) == (201, 200, 4)


@pytest.mark.parametrize(
    ("outcome", "status", "message", "said"),
    [
        (IntegrationOutcome("failed", {"errorMessage": "out of stock"}), 500, "Internal Server Error", "out of stock"),
        (IntegrationOutcome("failed", "no object"), 500, "Internal Server Error", "no object"),
        (IntegrationOutcome("denied"), 500, "Internal Server Error", DENIED),
        (IntegrationOutcome("missing"), 500, "Internal Server Error", "does not exist"),
        (IntegrationOutcome("throttled"), 503, "Service Unavailable", "throttled"),
        (IntegrationOutcome("returned", {"statusCode": "many"}), 500, "Internal Server Error", "statusCode"),
    ],
)
def test_a_function_that_gives_no_answer_is_a_server_error_and_the_log_knows_why(
    outcome: IntegrationOutcome, status: int, message: str, said: str
) -> None:
    reply, exchange = answer_one(FakeBackend(outcome=outcome))
    assert (reply.status, json.loads(reply.body)) == (status, {"message": message})
    assert said in exchange.integration_error
    assert (exchange.error_message, exchange.error_type) == (message, "INTEGRATION_FAILURE")


def test_a_function_that_takes_too_long_is_given_up_and_runs_on() -> None:
    ended = []

    async def scenario() -> None:
        let_go = asyncio.Event()

        async def slow(event: Any) -> IntegrationOutcome:
            await let_go.wait()
            ended.append(event["rawPath"])
            return IntegrationOutcome("returned", "late")

        gateway = FakeBackend(calls={"integrationType": "AWS_PROXY", "timeoutInMillis": 50}, outcome=slow)
        pipeline = RequestPipeline(gateway, RouteThrottles(Buckets()), ())
        reply = await pipeline.handle(make_request(), ENDPOINT)
        assert (reply.status, json.loads(reply.body)) == (503, {"message": "Service Unavailable"})
        assert not ended
        let_go.set()
        await asyncio.gather(*pipeline._abandoned)
        await asyncio.sleep(0)
        assert not pipeline._abandoned

    asyncio.run(scenario())
    assert ended == ["/"]


def test_a_request_above_the_stages_limit_is_refused_before_the_authorizer() -> None:
    gateway = FakeBackend(
        stages={"$default": {"defaultRouteSettings": {"throttlingRateLimit": 0, "throttlingBurstLimit": 2}}}
    )
    replies, exchanges = answer_requests(gateway, *[make_request()] * 4)
    assert [reply.status for reply in replies] == [200, 200, 429, 429]
    assert (exchanges[-1].error_type, exchanges[-1].route_key) == ("THROTTLED", "GET /")
    assert len(gateway.events) == 2


def test_a_request_above_the_accounts_quota_is_refused() -> None:
    reply, _ = answer_one(FakeBackend(limit=None))
    assert (reply.status, json.loads(reply.body)) == (429, {"message": "Too Many Requests"})


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (make_request("GET", "/nowhere"), 404),
        (make_request(body=b"x" * (limits.BODY_BYTES + 1)), 413),
        (make_request(size=limits.HEAD_BYTES + 1), 431),
        (make_request(size=limits.HEAD_BYTES, body=b"x" * limits.BODY_BYTES), 200),
    ],
)
def test_what_is_not_routed_or_too_large_does_not_reach_the_function(request_: Any, status: int) -> None:
    gateway = FakeBackend()
    reply, exchange = answer_one(gateway, request_)
    assert reply.status == exchange.status == status
    assert len(gateway.events) == (status == 200)


def test_a_stage_that_is_not_there_is_not_found_and_has_no_log() -> None:
    reply, exchange = answer_one(FakeBackend(), endpoint=replace(ENDPOINT, stage="gone"))
    assert (reply.status, exchange) == (404, None)


def test_a_disabled_default_endpoint_leaves_the_owners_domain_open() -> None:
    gateway = FakeBackend(settings={"disableExecuteApiEndpoint": True})
    assert answer_one(gateway)[0].status == 404
    assert answer_one(gateway, endpoint=replace(ENDPOINT, custom=True))[0].status == 200


def test_a_refused_token_has_its_challenge_and_the_reason_is_for_the_log() -> None:
    refusal = HttpApiError(401, "Unauthorized", "UNAUTHORIZED", ("www-authenticate", "Bearer"), reason="no token")
    reply, exchange = answer_one(FakeBackend(refusal=refusal))
    assert (reply.status, dict(reply.headers)["www-authenticate"]) == (401, "Bearer")
    assert (exchange.authorizer_error, exchange.integration_error) == ("no token", "")


def test_a_route_without_an_integration_is_an_error() -> None:
    assert answer_one(FakeBackend(calls=None))[0].status == 500


def test_what_is_for_no_function_is_passed_on() -> None:
    assert answer_one(FakeBackend(calls={"integrationType": "HTTP_PROXY"}))[0].status == 204


def test_a_preflight_request_needs_no_route_where_the_api_has_cors_settings() -> None:
    cors = {"corsConfiguration": {"allowOrigins": [SHOP], "allowMethods": ["GET"], "maxAge": 5}}
    asks = make_request("OPTIONS", "/", headers={"origin": SHOP, "access-control-request-method": "GET"})
    reply, _ = answer_one(FakeBackend(settings=cors), asks)
    assert (reply.status, dict(reply.headers)["access-control-allow-methods"]) == (204, "GET")
    assert answer_one(FakeBackend(), asks)[0].status == 404


def test_an_error_carries_cors_headers_too_so_that_a_page_can_read_it() -> None:
    gateway = FakeBackend(
        settings={"corsConfiguration": {"allowOrigins": [SHOP]}}, outcome=IntegrationOutcome("failed", {})
    )
    reply, _ = answer_one(gateway, make_request(headers={"origin": SHOP}))
    assert (reply.status, dict(reply.headers)["access-control-allow-origin"]) == (500, SHOP)
