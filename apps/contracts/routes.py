"""The routes of the HTTP API: which unit serves each, and which asks nobody who they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from apps.contracts.documents import openapi

ApiUnit = Literal["catalog", "checkout"]


@dataclass(frozen=True, slots=True)
class ApiRoute:
    """A route of openapi.yaml."""

    key: str
    """Method and path, such as `GET /v1/orders/{order_id}`."""
    operation: str
    """Its `operationId`."""
    unit: ApiUnit
    """Who serves it: its `x-unit`."""
    public: bool
    """Whether no credentials are needed: its `security` is empty."""


@cache
def api_routes() -> Sequence[ApiRoute]:
    """Every route, in the document's order."""
    return tuple(
        ApiRoute(f"{method.upper()} {path}", about["operationId"], about["x-unit"], about.get("security") == [])
        for path, item in openapi()["paths"].items()
        for method, about in item.items()
        if method != "parameters"
    )


def routes_of(unit: ApiUnit) -> Sequence[ApiRoute]:
    """The routes that a unit serves."""
    return [route for route in api_routes() if route.unit == unit]
