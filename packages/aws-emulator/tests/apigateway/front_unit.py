"""What unit tests of the front door share: a request, and a gateway whose answers are set by hand."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_emulator.front.door import Door, Outcome
from aws_emulator.front.messages import Exchange, Place, Refusal, Reply, Request, begun
from aws_emulator.front.throttles import Throttle, Throttles
from aws_emulator.quotas.buckets import Buckets

PLACE = Place("abc", "$default", "111122223333", "eu-west-1", "abc.execute-api.localhost")


def asked(method: str = "GET", path: str = "/", **fields: Any) -> Request:
    usual: dict[str, Any] = {"query": "", "headers": {}, "cookies": [], "body": b"", "source_ip": "203.0.113.7"}
    return Request(method, path, **{**usual, **fields})


def exchanged(place: Place = PLACE, **fields: Any) -> Exchange:
    found = begun(asked(), place)
    for name, value in fields.items():
        setattr(found, name, value)
    return found


@dataclass
class ByHand:
    """A gateway."""

    settings: dict[str, Any] = field(default_factory=dict)
    stages: dict[str, Any] = field(default_factory=lambda: {"$default": {}})
    routes: dict[str, dict[str, Any]] = field(default_factory=lambda: {"GET /": {"routeKey": "GET /"}})
    calls: Mapping[str, Any] | None = field(default_factory=lambda: {"integrationType": "AWS_PROXY"})
    limit: Throttle | None = field(default_factory=lambda: Throttle(10_000, 5_000))
    refusal: Refusal | None = None
    outcome: Outcome | Callable[[dict[str, Any]], Any] = field(default_factory=lambda: Outcome("returned", "fine"))
    events: list[dict[str, Any]] = field(default_factory=list)

    def api(self, place: Place) -> Mapping[str, Any]:
        return self.settings

    def stage(self, place: Place) -> Mapping[str, Any] | None:
        return self.stages.get(place.stage)

    def route(self, place: Place, method: str, path: str) -> tuple[Mapping[str, Any], Mapping[str, str]] | None:
        found = self.routes.get(f"{method} {path}") or self.routes.get("$default")
        return (found, {}) if found else None

    def integration(self, place: Place, route: Mapping[str, Any]) -> Mapping[str, Any] | None:
        return self.calls

    def account(self, place: Place) -> Throttle | None:
        return self.limit

    async def authorize(self, exchange: Exchange, route: Any, parameters: Any) -> Mapping[str, Any]:
        if self.refusal:
            raise self.refusal
        return {}

    async def invoke(self, exchange: Exchange, integration: Any, event: dict[str, Any]) -> Outcome:
        self.events.append(event)
        if isinstance(self.outcome, Outcome):
            return self.outcome
        found: Outcome = await self.outcome(event)
        return found

    async def pass_on(self, exchange: Exchange) -> Reply:
        return Reply(204)


def answered(gateway: ByHand, *requests: Request, place: Place = PLACE) -> tuple[list[Reply], list[Exchange]]:
    """The answers to requests, one after another, and what was told of them."""
    told: list[Exchange] = []
    door = Door(gateway, Throttles(Buckets()), (lambda exchange, _: told.append(exchange),))

    async def all_of_them() -> list[Reply]:
        return [await door.answer(request, place) for request in requests]

    return asyncio.run(all_of_them()), told
