"""What API Gateway accepts: sizes, times, and how many requests a route takes, by token buckets.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html

A stage's default settings hold for each route that has none of its own, with a bucket of its own ("per-API, per-stage
throttling limits are applied at the API method level"). AWS calls limits targets, not ceilings; here they are exact.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_emulator.apigateway.messages import ApiEndpoint
from aws_emulator.quotas.buckets import Buckets

BODY_BYTES = 10 * 1024 * 1024
"""Of a request."""
HEAD_BYTES = 10_240
"""Request line and header values together."""
TIMEOUT_MS = 30_000
"""An integration's, at most and by default."""
LINE_BYTES = 1024 * 1024
"""Of an access log's line."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A limit."""

    rate: float
    """Requests a second."""
    burst: float
    """Requests at once."""


def find_route_limit(stage: Mapping[str, Any], route_key: str, account: RateLimit) -> RateLimit | None:
    """The limit of a route: its own settings, then the stage's, then the account's.

    None where neither the route nor the stage has one: only the account's own bucket holds then.
    """
    own, default = (stage.get("routeSettings") or {}).get(route_key) or {}, stage.get("defaultRouteSettings") or {}
    rate = _find_first(own.get("throttlingRateLimit"), default.get("throttlingRateLimit"))
    burst = _find_first(own.get("throttlingBurstLimit"), default.get("throttlingBurstLimit"))
    if rate is None and burst is None:
        return None
    return RateLimit(account.rate if rate is None else rate, account.burst if burst is None else burst)


class RouteThrottles:
    """The buckets of all routes."""

    def __init__(self, buckets: Buckets) -> None:
        self._buckets = buckets

    def allow(self, endpoint: ApiEndpoint, route_key: str, throttle: RateLimit | None) -> bool:
        """Count a request, unless the route has had too many."""
        if throttle is None:
            return True
        key = (endpoint.account, endpoint.region, endpoint.api, endpoint.stage, route_key)
        return self._buckets.take(key, 1, rate=throttle.rate, capacity=throttle.burst)

    def clear(self) -> None:
        """Forget what was counted."""
        self._buckets.clear()


def _find_first(*values: Any) -> float | None:
    return next((float(value) for value in values if value is not None), None)
