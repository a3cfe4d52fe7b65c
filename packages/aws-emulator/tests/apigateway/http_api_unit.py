"""What unit tests of HTTP APIs share: a request, and a backend whose answers are set by hand."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_emulator.apigateway.limits import RateLimit, RouteThrottles
from aws_emulator.apigateway.messages import (
    ApiEndpoint,
    HttpApiError,
    HttpApiExchange,
    HttpApiRequest,
    HttpApiResponse,
    begin_exchange,
)
from aws_emulator.apigateway.pipeline import IntegrationOutcome, RequestPipeline
from aws_emulator.quotas.buckets import Buckets

ENDPOINT = ApiEndpoint("abc", "$default", "111122223333", "eu-west-1", "abc.execute-api.localhost")


def make_request(method: str = "GET", path: str = "/", **fields: Any) -> HttpApiRequest:
    usual: dict[str, Any] = {"query": "", "headers": {}, "cookies": [], "body": b"", "source_ip": "203.0.113.7"}
    return HttpApiRequest(method, path, **{**usual, **fields})


def make_exchange(endpoint: ApiEndpoint = ENDPOINT, **fields: Any) -> HttpApiExchange:
    found = begin_exchange(make_request(), endpoint)
    for name, value in fields.items():
        setattr(found, name, value)
    return found


@dataclass
class FakeBackend:
    """A gateway."""

    settings: dict[str, Any] = field(default_factory=dict)
    stages: dict[str, Any] = field(default_factory=lambda: {"$default": {}})
    routes: dict[str, dict[str, Any]] = field(default_factory=lambda: {"GET /": {"routeKey": "GET /"}})
    calls: Mapping[str, Any] | None = field(default_factory=lambda: {"integrationType": "AWS_PROXY"})
    limit: RateLimit | None = field(default_factory=lambda: RateLimit(10_000, 5_000))
    refusal: HttpApiError | None = None
    outcome: IntegrationOutcome | Callable[[dict[str, Any]], Any] = field(
        default_factory=lambda: IntegrationOutcome("returned", "fine")
    )
    events: list[dict[str, Any]] = field(default_factory=list)

    def find_api(self, endpoint: ApiEndpoint) -> Mapping[str, Any]:
        return self.settings

    def find_stage(self, endpoint: ApiEndpoint) -> Mapping[str, Any] | None:
        return self.stages.get(endpoint.stage)

    def find_route(
        self, endpoint: ApiEndpoint, method: str, path: str
    ) -> tuple[Mapping[str, Any], Mapping[str, str]] | None:
        found = self.routes.get(f"{method} {path}") or self.routes.get("$default")
        return (found, {}) if found else None

    def find_integration(self, endpoint: ApiEndpoint, route: Mapping[str, Any]) -> Mapping[str, Any] | None:
        return self.calls

    def find_account_limit(self, endpoint: ApiEndpoint) -> RateLimit | None:
        return self.limit

    async def authorize(self, exchange: HttpApiExchange, route: Any, parameters: Any) -> Mapping[str, Any]:
        if self.refusal:
            raise self.refusal
        return {}

    async def invoke(self, exchange: HttpApiExchange, integration: Any, event: dict[str, Any]) -> IntegrationOutcome:
        self.events.append(event)
        if isinstance(self.outcome, IntegrationOutcome):
            return self.outcome
        found: IntegrationOutcome = await self.outcome(event)
        return found

    async def forward(self, exchange: HttpApiExchange) -> HttpApiResponse:
        return HttpApiResponse(204)


def answer_requests(
    gateway: FakeBackend, *requests: HttpApiRequest, endpoint: ApiEndpoint = ENDPOINT
) -> tuple[list[HttpApiResponse], list[HttpApiExchange]]:
    """The answers to requests, one after another, and the exchange that listeners got for each."""
    exchanges: list[HttpApiExchange] = []
    pipeline = RequestPipeline(gateway, RouteThrottles(Buckets()), (lambda exchange, _: exchanges.append(exchange),))

    async def all_of_them() -> list[HttpApiResponse]:
        return [await pipeline.handle(request, endpoint) for request in requests]

    return asyncio.run(all_of_them()), exchanges
