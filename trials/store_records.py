"""The records of the shop's stores and of its lake, parsed and joined by order.

This module alone knows the form of a record: a mapping with its `kind` among its fields, as the shop's operators' entry
point gives it (apps/contracts/ops.json).
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from jsonschema_rs import Draft202012Validator, Registry

from apps.contracts.documents import events

Record = tuple[str, Mapping[str, Any]]
"""A record with the service whose store it is from."""
STORES = ("orders", "inventory", "payment")
"""The services whose stores the operators' entry point shows."""
LAKE = "lake"
"""What stands in the place of a service with records of the lake."""
SHOWN_CHARACTERS = 160
"""Of a schema's complaint about an event."""


@dataclass(slots=True)
class StoredEvent:
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
    """Everything about one order, from all stores. Amounts are in the currency's minor unit."""

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
    """Quantity by SKU."""
    placed_at: str = ""
    reservation: str = ""
    """The state of its reservation."""
    reserved: dict[str, int] = field(default_factory=dict)
    """Quantity by SKU."""
    reservation_sequence: int = 0
    payment: str = ""
    """The state of its payment."""
    amount: int | None = None
    payment_sequence: int = 0
    events: dict[str, StoredEvent] = field(default_factory=dict)
    """By event id."""
    applied: list[tuple[str, str, str, str]] = field(default_factory=list)
    """Service, event id, type and time of each record that an event was applied."""


@dataclass(slots=True)
class StockCounts:
    """One product's units."""

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
class StoreSnapshot:
    """What all stores and the lake had when they were read."""

    orders: dict[str, OrderFacts] = field(default_factory=dict)
    """By order id."""
    stock: dict[str, StockCounts] = field(default_factory=dict)
    """By SKU."""
    keys: dict[str, str] = field(default_factory=dict)
    """Order id, by the digest of customer and key."""
    sales: dict[str, dict[str, Sale]] | None = None
    """What the lake has, by order and event: a delivery may come twice. None where there is no lake."""


def parse_records(records: Iterable[Record]) -> StoreSnapshot:
    """Join records by order.

    Raises:
        KeyError: a record lacks what its kind has.
    """
    found = StoreSnapshot()
    for service, record in records:
        add = KINDS.get(record["kind"])
        if add is not None:
            add(found, service, record)
    return found


def key_digest(customer: str, key: str) -> str:
    """How the stores name an idempotency key: the contract of the kind `key` in apps/contracts/ops.json."""
    return hashlib.sha256(f"{customer}\n{key}".encode()).hexdigest()


def order_of(record: Mapping[str, Any]) -> str:
    """The id of the order that a record is about; empty where it is about none."""
    return str(record.get("order_id") or record.get("event", {}).get("subject", ""))


def lake_record() -> Record:
    """What says that there is a lake, even an empty one."""
    return LAKE, {"kind": "lake"}


def sale_record(order_id: str, event_id: str, sale: Sale) -> Record:
    """A sale as the lake's record."""
    amounts = {"total_minor": sale.total, "currency": sale.currency, "confirmed_at": sale.confirmed_at}
    return LAKE, {"kind": "sale", "order_id": order_id, "event_id": event_id, **amounts}


