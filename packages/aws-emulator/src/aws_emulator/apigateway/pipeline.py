"""The way of a request through API Gateway: limits, route, throttle, authorizer, integration, answer, log line.

What it relies on (the settings of APIs, token verification, functions) is an `ApiBackend`.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from aws_emulator.apigateway import cors, limits, responses
from aws_emulator.apigateway.limits import RateLimit, RouteThrottles, find_route_limit
from aws_emulator.apigateway.messages import (
    ApiEndpoint,
    HttpApiError,
    HttpApiExchange,
    HttpApiRequest,
    HttpApiResponse,
    begin_exchange,
)
from aws_emulator.apigateway.payload import build_event

# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
DENIED = (
    "The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration. "
    "Check the permissions and try again."
)
FAILED = "The Lambda function returned the following error: {}. Check your Lambda function code and try again."
TIMED_OUT = "Endpoint request timed out"
THROTTLED = "Lambda function throttled: rate exceeded"
MISSING = "The function of the integration does not exist"

Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class IntegrationOutcome:
    """What became of an invocation."""

    kind: Literal["returned", "failed", "throttled", "denied", "missing"]
    value: Any = None
    """What it returned, parsed; what it said when it failed."""
    request: str = ""
    """The invocation's request id."""


class ApiBackend(Protocol):
    """What the pipeline relies on; settings are as the service's API spells them, in camelCase."""

    def find_api(self, endpoint: ApiEndpoint) -> Settings | None:
        """An API."""
        ...

    def find_stage(self, endpoint: ApiEndpoint) -> Settings | None:
        """A stage."""
        ...

    def find_route(self, endpoint: ApiEndpoint, method: str, path: str) -> tuple[Settings, Mapping[str, str]] | None:
        """The route for a request, and its path's parameters."""
        ...

    def find_integration(self, endpoint: ApiEndpoint, route: Settings) -> Settings | None:
        """What a route calls."""
        ...

    def find_account_limit(self, endpoint: ApiEndpoint) -> RateLimit | None:
        """The account's limit; None when it is reached."""
        ...

    async def authorize(self, exchange: HttpApiExchange, route: Settings, parameters: Mapping[str, str]) -> Settings:
        """The event's `authorizer`; raises `HttpApiError`."""
        ...

    async def invoke(
        self, exchange: HttpApiExchange, integration: Settings, event: dict[str, Any]
    ) -> IntegrationOutcome:
        """The outcome of a function."""
        ...

    async def forward(self, exchange: HttpApiExchange) -> HttpApiResponse:
        """The answer to what is not for a function."""
        ...


