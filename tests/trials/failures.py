"""What some of the failures look like from outside, the same on every platform."""

import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from loopback import NO_CERTIFICATES

from trials.operators import read_records
from trials.store_records import OrderFacts, parse_records
from trials.trial import ShopTarget

TERMINAL = ("CONFIRMED", "CANCELLED")
UNDECIDED, SERVER_ERROR = (409, 429), 500
CROWD = httpx.Limits(max_connections=100)


def order(base_url: str, http: httpx.Client, key: str, sku: str, customer: str, token: str = "ok") -> httpx.Response:
    """The answer to an order; after one that decides nothing it is tried again with the same key."""
    body = {"lines": [{"sku": sku, "quantity": 1}], "payment_token": token}
    headers = {"Idempotency-Key": key, "X-Customer-Id": customer}
    deadline = time.monotonic() + 60
    while True:
        late = time.monotonic() > deadline
        try:
            answer = http.post(f"{base_url}/v1/orders", json=body, headers=headers)
        except httpx.TransportError:
            if late:
                raise
        else:
            undecided = answer.status_code in UNDECIDED or answer.status_code >= SERVER_ERROR
            if late or not undecided:
                return answer
        time.sleep(random.uniform(0.05, 0.5))  # a client's backoff


def place_concurrently(orders: Sequence[Callable[[], httpx.Response]], clients: int) -> list[httpx.Response]:
    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(lambda place: place(), orders))


def await_ends(target: ShopTarget, wanted: Sequence[str], seconds: float = 240) -> Mapping[str, OrderFacts]:
    """The stores' records of some orders, once all of them have an end and every event is out."""
    deadline = time.monotonic() + seconds
    while True:
        found = parse_records(read_records(target.operate)).orders
        ours = {order_id: found[order_id] for order_id in wanted if order_id in found}
        over = [o for o in ours.values() if o.state in TERMINAL and o.reservation != "HELD"]
        if len(over) == len(wanted) or time.monotonic() > deadline:
            return ours
        time.sleep(1)  # between two looks: each reads every record


def same_key_a_hundred_times_at_once(target: ShopTarget, sku: str) -> None:
    """One order, one charge, one answer."""
    key, customer = str(uuid.uuid4()), f"hasty-{uuid.uuid4().hex[:8]}"
    with httpx.Client(trust_env=False, verify=NO_CERTIFICATES, timeout=30, limits=CROWD) as http:
        # One before, so that the workers are warm: a hundred cold starts at once leave them little of a small machine.
        first = order(target.base_url, http, str(uuid.uuid4()), sku, customer + "-first")
        await_ends(target, [first.json()["order_id"]])
        answers = place_concurrently([lambda: order(target.base_url, http, key, sku, customer)] * 100, clients=100)
    assert Counter(answer.status_code for answer in answers) == {202: 100}
    assert len({answer.text for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) <= 1
    (order_id,) = {answer.json()["order_id"] for answer in answers}
    await_ends(target, [order_id])
    stored = parse_records(read_records(target.operate)).orders
    (mine,) = [found for found in stored.values() if found.customer == customer]
    assert mine.state == "CONFIRMED", mine.reason
    types = Counter(event.type for event in mine.events.values())
    assert types["shop.payment.captured.v1"] == 1


def two_hundred_buyers_of_ten_units(target: ShopTarget, sku: str) -> None:
    """Exactly ten are confirmed, whoever they are."""
    before = parse_records(read_records(target.operate)).stock[sku]
    target.operate("restock", sku=sku, quantity=10 - before.available) if before.available < 10 else None
    with httpx.Client(trust_env=False, verify=NO_CERTIFICATES, timeout=30, limits=CROWD) as http:
        buyers = [lambda n=n: order(target.base_url, http, str(uuid.uuid4()), sku, f"buyer-{n}") for n in range(200)]
        answers = place_concurrently(buyers, clients=25)
    assert Counter(answer.status_code for answer in answers) == {202: 200}
    found = await_ends(target, [answer.json()["order_id"] for answer in answers])
    states = Counter(order.state for order in found.values())
    assert states == {"CONFIRMED": 10, "CANCELLED": 190}
    after = parse_records(read_records(target.operate)).stock[sku]
    assert (after.available, after.reserved, after.committed) == (0, 0, before.committed + 10)


def totals(target: ShopTarget, baskets: Sequence[Mapping[str, int]]) -> list[tuple[int, int]]:
    """Total and shipping of each basket, as a customer is answered."""
    found: list[tuple[int, int]] = []
    with httpx.Client(trust_env=False, verify=NO_CERTIFICATES, timeout=30) as http:
        for basket in baskets:
            body: dict[str, Any] = {"payment_token": "ok", "lines": []}
            body["lines"] = [{"sku": sku, "quantity": quantity} for sku, quantity in basket.items()]
            headers = {"Idempotency-Key": str(uuid.uuid4()), "X-Customer-Id": "accountant"}
            answer = http.post(f"{target.base_url}/v1/orders", json=body, headers=headers).json()
            assert {line["sku"]: line["qty"] for line in answer["lines"]} == dict(basket)
            found.append((answer["total_minor"], answer["shipping_minor"]))
    return found


BASKETS: Sequence[Mapping[str, int]] = (
    {"PEN-01": 1},
    {"PEN-01": 3, "NOTE-01": 2},
    {"TEE-01": 20},
    {"SOCK-01": 7, "MUG-01": 1, "CAP-01": 13},
    {"LAMP-01": 1},
)
