"""The way of a request through API Gateway: limits, route, throttle, authorizer, integration, answer, log line.

What is behind it (the settings of APIs, token verification, functions) is a `Gateway`.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from aws_emulator.front import answers, cors, limits
from aws_emulator.front.event import build
from aws_emulator.front.messages import Exchange, Place, Refusal, Reply, Request, begun
from aws_emulator.front.throttles import Throttle, Throttles, of_route

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
class Outcome:
    """What became of an invocation."""

    kind: Literal["returned", "failed", "throttled", "denied", "missing"]
    value: Any = None
    """What it returned, parsed; what it said when it failed."""
    request: str = ""
    """The invocation's request id."""


class Gateway(Protocol):
    """What the door relies on; settings are as the service's API spells them, in camelCase."""

    def api(self, place: Place) -> Settings | None:
        """An API."""
        ...

    def stage(self, place: Place) -> Settings | None:
        """A stage."""
        ...

    def route(self, place: Place, method: str, path: str) -> tuple[Settings, Mapping[str, str]] | None:
        """The route for a request, and its path's parameters."""
        ...

    def integration(self, place: Place, route: Settings) -> Settings | None:
        """What a route calls."""
        ...

    def account(self, place: Place) -> Throttle | None:
        """The account's limit; None when it is reached."""
        ...

    async def authorize(self, exchange: Exchange, route: Settings, parameters: Mapping[str, str]) -> Settings:
        """The event's `authorizer`; raises `Refusal`."""
        ...

    async def invoke(self, exchange: Exchange, integration: Settings, event: dict[str, Any]) -> Outcome:
        """The outcome of a function."""
        ...

    async def pass_on(self, exchange: Exchange) -> Reply:
        """The answer to what is not for a function."""
        ...


