"""How the shop's things look as items of DynamoDB tables, and how they are found.

An order's items share the partition `ORDER#<id>` in each service's table: its state, its outbox, its inbox. What is
to be looked at some day has `due_at` and `due_shard`, the keys of the sparse index `due`. `ttl` is when DynamoDB may
delete an item.
"""

import base64
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from apps.shop.domain.clock import format_time
from apps.shop.domain.errors import BadCursorError
from apps.shop.domain.events import Event, parse_event
from apps.shop.domain.ids import key_digest
from apps.shop.domain.orders import SHOWN_TO_CUSTOMERS, Order, OrderLine
from apps.shop.domain.payments import Payment
from apps.shop.domain.products import Product
from apps.shop.domain.stock import HELD, Reservation, StockLevel
from apps.shop.ports import Acceptance, InboxRecord, KeyRecord, OutboxRecord, StoreRecord

Item = dict[str, Any]
"""JSON values, with the keys `pk` and `sk`."""
T = TypeVar("T")

# Spread over partitions, so that none is hot.
SHARDS = tuple(f"due#{number}" for number in range(4))
# Longer than a key must be known, and than any message is under way before it is a dead letter.
KEPT = timedelta(days=7)
CATALOG = "CATALOG"


class ItemKey(NamedTuple):
    """What an item is found by."""

    pk: str
    sk: str


def order_key(order_id: str, sk: str) -> ItemKey:
    """The key of one of an order's items: `ORDER`, `RESERVATION`, `PAYMENT`, `TOKEN`, an outbox or inbox item."""
    return ItemKey(f"ORDER#{order_id}", sk)


def product_key(sku: str) -> ItemKey:
    """The key of a product in the table of products."""
    return ItemKey(CATALOG, f"SKU#{sku}")


def level_key(sku: str) -> ItemKey:
    """The key of a product's counts in the table of stock."""
    return ItemKey(f"SKU#{sku}", "STOCK")


def acceptance_key(customer_id: str, key: str) -> ItemKey:
    """The key of what an idempotency key led to."""
    return ItemKey(f"KEY#{key_digest(customer_id, key)}", "KEY")


def outbox_key(event: Event) -> ItemKey:
    """The key of an event in its outbox."""
    return order_key(event.subject, f"OUTBOX#{event.source}#{event.sequence:06d}")


def inbox_key(fact: Event) -> ItemKey:
    """The key of the mark that a fact was applied."""
    return order_key(fact.subject, f"INBOX#{fact.id}")


def shard(of: str) -> str:
    """In which partition of the index `due` something is."""
    return SHARDS[zlib.crc32(of.encode()) % len(SHARDS)]


def expiry(moment: datetime) -> int:
    """A moment as `ttl`: seconds since the epoch."""
    return int(moment.timestamp())


# -- states: their items have their fields --------------------------------------------------------------------------

KEYS: Mapping[type[Any], tuple[str, Callable[[Any], ItemKey]]] = {
    Order: ("order", lambda order: order_key(order.order_id, "ORDER")),
    Reservation: ("reservation", lambda reservation: order_key(reservation.order_id, "RESERVATION")),
    Payment: ("payment", lambda payment: order_key(payment.order_id, "PAYMENT")),
    StockLevel: ("stock", lambda level: level_key(level.sku)),
    Product: ("product", lambda product: product_key(product.sku)),
}
"""The kind of each state, and the key of its item."""


def item_of(state: Any) -> Item:
    """The item of a state; due when an order is to be ended, and when reserved stock is to be given back."""
    kind, key = KEYS[type(state)]
    values = {name: value for name, value in asdict(state).items() if value is not None}
    item = {**key(state)._asdict(), "kind": kind, **values}
    if isinstance(state, Order):
        return {**item, **_due(state.order_id, state.due_at)}
    if isinstance(state, Reservation) and state.state == HELD:
        return {**item, **_due(state.order_id, state.expires_at)}
    return item


