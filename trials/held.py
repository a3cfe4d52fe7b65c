"""What the stores hold and what analytics counts: the operators' ledger and the lake, joined by order."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from trials.schemas import violation

TABLES = {"orders": "orders", "inventory": "inventory", "payment": "payments"}
"""What each service's store is called in the operators' ledger, by the service."""


@dataclass(slots=True)
class Event:
    """An event in an outbox."""

    type: str
    source: str
    sequence: int
    published: bool
    created_at: str
    violation: str | None = None
    """How it breaks its schema."""


@dataclass(slots=True)
class OrderFacts:
    """Everything about one order, from all stores."""

    customer: str | None = None
    """None while only other stores know of it."""
    state: str = ""
    reason: str | None = None
    sequence: int = 0
    total: int = 0
    worth: int = 0
    """What its lines and shipping come to."""
    currency: str = ""
    lines: dict[str, int] = field(default_factory=dict)
    placed_at: str = ""
    reservation: str = ""
    reserved: dict[str, int] = field(default_factory=dict)
    expires_at: str | None = None
    reservation_sequence: int = 0
    payment: str = ""
    amount: int | None = None
    payment_sequence: int = 0
    events: dict[str, Event] = field(default_factory=dict)
    """By event id."""
    applied: list[tuple[str, str, str, str]] = field(default_factory=list)
    """Service, event id, type and time of each record that an event was applied."""


@dataclass(slots=True)
class Stock:
    """One product's counts."""

    available: int
    reserved: int
    committed: int
    initial: int
    restocked: int


@dataclass(frozen=True, slots=True)
class Sale:
    """A confirmed order as analytics counts it."""

    total: int
    currency: str
    confirmed_at: str


@dataclass(slots=True)
class Held:
    """All stores."""

    orders: dict[str, OrderFacts] = field(default_factory=dict)
    stock: dict[str, Stock] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    """Order, by the digest of customer and key."""
    repeated: list[str] = field(default_factory=list)
    """Records that a store gave twice with different content."""
    sales: dict[str, dict[str, Sale]] | None = None
    """What the lake has, by order and event: a delivery may come twice. None where there is no lake."""
    records: int = 0


def held(records: Iterable[tuple[str, Mapping[str, Any]]]) -> Held:
    """What the records say, each with its table.

    Raises:
        KeyError: a record lacks what its kind has.
    """
    found = Held()
    for table, record in records:
        found.records += 1
        add = KINDS.get(record["kind"])
        if add is not None:
            add(found, table, record)
    return found


def key_digest(customer: str, key: str) -> str:
    """How the stores name a key: the contract of the kind `key` in apps/contracts/ops.json."""
    return hashlib.sha256(f"{customer}\n{key}".encode()).hexdigest()


def _order(found: Held, _: str, record: Mapping[str, Any]) -> None:
    order = found.orders.setdefault(record["order_id"], OrderFacts())
    order.customer, order.state, order.reason = record["customer_id"], record["state"], record.get("reason")
    order.sequence, order.total, order.currency = record["sequence"], record["total_minor"], record["currency"]
    order.worth = record["shipping_minor"] + sum(line["qty"] * line["unit_price_minor"] for line in record["lines"])
    order.lines = {line["sku"]: line["qty"] for line in record["lines"]}
    order.placed_at = record["placed_at"]


def _key(found: Held, _: str, record: Mapping[str, Any]) -> None:
    found.keys[record["pk"].removeprefix("KEY#")] = record["order_id"]


def _outbox(found: Held, _: str, record: Mapping[str, Any]) -> None:
    event = record["event"]
    order = found.orders.setdefault(event["subject"], OrderFacts())
    if record["event_id"] in order.events:
        found.repeated.append(f"event {record['event_id']} is in an outbox twice")
    published, created_at = "published_at" in record, record.get("created_at", "")
    broken = violation(event)
    told = Event(event["type"], event["source"], event["sequence"], published, created_at, broken)
    order.events[record["event_id"]] = told


def _inbox(found: Held, table: str, record: Mapping[str, Any]) -> None:
    order = found.orders.setdefault(record["pk"].removeprefix("ORDER#"), OrderFacts())
    order.applied.append((table, record["event_id"], record["type"], record.get("applied_at", "")))


def _stock(found: Held, _: str, record: Mapping[str, Any]) -> None:
    names = ("available", "reserved", "committed", "initial", "restocked")
    found.stock[record["sku"]] = Stock(*(record[name] for name in names))


def _reservation(found: Held, _: str, record: Mapping[str, Any]) -> None:
    order = found.orders.setdefault(record["order_id"], OrderFacts())
    order.reservation, order.reserved = record["state"], dict(record["wanted"])
    order.expires_at, order.reservation_sequence = record.get("expires_at"), record["sequence"]


def _payment(found: Held, _: str, record: Mapping[str, Any]) -> None:
    order = found.orders.setdefault(record["order_id"], OrderFacts())
    order.payment, order.amount = record["state"], record.get("amount_minor")
    order.payment_sequence = record["sequence"]


def _lake(found: Held, _: str, __: Mapping[str, Any]) -> None:
    found.sales = found.sales or {}


def _sale(found: Held, _: str, record: Mapping[str, Any]) -> None:
    found.sales = found.sales or {}
    sale = Sale(record["total_minor"], record["currency"], record["confirmed_at"])
    found.sales.setdefault(record["order_id"], {})[record["event_id"]] = sale


KINDS = {
    "order": _order,
    "key": _key,
    "outbox": _outbox,
    "inbox": _inbox,
    "stock": _stock,
    "reservation": _reservation,
    "payment": _payment,
    "lake": _lake,
    "sale": _sale,
}
