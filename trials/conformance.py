"""Checks of the shop's HTTP API from outside: what every deployment must do."""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import httpx

from trials.client import Customer, ShopError, body

# A line of an order takes at most this many: apps/contracts/openapi.yaml
MOST_PER_LINE = 20
CONFIRM_SECONDS = 30.0


class ApiCheckSkippedError(Exception):
    """A check that this deployment offers nothing to check with; the message says what is missing."""


class ApiCheckFailedError(Exception):
    """A check that failed; the message says what was seen."""


@dataclass(frozen=True, slots=True)
class ApiCheckResult:
    """What came of one check."""

    check: str
    outcome: Literal["pass", "fail", "skipped"]
    detail: str
    """What was seen, or why it was skipped."""
    seconds: float


@dataclass(frozen=True, slots=True)
class StockedProducts:
    """What the checks buy."""

    plenty: str | None
    """SKU of a product with stock for all checks."""
    scarce: str | None
    """SKU of one whose stock can't fill an order."""


ApiCheck = Callable[["ApiCheckContext"], str]
"""Takes the context, and returns what was seen."""


@dataclass(frozen=True, slots=True)
class ApiCheckContext:
    """What a check works with."""

    customer: Customer
    products: StockedProducts
    seconds: float
    """Within which an order must be confirmed or cancelled."""

    def place_order(
        self,
        token: str = "ok",  # noqa: S107 - a card of the test provider
        *,
        sku: str | None = None,
        quantity: int = 1,
        key: str | None = None,
    ) -> Any:
        """Place an order that must be accepted; its answer."""
        wanted = sku or self.products.plenty
        if wanted is None:
            msg = f"no product of the catalog has {MOST_PER_LINE} in stock"
            raise ApiCheckSkippedError(msg)
        answer = self.customer.order({wanted: quantity}, token, key)
        require_status(answer, 202)
        return answer

    def await_end(self, answer: httpx.Response) -> Mapping[str, Any]:
        """The order of an answer, once it has an end."""
        return self.customer.follow(body(answer)["order_id"], self.seconds)


def check_api(customer: Customer, *, seconds: float = CONFIRM_SECONDS) -> Iterator[ApiCheckResult]:
    """Carry out every check, one after the other.

    Args:
        customer: Who buys; the shop's address is theirs.
        seconds: Within which an order must be confirmed or cancelled.
    """
    context: ApiCheckContext | None = None

    def read_catalog() -> str:
        nonlocal context
        products = _products(customer)
        context = ApiCheckContext(customer, _find_stocked(customer, products), seconds)
        return f"{len(products)} products"

    yield _run("the catalog lists products", read_catalog)
    for name, check in CHECKS:
        yield _run(name, lambda check=check: check(_require(context)))


def all_passed(results: Sequence[ApiCheckResult]) -> bool:
    """Whether a run proves anything, and nothing against the shop."""
    return any(result.outcome == "pass" for result in results) and all(result.outcome != "fail" for result in results)


def check_confirmation(context: ApiCheckContext) -> str:
    """An accepted order is readable at once and confirmed in time."""
    began = time.monotonic()
    answer = context.place_order(quantity=2)
    order_id = body(answer)["order_id"]
    require_status(context.customer.get(f"/v1/orders/{order_id}"), 200)
    _require_state(context.await_end(answer), "CONFIRMED")
    return f"{order_id} in {time.monotonic() - began:.1f} s"


def check_replay(context: ApiCheckContext) -> str:
    """The same key gives the same answer and no second order."""
    key = str(uuid.uuid4())
    first, again = context.place_order(key=key), context.place_order(key=key)
    if body(first) != body(again):
        msg = f"the second answer differs: {again.text[:120]}"
        raise ApiCheckFailedError(msg)
    if again.headers.get("idempotency-replayed") != "true":
        msg = "the second answer lacks 'Idempotency-Replayed: true'"
        raise ApiCheckFailedError(msg)
    return body(first)["order_id"]


def check_another_body(context: ApiCheckContext) -> str:
    """The same key with another body is refused and creates nothing."""
    key = str(uuid.uuid4())
    context.place_order(key=key)
    answer = context.customer.order({context.products.plenty or "": 3}, key=key)
    return _require_problem(answer, 422, "key_reused")