class RequestPipeline:
    """The way of every request to an HTTP API."""

    def __init__(
        self,
        backend: ApiBackend,
        throttles: RouteThrottles,
        listeners: Sequence[Callable[[HttpApiExchange, Settings], None]],
    ):
        """Set up the pipeline.

        Args:
            backend: APIs, settings, functions.
            throttles: What it counts requests with.
            listeners: Called after each answer, with the stage.
        """
        self._backend, self._throttles, self._listeners = backend, throttles, listeners
        self._abandoned: set[asyncio.Task[IntegrationOutcome]] = set()
        """Invocations that nobody waits for any longer; they run on, as on AWS."""

    async def handle(self, request: HttpApiRequest, endpoint: ApiEndpoint) -> HttpApiResponse:
        """The answer to a request."""
        exchange, started = begin_exchange(request, endpoint), time.perf_counter()
        api, stage = self._backend.find_api(endpoint) or {}, self._backend.find_stage(endpoint)
        try:
            reply = await self._run(exchange, api, stage)
        except HttpApiError as refusal:
            reply = self._build_error_response(exchange, api, refusal)
        reply = replace(reply, headers=(*reply.headers, ("apigw-requestid", exchange.id)))
        exchange.status, exchange.length = reply.status, len(reply.body)
        exchange.latency_ms = round((time.perf_counter() - started) * 1000)
        if stage is not None:
            for tell in self._listeners:
                tell(exchange, stage)
        return reply

    async def _run(self, exchange: HttpApiExchange, api: Settings, stage: Settings | None) -> HttpApiResponse:
        request, endpoint = exchange.request, exchange.endpoint
        if api.get("disableExecuteApiEndpoint") and not endpoint.custom:
            # https://repost.aws/knowledge-center/api-gateway-disable-endpoint
            raise HttpApiError(404, "Not Found", "RESOURCE_NOT_FOUND")
        if stage is None:
            raise HttpApiError(404, "Not Found", "RESOURCE_NOT_FOUND")
        if request.size > limits.HEAD_BYTES:
            raise HttpApiError(431, "Request Header Fields Too Large", "DEFAULT_4XX")
        if len(request.body) > limits.BODY_BYTES:
            raise HttpApiError(413, "Request Entity Too Large", "REQUEST_TOO_LARGE")
        account = self._backend.find_account_limit(endpoint)
        if account is None:
            raise HttpApiError(429, "Too Many Requests", "THROTTLED")
        found = self._backend.find_route(endpoint, request.method, request.path)
        if found is None:
            return _answer_without_route(api, request)
        route, parameters = found
        exchange.route_key = str(route.get("routeKey", "$default"))
        if not self._throttles.allow(
            endpoint, exchange.route_key, find_route_limit(stage, exchange.route_key, account)
        ):
            raise HttpApiError(429, "Too Many Requests", "THROTTLED")
        exchange.authorizer = await self._backend.authorize(exchange, route, parameters)
        reply = await self._integrate(exchange, route, parameters, stage)
        return _add_cors_headers(reply, api, request)

    async def _integrate(
        self, exchange: HttpApiExchange, route: Settings, parameters: Mapping[str, str], stage: Settings
    ) -> HttpApiResponse:
        integration = self._backend.find_integration(exchange.endpoint, route)
        if integration is None:
            raise HttpApiError(
                500, "Internal Server Error", "API_CONFIGURATION_ERROR", reason="the route has no integration"
            )
        started = time.perf_counter()
        try:
            if integration.get("integrationType") != "AWS_PROXY":
                return await self._backend.forward(exchange)
            event = build_event(exchange, parameters, stage.get("stageVariables") or {})
            return _build_function_response(exchange, await self._invoke_in_time(exchange, integration, event))
        finally:
            exchange.integration_ms = round((time.perf_counter() - started) * 1000)

    async def _invoke_in_time(
        self, exchange: HttpApiExchange, integration: Settings, event: dict[str, Any]
    ) -> IntegrationOutcome:
        milliseconds = min(int(integration.get("timeoutInMillis") or limits.TIMEOUT_MS), limits.TIMEOUT_MS)
        task = asyncio.ensure_future(self._backend.invoke(exchange, integration, event))
        done, _ = await asyncio.wait({task}, timeout=milliseconds / 1000)
        if done:
            return task.result()
        self._abandoned.add(task)
        task.add_done_callback(self._forget)
        # Lambda integrations of HTTP APIs: 503; REST APIs' 504 is another product's.
        raise HttpApiError(503, "Service Unavailable", "INTEGRATION_TIMEOUT", reason=TIMED_OUT)

    def _forget(self, task: "asyncio.Task[IntegrationOutcome]") -> None:
        self._abandoned.discard(task)
        if not task.cancelled():
            task.exception()  # nobody waits for it; it has been logged where it was run

    def _build_error_response(self, exchange: HttpApiExchange, api: Settings, refusal: HttpApiError) -> HttpApiResponse:
        exchange.error_message, exchange.error_type = refusal.message, refusal.kind
        if refusal.status in (401, 403):
            exchange.authorizer_error = refusal.reason
        elif refusal.reason:
            exchange.integration_error = refusal.reason
        own = responses.build_service_response(refusal.status, refusal.message)
        return _add_cors_headers(replace(own, headers=(*own.headers, *refusal.headers)), api, exchange.request)


def _answer_without_route(api: Settings, request: HttpApiRequest) -> HttpApiResponse:
    """A preflight request needs no route: the API answers it."""
    settings, origin = api.get("corsConfiguration"), request.headers.get("origin", "")
    if request.method == "OPTIONS" and settings:
        return HttpApiResponse(204, tuple(cors.build_preflight_headers(settings, origin)))
    raise HttpApiError(404, "Not Found", "RESOURCE_NOT_FOUND")


def _add_cors_headers(reply: HttpApiResponse, api: Settings, request: HttpApiRequest) -> HttpApiResponse:
    settings = api.get("corsConfiguration")
    if not settings:
        return reply
    return replace(
        reply, headers=tuple(cors.replace_cors_headers(reply.headers, settings, request.headers.get("origin", "")))
    )


def _build_function_response(exchange: HttpApiExchange, outcome: IntegrationOutcome) -> HttpApiResponse:
    exchange.function_request = outcome.request
    if outcome.kind == "returned":
        exchange.integration_status = 200
        try:
            reply = responses.build_function_response(outcome.value)
        except responses.MalformedResponseError as error:
            raise HttpApiError(500, "Internal Server Error", "INTEGRATION_FAILURE", reason=str(error)) from error
        exchange.function_status = reply.status
        return reply
    if outcome.kind == "throttled":
        exchange.integration_status = 429
        raise HttpApiError(503, "Service Unavailable", "INTEGRATION_FAILURE", reason=THROTTLED)
    exchange.integration_status = {"failed": 200, "denied": 403, "missing": 404}[outcome.kind]
    reason = {"failed": FAILED.format(_find_error_message(outcome.value)), "denied": DENIED, "missing": MISSING}[
        outcome.kind
    ]
    raise HttpApiError(500, "Internal Server Error", "INTEGRATION_FAILURE", reason=reason)


def _find_error_message(value: Any) -> str:
    return str(value.get("errorMessage", value)) if isinstance(value, Mapping) else str(value)
