"""What operators may read of the stores: every record but payment tokens, and of each the fields that are named here.

A list of what is shown, not of what is hidden: a new field stays out until somebody puts it here.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from apps.shop.domain.events import SECRETS
from apps.shop.domain.orders import Order
from apps.shop.domain.payments import Payment
from apps.shop.domain.stock import Reservation, StockLevel
from apps.shop.ports import InboxRecord, KeyRecord, OutboxRecord, StoreRecord

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
FIELDS: Mapping[type[Any], tuple[str, tuple[str, ...]]] = {
    Order: ("order", ORDER),
    KeyRecord: ("key", ("order_id", "digest")),
    OutboxRecord: ("outbox", ("event_id", "event", "created_at", "published_at")),
    InboxRecord: ("inbox", ("order_id", "event_id", "type", "applied_at")),
    StockLevel: ("stock", ("sku", "available", "reserved", "committed", "initial", "restocked")),
    Reservation: (
        "reservation",
        ("order_id", "reservation_id", "state", "wanted", "sequence", "expires_at", "updated_at"),
    ),
    Payment: (
        "payment",
        ("order_id", "payment_id", "state", "attempt", "sequence", "reserved", "amount_minor", "currency"),
    ),
}
"""The kind of each record and its fields that are shown."""


def show_record(record: StoreRecord) -> dict[str, Any]:
    """A record as operators see it: its kind and its fields that have a value."""
    kind, fields = FIELDS[type(record)]
    values = asdict(record)
    if isinstance(record, Order):
        values["lines"] = list(values["lines"])
    if isinstance(record, OutboxRecord):
        values |= _event(record)
    return {"kind": kind, **{name: values[name] for name in fields if values[name] is not None}}


def _event(record: OutboxRecord) -> Mapping[str, Any]:
    envelope = record.event.envelope()
    data = {name: value for name, value in envelope["data"].items() if name not in SECRETS}
    return {"event_id": record.event.id, "event": {**envelope, "data": data}}