def inbox_record(order_id: str, event_id: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """A consumer's record that it applied an event, as a run of `trials.mutants` adds it."""
    about = {"event_id": event_id, "type": event["type"], "applied_at": event["time"]}
    return {"kind": "inbox", "order_id": order_id, **about}


def rename_order(record: dict[str, Any], order_id: str, name: str) -> None:
    """Let a record be about another order, as a run of `trials.mutants` does."""
    if record.get("order_id") == order_id:
        record["order_id"] = name
    if "event" in record:
        record["event"]["subject"] = name


def find_violation(event: Mapping[str, Any]) -> str | None:
    """Where an event of an outbox breaks its schema, and how; None when it keeps it.

    A secret that an event shows breaks it too: operators' records leave out what the schemas mark `x-secret`.
    """
    validator = _validator()
    if validator.is_valid(event):
        return None
    error = next(validator.iter_errors(event))
    where = ".".join(str(part) for part in error.instance_path) or "the event"
    return f"{where}: {error.message}"[:SHOWN_CHARACTERS]


@cache
def _validator() -> Draft202012Validator:
    # Compiled once: a checker reads some hundred thousand events.
    schemas = {schema["$id"]: _without_secrets(schema) for schema in events().values()}
    envelope = schemas[events()["envelope"]["$id"]]
    return Draft202012Validator(envelope, registry=Registry(list(schemas.items())))


def _without_secrets(schema: Mapping[str, Any]) -> dict[str, Any]:
    properties = {name: about for name, about in schema.get("properties", {}).items() if not about.get("x-secret")}
    required = [name for name in schema.get("required", ()) if name in properties]
    return {**schema, "properties": properties, "required": required}


def _add_order(found: StoreSnapshot, _: str, record: Mapping[str, Any]) -> None:
    order = found.orders.setdefault(record["order_id"], OrderFacts())
    order.customer, order.state, order.reason = record["customer_id"], record["state"], record.get("reason")
    order.sequence, order.total, order.currency = record["sequence"], record["total_minor"], record["currency"]
    order.worth = record["shipping_minor"] + sum(line["qty"] * line["unit_price_minor"] for line in record["lines"])
    order.lines = {line["sku"]: line["qty"] for line in record["lines"]}
    order.placed_at = record["placed_at"]


def _add_key(found: StoreSnapshot, _: str, record: Mapping[str, Any]) -> None:
    found.keys[record["digest"]] = record["order_id"]


def _add_outbox(found: StoreSnapshot, _: str, record: Mapping[str, Any]) -> None:
    event = record["event"]
    order = found.orders.setdefault(event["subject"], OrderFacts())
    published, created_at = "published_at" in record, record.get("created_at", "")
    about = (event["type"], event["source"], event["sequence"])
    order.events[record["event_id"]] = StoredEvent(*about, published, created_at, find_violation(event))


def _add_inbox(found: StoreSnapshot, service: str, record: Mapping[str, Any]) -> None:
    order = found.orders.setdefault(order_of(record), OrderFacts())
    order.applied.append((service, record["event_id"], record["type"], record.get("applied_at", "")))


def _add_stock(found: StoreSnapshot, _: str, record: Mapping[str, Any]) -> None:
    names = ("available", "reserved", "committed", "initial", "restocked")
    found.stock[record["sku"]] = StockCounts(*(record[name] for name in names))


def _add_reservation(found: StoreSnapshot, _: str, record: Mapping[str, Any]) -> None:
    order = found.orders.setdefault(record["order_id"], OrderFacts())
    order.reservation, order.reserved = record["state"], dict(record["wanted"])
    order.reservation_sequence = record["sequence"]


def _add_payment(found: StoreSnapshot, _: str, record: Mapping[str, Any]) -> None:
    order = found.orders.setdefault(record["order_id"], OrderFacts())
    order.payment, order.amount = record["state"], record.get("amount_minor")
    order.payment_sequence = record["sequence"]


def _add_lake(found: StoreSnapshot, _: str, __: Mapping[str, Any]) -> None:
    found.sales = found.sales or {}


def _add_sale(found: StoreSnapshot, _: str, record: Mapping[str, Any]) -> None:
    found.sales = found.sales or {}
    sale = Sale(record["total_minor"], record["currency"], record["confirmed_at"])
    found.sales.setdefault(record["order_id"], {})[record["event_id"]] = sale


KINDS: Mapping[str, Callable[[StoreSnapshot, str, Mapping[str, Any]], None]] = {
    "order": _add_order,
    "key": _add_key,
    "outbox": _add_outbox,
    "inbox": _add_inbox,
    "stock": _add_stock,
    "reservation": _add_reservation,
    "payment": _add_payment,
    "lake": _add_lake,
    "sale": _add_sale,
}
