"""What every deployment of the shop must do, checked from outside: the first contract of the HTTP API."""

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


class SkippedError(Exception):
    """A check that this deployment offers nothing to check with; the message says what is missing."""


class FailedError(Exception):
    """A check that did not hold; the message says what was seen."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One check's outcome."""

    check: str
    outcome: Literal["pass", "fail", "skipped"]
    detail: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the checks buy: a product with stock for all of them, and one that can't fill an order."""

    plenty: str | None
    scarce: str | None


Check = Callable[["Trial"], str]


@dataclass(frozen=True, slots=True)
class Trial:
    """A customer in front of a shop, and how long an order may take."""

    customer: Customer
    shelf: Shelf
    seconds: float

    def placed(self, token: str = "ok", *, sku: str | None = None, quantity: int = 1, key: str | None = None) -> Any:  # noqa: S107
        """The answer to an accepted order."""
        wanted = sku or self.shelf.plenty
        if wanted is None:
            msg = f"no product of the catalogue has {MOST_PER_LINE} in stock"
            raise SkippedError(msg)
        answer = self.customer.order({wanted: quantity}, token, key)
        expect(answer, 202)
        return answer

    def ended(self, answer: httpx.Response) -> Mapping[str, Any]:
        """The order of an answer, once it has an end."""
        return self.customer.follow(body(answer)["order_id"], self.seconds)


def verify(customer: Customer, *, seconds: float = CONFIRM_SECONDS) -> Iterator[Verdict]:
    """Every check's verdict, one after the other as they are reached.

    Args:
        customer: Who buys; the shop's address is theirs.
        seconds: Within which an order must be confirmed or cancelled.
    """
    trial: Trial | None = None

    def catalogue() -> str:
        nonlocal trial
        products = _products(customer)
        trial = Trial(customer, _shelf(customer, products), seconds)
        return f"{len(products)} products"

    yield _judge("the catalogue lists products", catalogue)
    for name, check in CHECKS:
        yield _judge(name, lambda check=check: check(_needed(trial)))


def passed(verdicts: Sequence[Verdict]) -> bool:
    """Whether a run proves anything and nothing against the shop."""
    return any(v.outcome == "pass" for v in verdicts) and all(v.outcome != "fail" for v in verdicts)


def confirms(trial: Trial) -> str:
    """An accepted order is readable at once and confirmed in time."""
    began = time.monotonic()
    answer = trial.placed(quantity=2)
    order_id = body(answer)["order_id"]
    expect(trial.customer.get(f"/v1/orders/{order_id}"), 200)
    _is(trial.ended(answer), "CONFIRMED")
    return f"{order_id} in {time.monotonic() - began:.1f} s"


def replays(trial: Trial) -> str:
    """The same key gives the same answer and no second order."""
    key = str(uuid.uuid4())
    first, again = trial.placed(key=key), trial.placed(key=key)
    if body(first) != body(again):
        msg = f"the second answer differs: {again.text[:120]}"
        raise FailedError(msg)
    if again.headers.get("idempotency-replayed") != "true":
        msg = "the second answer lacks 'Idempotency-Replayed: true'"
        raise FailedError(msg)
    return body(first)["order_id"]


def refuses_another_body(trial: Trial) -> str:
    """The same key with another body is refused and creates nothing."""
    key = str(uuid.uuid4())
    trial.placed(key=key)
    answer = trial.customer.order({trial.shelf.plenty or "": 3}, key=key)
    return _problem(answer, 422, "key_reused")


def refuses_a_missing_key(trial: Trial) -> str:
    """Without a key nothing is ordered."""
    return _problem(trial.customer.order({trial.shelf.plenty or "X": 1}, key=""), 400, "idempotency_key_required")


def hides_from_others(trial: Trial) -> str:
    """Somebody else's order is not found."""
    if trial.customer.token:
        msg = "a second customer needs a second token"
        raise SkippedError(msg)
    order_id = body(trial.placed())["order_id"]
    stranger = Customer(trial.customer.base_url)
    try:
        return _problem(stranger.get(f"/v1/orders/{order_id}"), 404, "order_not_found")
    finally:
        stranger.close()


def cancels_when_declined(trial: Trial) -> str:
    """A declined card cancels the order."""
    return _is(trial.ended(trial.placed("decline")), "CANCELLED", "PAYMENT_DECLINED")


def cancels_when_sold_out(trial: Trial) -> str:
    """An order above what is in stock is cancelled."""
    if trial.shelf.scarce is None:
        msg = f"every product has {MOST_PER_LINE} or more in stock"
        raise SkippedError(msg)
    return _is(trial.ended(trial.placed(sku=trial.shelf.scarce, quantity=MOST_PER_LINE)), "CANCELLED", "OUT_OF_STOCK")


CHECKS: Sequence[tuple[str, Check]] = (
    ("an order is confirmed", confirms),
    ("a retry with the same key gets the same answer", replays),
    ("another body under the same key is refused", refuses_another_body),
    ("an order without a key is refused", refuses_a_missing_key),
    ("somebody else's order is not found", hides_from_others),
    ("a declined card cancels the order", cancels_when_declined),
    ("an empty shelf cancels the order", cancels_when_sold_out),
)


def expect(answer: httpx.Response, status: int) -> None:
    """Refuse another status.

    Raises:
        FailedError: the answer has one.
    """
    if answer.status_code != status:
        msg = f"expected {status}, got {answer.status_code}: {answer.text[:160]}"
        raise FailedError(msg)


def _products(customer: Customer) -> Sequence[Mapping[str, Any]]:
    answer = customer.get("/v1/products", limit=100)
    expect(answer, 200)
    products: Sequence[Mapping[str, Any]] = body(answer).get("items") or []
    if not products:
        msg = "it is empty; `scaleshop up` fills a sandbox's"
        raise FailedError(msg)
    return products


def _shelf(customer: Customer, products: Sequence[Mapping[str, Any]]) -> Shelf:
    plenty = scarce = None
    for product in products:
        available = body(customer.get(f"/v1/products/{product['sku']}/availability")).get("available", 0)
        if available >= MOST_PER_LINE:
            plenty = plenty or str(product["sku"])
        else:
            scarce = scarce or str(product["sku"])
        if plenty and scarce:
            break
    return Shelf(plenty, scarce)


def _needed(trial: Trial | None) -> Trial:
    if trial is None:
        msg = "the catalogue could not be read"
        raise SkippedError(msg)
    return trial


def _judge(name: str, check: Callable[[], str]) -> Verdict:
    began = time.monotonic()
    outcome: Literal["pass", "fail", "skipped"] = "pass"
    try:
        detail = check()
    except SkippedError as error:
        outcome, detail = "skipped", str(error)
    except (FailedError, ShopError) as error:
        outcome, detail = "fail", str(error)
    return Verdict(name, outcome, detail, round(time.monotonic() - began, 2))


def _is(order: Mapping[str, Any], state: str, reason: str | None = None) -> str:
    if order.get("state") != state or (reason and order.get("reason") != reason):
        msg = f"order {order.get('order_id')} is {order.get('state')} {order.get('reason') or ''}, not {state}"
        raise FailedError(msg.replace(" ,", ","))
    return reason or state


def _problem(answer: httpx.Response, status: int, code: str) -> str:
    expect(answer, status)
    if body(answer).get("code") != code:
        msg = f"expected the code '{code}', got {answer.text[:120]}"
        raise FailedError(msg)
    return f"{status} {code}"