def check_missing_key(context: ApiCheckContext) -> str:
    """Without a key nothing is ordered."""
    return _require_problem(
        context.customer.order({context.products.plenty or "X": 1}, key=""), 400, "idempotency_key_required"
    )


def check_privacy(context: ApiCheckContext) -> str:
    """Somebody else's order is not found."""
    if context.customer.token:
        msg = "a second customer needs a second token"
        raise ApiCheckSkippedError(msg)
    order_id = body(context.place_order())["order_id"]
    stranger = Customer(context.customer.base_url)
    try:
        return _require_problem(stranger.get(f"/v1/orders/{order_id}"), 404, "order_not_found")
    finally:
        stranger.close()


def check_declined_card(context: ApiCheckContext) -> str:
    """A declined card cancels the order."""
    return _require_state(context.await_end(context.place_order("decline")), "CANCELLED", "PAYMENT_DECLINED")


def check_sold_out(context: ApiCheckContext) -> str:
    """An order above what is in stock is cancelled."""
    if context.products.scarce is None:
        msg = f"every product has {MOST_PER_LINE} or more in stock"
        raise ApiCheckSkippedError(msg)
    return _require_state(
        context.await_end(context.place_order(sku=context.products.scarce, quantity=MOST_PER_LINE)),
        "CANCELLED",
        "OUT_OF_STOCK",
    )


CHECKS: Sequence[tuple[str, ApiCheck]] = (
    ("an order is confirmed", check_confirmation),
    ("a retry with the same key gets the same answer", check_replay),
    ("another body under the same key is refused", check_another_body),
    ("an order without a key is refused", check_missing_key),
    ("somebody else's order is not found", check_privacy),
    ("a declined card cancels the order", check_declined_card),
    ("a product that is sold out cancels the order", check_sold_out),
)


def require_status(answer: httpx.Response, status: int) -> None:
    """Refuse an answer of another status.

    Raises:
        ApiCheckFailedError: the answer has one.
    """
    if answer.status_code != status:
        msg = f"expected {status}, got {answer.status_code}: {answer.text[:160]}"
        raise ApiCheckFailedError(msg)


def _products(customer: Customer) -> Sequence[Mapping[str, Any]]:
    answer = customer.get("/v1/products", limit=100)
    require_status(answer, 200)
    products: Sequence[Mapping[str, Any]] = body(answer).get("items") or []
    if not products:
        msg = "it is empty; `scaleshop up` fills a sandbox's"
        raise ApiCheckFailedError(msg)
    return products


def _find_stocked(customer: Customer, products: Sequence[Mapping[str, Any]]) -> StockedProducts:
    plenty = scarce = None
    for product in products:
        available = body(customer.get(f"/v1/products/{product['sku']}/availability")).get("available", 0)
        if available >= MOST_PER_LINE:
            plenty = plenty or str(product["sku"])
        else:
            scarce = scarce or str(product["sku"])
        if plenty and scarce:
            break
    return StockedProducts(plenty, scarce)


def _require(context: ApiCheckContext | None) -> ApiCheckContext:
    if context is None:
        msg = "the catalog could not be read"
        raise ApiCheckSkippedError(msg)
    return context


def _run(name: str, check: Callable[[], str]) -> ApiCheckResult:
    began = time.monotonic()
    outcome: Literal["pass", "fail", "skipped"] = "pass"
    try:
        detail = check()
    except ApiCheckSkippedError as error:
        outcome, detail = "skipped", str(error)
    except (ApiCheckFailedError, ShopError) as error:
        outcome, detail = "fail", str(error)
    return ApiCheckResult(name, outcome, detail, round(time.monotonic() - began, 2))


def _require_state(order: Mapping[str, Any], state: str, reason: str | None = None) -> str:
    if order.get("state") != state or (reason and order.get("reason") != reason):
        msg = f"order {order.get('order_id')} is {order.get('state')} {order.get('reason') or ''}, not {state}"
        raise ApiCheckFailedError(msg.replace(" ,", ","))
    return reason or state


def _require_problem(answer: httpx.Response, status: int, code: str) -> str:
    require_status(answer, status)
    if body(answer).get("code") != code:
        msg = f"expected the code '{code}', got {answer.text[:120]}"
        raise ApiCheckFailedError(msg)
    return f"{status} {code}"
