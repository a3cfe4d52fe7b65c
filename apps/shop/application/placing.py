"""Placing an order: once, whatever the client does."""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.shop.application.context import Shop
from apps.shop.application.records import WEEK, order_pk, outbox, shard
from apps.shop.domain import orders
from apps.shop.domain.clock import after, text
from apps.shop.domain.errors import Problem
from apps.shop.domain.events import event
from apps.shop.domain.ids import new_id
from apps.shop.domain.orders import Line
from apps.shop.ports import ConflictError, Item, Key, Put

SOURCE = "shop.orders"
TRIES = 5
RETRY_AFTER_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Placed:
    """The answer to a placed order."""

    order_id: str
    body: dict[str, Any]
    replayed: bool


def place(shop: Shop, customer_id: str, key: str, lines: Mapping[str, int], token: str) -> Placed:
    """Place an order, or return the answer that its first attempt got.

    Args:
        shop: The shop.
        customer_id: Who orders.
        key: The client's idempotency key.
        lines: Quantity by SKU.
        token: What the payment provider charges.

    Raises:
        Problem: the key was used for another order, a SKU is unknown, or the shop is full.
    """
    fingerprint = _fingerprint(lines, token)
    for attempt in range(TRIES):
        known = shop.orders.get(_key(customer_id, key))
        if known is not None:
            return _replay(known, fingerprint)
        if attempt == 0:
            _admit(shop)
        order = _order(shop, customer_id, lines)
        try:
            _commit(shop, order, key, fingerprint, token)
        except ConflictError:
            time.sleep(0.01 * 2**attempt)  # another request with this key is being stored
            continue
        return Placed(order["order_id"], public(order), replayed=False)
    raise Problem(409, "order_in_flight", "Another request with this key is being handled; try again.", retry_after=1)


def public(order: Item) -> dict[str, Any]:
    """An order as clients see it."""
    names = (
        "order_id",
        "state",
        "reason",
        "currency",
        "lines",
        "shipping_minor",
        "total_minor",
        "placed_at",
        "updated_at",
    )
    return {name: order[name] for name in names if name in order}


def _order(shop: Shop, customer_id: str, lines: Mapping[str, int]) -> Item:
    products = {p["sku"]: p for p in shop.catalog.many([Key("CATALOG", f"SKU#{sku}") for sku in lines])}
    unknown = sorted(set(lines) - set(products))
    if unknown:
        fields = tuple({"field": "lines", "reason": f"unknown sku '{sku}'"} for sku in unknown)
        raise Problem(422, "unknown_sku", f"Not in the catalogue: {', '.join(unknown)}.", fields=fields)
    priced = tuple(Line(sku, qty, int(products[sku]["price_minor"])) for sku, qty in sorted(lines.items()))
    now = shop.clock()
    order_id = new_id()
    return {
        "pk": order_pk(order_id),
        "sk": "ORDER",
        "kind": "order",
        "order_id": order_id,
        "customer_id": customer_id,
        "state": orders.PENDING,
        "currency": "EUR",
        "lines": [{"sku": p.sku, "qty": p.qty, "unit_price_minor": p.unit_price_minor} for p in priced],
        "shipping_minor": orders.shipping(priced),
        "total_minor": orders.total(priced),
        "placed_at": text(now),
        "updated_at": text(now),
        "sequence": 1,
        "due_shard": shard(order_id),
        "due_at": after(now, shop.settings.order_deadline_seconds),
    }


def _commit(shop: Shop, order: Item, key: str, fingerprint: str, token: str) -> None:
    now = shop.clock()
    names = ("customer_id", "currency", "lines", "shipping_minor", "total_minor", "placed_at")
    data = {**{name: order[name] for name in names}, "payment_token": token}
    placed = event(SOURCE, "shop.order.placed.v1", order["order_id"], sequence=1, now=now, data=data)
    record = {
        "pk": _key(order["customer_id"], key).pk,
        "sk": "KEY",
        "kind": "key",
        "order_id": order["order_id"],
        "fingerprint": fingerprint,
        "body": json.dumps(public(order), separators=(",", ":")),
        "ttl": int(now.timestamp()) + WEEK,
    }
    resend = shop.settings.outbox_resend_after_seconds
    shop.orders.commit([Put(record), Put(order), outbox(placed, resend_after=resend, now=now)])


def _replay(known: Item, fingerprint: str) -> Placed:
    if known["fingerprint"] != fingerprint:
        raise Problem(422, "key_reused", "This Idempotency-Key was used for another order; use a new one.")
    return Placed(known["order_id"], json.loads(known["body"]), replayed=True)


def _admit(shop: Shop) -> None:
    limit = shop.settings.max_pending_orders
    if limit and shop.orders.waiting(limit) >= limit:
        detail = "More orders wait than the shop settles in time; try again soon."
        raise Problem(503, "shop_full", detail, retry_after=RETRY_AFTER_SECONDS)


def _key(customer_id: str, key: str) -> Key:
    digest = hashlib.sha256(f"{customer_id}\n{key}".encode()).hexdigest()
    return Key(f"KEY#{digest}", "KEY")


def _fingerprint(lines: Mapping[str, int], token: str) -> str:
    canonical = json.dumps([sorted(lines.items()), token], separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
