"""What operators may read of the stores: every record, and of each record the fields that are named here.

A list of what is shown, not of what is hidden: a new field stays out until somebody puts it here.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from apps.shop.domain.events import SECRETS
from apps.shop.ports import Item

ORDER = (
    "order_id",
    "customer_id",
    "state",
    "reason",
    "currency",
    "lines",
    "shipping_minor",
    "total_minor",
    "placed_at",
    "updated_at",
    "sequence",
    "due_at",
)
RESERVATION = ("order_id", "reservation_id", "state", "wanted", "sequence", "expires_at", "due_at", "updated_at")
PAYMENT = ("order_id", "payment_id", "state", "attempt", "sequence", "reserved", "amount_minor", "currency")
SHOWN: Mapping[str, tuple[str, ...]] = {
    "order": ORDER,
    "key": ("order_id", "ttl"),
    "outbox": ("event_id", "event", "created_at", "published_at", "due_at", "ttl"),
    "inbox": ("event_id", "type", "applied_at", "ttl"),
    "stock": ("sku", "available", "reserved", "committed", "initial", "restocked"),
    "reservation": RESERVATION,
    "payment": PAYMENT,
}
ALWAYS = ("pk", "sk", "kind")


def shown(item: Item) -> Item:
    """A record as operators see it."""
    kept = {name: item[name] for name in (*ALWAYS, *SHOWN.get(item["kind"], ())) if name in item}
    return {name: CHANGED.get(name, _same)(value) for name, value in kept.items()}


def _same(value: Any) -> Any:
    return value


def _event(text: str) -> dict[str, Any]:
    envelope = json.loads(text)
    data = {name: value for name, value in envelope["data"].items() if name not in SECRETS}
    return {**envelope, "data": data}


CHANGED: Mapping[str, Callable[[Any], Any]] = {"event": _event}