def state_of(type_: type[T], item: Mapping[str, Any]) -> T:
    """A state of a type from its item."""
    names = {field.name for field in fields(type_)}  # type: ignore[arg-type]
    values = {name: value for name, value in item.items() if name in names}
    if type_ is Order:
        lines = tuple(OrderLine(**line) for line in values["lines"])
        values = {"due_at": None, **values, "lines": lines}
    return type_(**values)


# -- what goes with them --------------------------------------------------------------------------------------------


def acceptance_item(acceptance: Acceptance, now: datetime) -> Item:
    """What an idempotency key led to."""
    order = asdict(acceptance.order)
    body = {name: order[name] for name in SHOWN_TO_CUSTOMERS if order[name] is not None}
    return {
        **acceptance_key(acceptance.order.customer_id, acceptance.key)._asdict(),
        "kind": "key",
        "order_id": acceptance.order.order_id,
        "fingerprint": acceptance.fingerprint,
        "body": json.dumps(body, separators=(",", ":")),
        "ttl": expiry(now + KEPT),
    }


def acceptance_of(item: Mapping[str, Any], customer_id: str, key: str) -> Acceptance:
    """What a customer's key led to, from its item."""
    known = {"customer_id": customer_id, "sequence": 1, **json.loads(item["body"])}
    return Acceptance(key, item["fingerprint"], state_of(Order, known))


def token_item(order_id: str, token: str, until: datetime) -> Item:
    """An order's payment token, by itself: nothing that shows orders can show it."""
    return {**order_key(order_id, "TOKEN")._asdict(), "kind": "token", "token": token, "ttl": expiry(until)}


def outbox_item(event: Event, now: datetime) -> Item:
    """An event that is to be published; due until it is."""
    return {
        **outbox_key(event)._asdict(),
        "kind": "outbox",
        "event_id": event.id,
        "event": json.dumps(event.envelope(), separators=(",", ":")),
        "created_at": format_time(now),
        **_due(event.id, format_time(now)),
    }


def event_of(item: Mapping[str, Any]) -> Event:
    """The event of an outbox item.

    Raises:
        ValueError: it is none of the shop's.
    """
    return parse_event(json.loads(item["event"]))


def inbox_item(fact: Event, now: datetime) -> Item:
    """The mark that a fact was applied; writing it twice is a conflict."""
    return {
        **inbox_key(fact)._asdict(),
        "kind": "inbox",
        "event_id": fact.id,
        "type": fact.type,
        "applied_at": format_time(now),
        "ttl": expiry(now + KEPT),
    }


# -- records for operators ------------------------------------------------------------------------------------------

RECORDS: Mapping[str, Callable[[Mapping[str, Any]], StoreRecord]] = {
    "order": lambda item: state_of(Order, item),
    "reservation": lambda item: state_of(Reservation, item),
    "payment": lambda item: state_of(Payment, item),
    "stock": lambda item: state_of(StockLevel, item),
    "key": lambda item: KeyRecord(item["order_id"], item["pk"].removeprefix("KEY#")),
    "outbox": lambda item: OutboxRecord(event_of(item), item["created_at"], item.get("published_at")),
    "inbox": lambda item: InboxRecord(
        item["pk"].removeprefix("ORDER#"), item["event_id"], item["type"], item["applied_at"]
    ),
}
"""Items as records, by kind; tokens are none."""


def cursor_of(key: ItemKey | None) -> str | None:
    """Where a page ended, as operators are given it."""
    return None if key is None else base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def parse_cursor(cursor: str | None) -> ItemKey | None:
    """Where a page begins.

    Raises:
        BadCursorError: the cursor is none that a page came with.
    """
    if cursor is None:
        return None
    try:
        pk, sk = json.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
        if not (isinstance(pk, str) and isinstance(sk, str) and pk and sk):
            raise ValueError(cursor)  # noqa: TRY301 - one answer to all that is wrong with it
    except (ValueError, TypeError):
        msg = "cursor must be the one that the page before came with."
        raise BadCursorError(msg) from None
    return ItemKey(pk, sk)


def _due(name: str, at: str | None) -> Item:
    return {} if at is None else {"due_shard": shard(name), "due_at": at}
