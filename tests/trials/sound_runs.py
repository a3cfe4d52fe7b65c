"""A sound run on the shop in this process: its ledger's lines and its stores' records."""

import hashlib
import itertools
import json
import time
from collections.abc import Iterator
from typing import Any

from apps.contracts.consumers import consumers
from apps.shop.adapters.memory import MemoryBus, memory_shop, run_until_quiet
from apps.shop.application.place_order import place_order
from apps.shop.application.shop import Shop
from apps.shop.entrypoints.checkout import order_body
from apps.shop.entrypoints.operations import carry_out
from trials.lake import CONFIRMED, Lake, read_sales
from trials.mutants import RecordedRun
from trials.mutations import Line, MutableRecord
from trials.store_records import STORES

CUSTOMER = "trial-customer"


def record_sound_run(orders: int = 6) -> RecordedRun:
    """Some orders of every kind, one of them retried, on a shop that has no others."""
    shop = memory_shop()
    carry_out(shop, {"action": "seed"})
    skus = [
        record["sku"]
        for _, record in read_store_records(shop)
        if record["kind"] == "stock" and record["available"] >= 20
    ]
    scarce = min((r for _, r in read_store_records(shop) if r["kind"] == "stock"), key=lambda r: r["available"])["sku"]
    wanted = itertools.cycle(
        [({skus[0]: 2}, "ok"), ({skus[1]: 1}, "decline"), ({scarce: 20}, "ok"), ({skus[1]: 3}, "ok")]
    )
    lines: list[Line] = []
    numbers = itertools.count(1)
    for number, (skus_of_order, token) in zip(range(orders), wanted, strict=False):
        key = f"key-{number}"
        answer = _place(shop, lines, next(numbers), key, skus_of_order, token)
        if number == 0:
            _place(shop, lines, next(numbers), key, skus_of_order, token)
        lines.append({"line": "seen", "at": time.time(), "order": answer, "state": "PENDING"})
    run_until_quiet(shop)
    for _, record in read_store_records(shop):
        if record["kind"] == "order":
            lines.append({"line": "seen", "at": time.time(), "order": record["order_id"], "state": record["state"]})
    return RecordedRun(lines, [*read_shop_sales(shop), *read_store_records(shop)], consumers())


def read_shop_sales(shop: Shop) -> Iterator[MutableRecord]:
    """What analytics has: everything that the bus took."""
    bus = shop.bus
    assert isinstance(bus, MemoryBus)
    confirmed = [event.envelope() for event in bus.published if event.type == CONFIRMED]
    yield from ((t, dict(record)) for t, record in read_sales(Lake(lambda _: confirmed, 0), 0))


def read_store_records(shop: Shop) -> Iterator[MutableRecord]:
    """Everything that the stores have, as operators see it."""
    for store in STORES:
        cursor = None
        while True:
            page = carry_out(shop, {"action": "records", "store": store, "cursor": cursor})
            yield from ((store, json.loads(json.dumps(item))) for item in page["items"])
            cursor = page["cursor"]
            if cursor is None:
                break


def _place(shop: Shop, lines: list[Line], number: int, key: str, skus: dict[str, int], token: str) -> str:
    body = hashlib.sha256(json.dumps([skus, token]).encode()).hexdigest()
    attempt = {"customer": CUSTOMER, "key": key, "body": body, "lines": list(skus.items())}
    lines.append({"line": "attempt", "n": number, "at": time.time(), **attempt})
    placed = place_order(shop, CUSTOMER, key, skus, token)
    order_id = placed.order.order_id
    digest = hashlib.sha256(json.dumps(order_body(placed.order)).encode()).hexdigest()
    answered: dict[str, Any] = {"status": 202, "order": order_id, "replayed": placed.replayed, "digest": digest}
    lines.append({"line": "answer", "n": number, "at": time.time(), **answered})
    return order_id
