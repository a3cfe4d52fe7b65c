"""What stands between customers and the shop and lies: a blind checker would call it a pass."""

import itertools
import json
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from local_server import Answer, Serve

EVERY = 50
HEADERS = ("content-type", "idempotency-key", "x-customer-id", "retry-after", "idempotency-replayed")


@dataclass(frozen=True)
class Exchange:
    """A request on its way to the shop."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    number: int
    """Of this order's key; 0 for what places no order."""
    send: Callable[..., Answer]
    """Sends it on, with `more` headers, or another body `instead`; only known headers come back."""


Lie = Callable[[Exchange], Answer]


def honest(exchange: Exchange) -> Answer:
    return exchange.send()


def drops_every_fiftieth(exchange: Exchange) -> Answer:
    """Accepts an order and throws it away."""
    if not exchange.number or exchange.number % EVERY:
        return honest(exchange)
    order = {"order_id": str(uuid.uuid5(uuid.NAMESPACE_OID, exchange.headers["idempotency-key"])), "state": "PENDING"}
    return 202, {"content-type": "application/json"}, json.dumps(order).encode()


def duplicates_one(exchange: Exchange) -> Answer:
    """Places an order a second time, under a key of its own."""
    if exchange.number == 7:
        exchange.send(more={"idempotency-key": str(uuid.uuid4())})
    return honest(exchange)


def sends_more_than_was_ordered(exchange: Exchange) -> Answer:
    """Changes a quantity, so that the customer is charged too much."""
    if exchange.number != 7:
        return honest(exchange)
    body = json.loads(exchange.body)
    body["lines"][0]["quantity"] += 1
    return exchange.send(instead=json.dumps(body).encode())


def gives_it_to_somebody_else(exchange: Exchange) -> Answer:
    """Places an order for another customer."""
    if exchange.number != 7:
        return honest(exchange)
    return exchange.send(more={"x-customer-id": "somebody-else"})


def refuses_what_it_has_placed(exchange: Exchange) -> Answer:
    """Says that the shop is full, after the order was stored."""
    answer = exchange.send()
    if exchange.number != 7:
        return answer
    problem = {"code": "shop_full", "status": 503}
    return 503, {"content-type": "application/problem+json", "retry-after": "0"}, json.dumps(problem).encode()


def answers_a_replay_with_another_order(exchange: Exchange) -> Answer:
    """Makes a second answer of one that was given."""
    status, headers, content = honest(exchange)
    if status != 202 or headers.get("idempotency-replayed") != "true":
        return status, headers, content
    return status, headers, json.dumps({**json.loads(content), "order_id": str(uuid.uuid4())}).encode()


def confirms_what_is_cancelled(exchange: Exchange) -> Answer:
    """Shows customers a state that is not so."""
    status, headers, content = honest(exchange)
    if exchange.method != "GET" or b'"CANCELLED"' not in content:
        return status, headers, content
    return status, headers, content.replace(b'"CANCELLED"', b'"CONFIRMED"')


def sheds_without_a_word(exchange: Exchange) -> Answer:
    """Refuses in the shop's name, and does not say when to come again."""
    if exchange.number != 7:
        return honest(exchange)
    return 503, {"content-type": "application/problem+json"}, b'{"code":"shop_full","status":503}'


LIES: Mapping[Lie, str] = {
    drops_every_fiftieth: "I3",
    duplicates_one: "I4",
    sends_more_than_was_ordered: "I4",
    gives_it_to_somebody_else: "I3",
    refuses_what_it_has_placed: "I4",
    answers_a_replay_with_another_order: "I2",
    confirms_what_is_cancelled: "I8",
    sheds_without_a_word: "I10",
}
"""Each with the invariant that must see it."""


def put_between(shop: Serve, lie: Lie) -> Serve:
    """Serves customers by a shop, and lies."""
    numbers, keys, lock = itertools.count(1), dict[str, int](), threading.Lock()

    def serve(method: str, path: str, given: Mapping[str, str], body: bytes) -> Answer:
        headers = {name: value for name, value in given.items() if name in HEADERS}
        key = headers.get("idempotency-key")
        with lock:
            number = 0 if key is None else keys[key] if key in keys else keys.setdefault(key, next(numbers))

        def send(*, more: Mapping[str, str] | None = None, instead: bytes = body) -> Answer:
            status, answered, content = shop(method, path, {**headers, **(more or {})}, instead)
            found = {name.lower(): value for name, value in answered.items()}
            return status, {name: found[name] for name in HEADERS if name in found}, content

        return lie(Exchange(method, path, headers, body, number, send))

    return serve
