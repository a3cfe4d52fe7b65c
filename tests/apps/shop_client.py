"""The shop over HTTP without a server: every answer is checked against the OpenAPI document."""

import json
from collections.abc import Mapping
from typing import Any

from shop_contract import check_answer
from shop_world import World

from apps.shop.entrypoints import catalog, checkout
from apps.shop.entrypoints.http import ApiRequest, ApiResponse, route

ROUTES = {**catalog.ROUTES, **checkout.ROUTES}
ORDER = {"lines": [{"sku": "MUG-01", "quantity": 1}], "payment_token": "ok"}


class Client:
    """A customer; `who=None` is nobody."""

    def __init__(self, world: World, who: str | None = "ann", *, subject: str | None = None) -> None:
        self.world, self.subject = world, subject
        self.headers = {} if who is None else {"x-customer-id": who}

    def send(
        self,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        **query: str,
    ) -> ApiResponse:
        request = ApiRequest(method, path, query, {**self.headers, **(headers or {})}, body, self.subject)
        response = route(self.world.shop, ROUTES, request)
        check_answer(method, path, response)
        return response

    def get(self, path: str, *, headers: Mapping[str, str] | None = None, **query: str) -> ApiResponse:
        return self.send("GET", path, headers=headers, **query)

    def order(self, body: Any = ORDER, key: str | None = "key") -> ApiResponse:
        """POST /v1/orders; bytes are sent as they are, a key of None is not sent."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.send("POST", "/v1/orders", body=raw, headers={} if key is None else {"idempotency-key": key})

    def cancel(self, order_id: str) -> ApiResponse:
        return self.send("POST", f"/v1/orders/{order_id}/cancel")


def code(response: ApiResponse) -> tuple[int, str]:
    """An answer's status and stable code."""
    return response.status, response.body["code"]