class Door:
    """All HTTP APIs' front."""

    def __init__(self, gateway: Gateway, throttles: Throttles, told: Sequence[Callable[[Exchange, Settings], None]]):
        """A door.

        Args:
            gateway: What is behind it.
            throttles: What it counts requests with.
            told: Called after each answer, with the stage.
        """
        self._gateway, self._throttles, self._told = gateway, throttles, told
        self._left: set[asyncio.Task[Outcome]] = set()
        """Invocations that nobody waits for any longer; they run on, as on AWS."""

    async def answer(self, request: Request, place: Place) -> Reply:
        """The answer to a request."""
        exchange, started = begun(request, place), time.perf_counter()
        api, stage = self._gateway.api(place) or {}, self._gateway.stage(place)
        try:
            reply = await self._answered(exchange, api, stage)
        except Refusal as refusal:
            reply = self._refused(exchange, api, refusal)
        reply = replace(reply, headers=(*reply.headers, ("apigw-requestid", exchange.id)))
        exchange.status, exchange.length = reply.status, len(reply.body)
        exchange.latency_ms = round((time.perf_counter() - started) * 1000)
        if stage is not None:
            for tell in self._told:
                tell(exchange, stage)
        return reply

    async def _answered(self, exchange: Exchange, api: Settings, stage: Settings | None) -> Reply:
        request, place = exchange.request, exchange.place
        if api.get("disableExecuteApiEndpoint") and not place.custom:
            # https://repost.aws/knowledge-center/api-gateway-disable-endpoint
            raise Refusal(404, "Not Found", "RESOURCE_NOT_FOUND")
        if stage is None:
            raise Refusal(404, "Not Found", "RESOURCE_NOT_FOUND")
        if request.size > limits.HEAD_BYTES:
            raise Refusal(431, "Request Header Fields Too Large", "DEFAULT_4XX")
        if len(request.body) > limits.BODY_BYTES:
            raise Refusal(413, "Request Entity Too Large", "REQUEST_TOO_LARGE")
        account = self._gateway.account(place)
        if account is None:
            raise Refusal(429, "Too Many Requests", "THROTTLED")
        found = self._gateway.route(place, request.method, request.path)
        if found is None:
            return _without_route(api, request)
        route, parameters = found
        exchange.route_key = str(route.get("routeKey", "$default"))
        if not self._throttles.allow(place, exchange.route_key, of_route(stage, exchange.route_key, account)):
            raise Refusal(429, "Too Many Requests", "THROTTLED")
        exchange.authorizer = await self._gateway.authorize(exchange, route, parameters)
        reply = await self._integrated(exchange, route, parameters, stage)
        return _with_cors(reply, api, request)

    async def _integrated(
        self, exchange: Exchange, route: Settings, parameters: Mapping[str, str], stage: Settings
    ) -> Reply:
        integration = self._gateway.integration(exchange.place, route)
        if integration is None:
            raise Refusal(
                500, "Internal Server Error", "API_CONFIGURATION_ERROR", reason="the route has no integration"
            )
        started = time.perf_counter()
        try:
            if integration.get("integrationType") != "AWS_PROXY":
                return await self._gateway.pass_on(exchange)
            event = build(exchange, parameters, stage.get("stageVariables") or {})
            return _function_reply(exchange, await self._in_time(exchange, integration, event))
        finally:
            exchange.integration_ms = round((time.perf_counter() - started) * 1000)

    async def _in_time(self, exchange: Exchange, integration: Settings, event: dict[str, Any]) -> Outcome:
        milliseconds = min(int(integration.get("timeoutInMillis") or limits.TIMEOUT_MS), limits.TIMEOUT_MS)
        task = asyncio.ensure_future(self._gateway.invoke(exchange, integration, event))
        done, _ = await asyncio.wait({task}, timeout=milliseconds / 1000)
        if done:
            return task.result()
        self._left.add(task)
        task.add_done_callback(self._forget)
        # Lambda integrations of HTTP APIs: 503; REST APIs' 504 is another product's.
        raise Refusal(503, "Service Unavailable", "INTEGRATION_TIMEOUT", reason=TIMED_OUT)

    def _forget(self, task: "asyncio.Task[Outcome]") -> None:
        self._left.discard(task)
        if not task.cancelled():
            task.exception()  # nobody waits for it; it has been logged where it was run

    def _refused(self, exchange: Exchange, api: Settings, refusal: Refusal) -> Reply:
        exchange.error_message, exchange.error_type = refusal.message, refusal.kind
        if refusal.status in (401, 403):
            exchange.authorizer_error = refusal.reason
        elif refusal.reason:
            exchange.integration_error = refusal.reason
        own = answers.own(refusal.status, refusal.message)
        return _with_cors(replace(own, headers=(*own.headers, *refusal.headers)), api, exchange.request)


def _without_route(api: Settings, request: Request) -> Reply:
    """A preflight request needs no route: the API answers it."""
    settings, origin = api.get("corsConfiguration"), request.headers.get("origin", "")
    if request.method == "OPTIONS" and settings:
        return Reply(204, tuple(cors.preflight(settings, origin)))
    raise Refusal(404, "Not Found", "RESOURCE_NOT_FOUND")


def _with_cors(reply: Reply, api: Settings, request: Request) -> Reply:
    settings = api.get("corsConfiguration")
    if not settings:
        return reply
    return replace(reply, headers=tuple(cors.overridden(reply.headers, settings, request.headers.get("origin", ""))))


def _function_reply(exchange: Exchange, outcome: Outcome) -> Reply:
    exchange.function_request = outcome.request
    if outcome.kind == "returned":
        exchange.integration_status = 200
        try:
            reply = answers.of_function(outcome.value)
        except answers.MalformedError as error:
            raise Refusal(500, "Internal Server Error", "INTEGRATION_FAILURE", reason=str(error)) from error
        exchange.function_status = reply.status
        return reply
    if outcome.kind == "throttled":
        exchange.integration_status = 429
        raise Refusal(503, "Service Unavailable", "INTEGRATION_FAILURE", reason=THROTTLED)
    exchange.integration_status = {"failed": 200, "denied": 403, "missing": 404}[outcome.kind]
    reason = {"failed": FAILED.format(_said(outcome.value)), "denied": DENIED, "missing": MISSING}[outcome.kind]
    raise Refusal(500, "Internal Server Error", "INTEGRATION_FAILURE", reason=reason)


def _said(value: Any) -> str:
    return str(value.get("errorMessage", value)) if isinstance(value, Mapping) else str(value)
