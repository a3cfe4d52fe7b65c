"""A customer of the shop, over HTTP."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from trials.customers import REQUEST_SECONDS, identity_headers
from trials.ledger_facts import TERMINAL

LOOPBACK = frozenset({"127.0.0.1", "localhost"})
POLL_SECONDS = 0.1


class ShopError(Exception):
    """The shop did not answer, or not as its contract says."""


@dataclass
class Customer:
    """One customer: a name where authentication is off, else a token."""

    base_url: str
    token: str | None = None
    name: str = field(default_factory=lambda: f"trial-{uuid.uuid4().hex[:12]}")

    def __post_init__(self) -> None:
        self._http = httpx.Client(
            base_url=self.base_url, timeout=REQUEST_SECONDS, trust_env=needs_environment_proxy(self.base_url)
        )

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        """A GET as this customer.

        Raises:
            ShopError: nobody answers.
        """
        return self._send("GET", path, params=parameters)

    def order(self, lines: Mapping[str, int], token: str = "ok", key: str | None = None) -> httpx.Response:  # noqa: S107
        """Place an order under a key (default a new one; an empty one is not sent)."""
        headers = {"Idempotency-Key": str(uuid.uuid4()) if key is None else key}
        body = {"lines": [{"sku": sku, "quantity": n} for sku, n in lines.items()], "payment_token": token}
        return self._send("POST", "/v1/orders", json=body, headers={k: v for k, v in headers.items() if v})

    def follow(self, order_id: str, seconds: float) -> Mapping[str, Any]:
        """The order once it has an end, or as it is when the time is up."""
        deadline = time.monotonic() + seconds
        while True:
            found = body(self.get(f"/v1/orders/{order_id}"))
            if found.get("state") in TERMINAL or time.monotonic() > deadline:
                return found
            time.sleep(POLL_SECONDS)

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        headers = {**identity_headers(self.name, self.token), **request.pop("headers", {})}
        try:
            return self._http.request(method, path, headers=headers, **request)
        except httpx.HTTPError as error:
            msg = f"{method} {self.base_url}{path}: {type(error).__name__} {error}"
            raise ShopError(msg) from error


def needs_environment_proxy(base_url: str) -> bool:
    """Whether a request to an address goes through a proxy of the environment: not on loopback."""
    return httpx.URL(base_url).host not in LOOPBACK


def body(response: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer.

    Raises:
        ShopError: it is none.
    """
    try:
        found = response.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        request = response.request
        msg = (
            f"{request.method} {request.url.path} answered {response.status_code} without JSON: {response.text[:120]!r}"
        )
        raise ShopError(msg)
    return found
