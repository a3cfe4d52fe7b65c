"""A deployed shop as its behaviours find it, and the records that they begin with."""

import itertools
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from shop_fixture import Shop

from apps.shop.adapters.aws.table import DynamoTable
from apps.shop.application.records import changed, order_pk, outbox, shard
from apps.shop.domain.clock import text
from apps.shop.domain.events import event
from apps.shop.domain.ids import new_id
from apps.shop.ports import Item, Key, Put

LINES = [{"sku": "PEN-01", "qty": 1, "unit_price_minor": 349}]
SOURCES = {"orders": "shop.orders", "inventory": "shop.inventory", "payments": "shop.payment"}
SALE_SECONDS = 20.0
RATE_SECONDS = 5.0
LOOK_SECONDS = 0.03
# An order takes a fifth of this to its end.
GRACE_SECONDS = 0.8


@dataclass
class Ground:
    """A deployed shop, and its tables as somebody with all rights sees them."""

    shop: Shop
    outputs: Mapping[str, Any] = field(init=False)
    given_up: Callable[[], bool] = field(default=lambda: False)
    """Whether waiting on has become pointless."""
    turn: "itertools.count[int]" = field(default_factory=itertools.count)
    """Answers are cached by what was asked; so it is something else each time."""

    def __post_init__(self) -> None:
        self.outputs = self.shop.outputs
        client = self.shop.client("dynamodb")
        self.tables = {name: DynamoTable(client, table) for name, table in self.outputs["tableNames"].items()}

    def ask(self, method: str, path: str, **request: Any) -> Any:
        return self.shop.http.request(method, self.outputs["apiUrl"] + path, **request)

    def ordered(self) -> Any:
        """The answer to an order; a customer who is turned away for the rate alone comes again."""
        body = {"lines": [{"sku": "PEN-01", "quantity": 1}], "payment_token": "ok"}
        key, deadline = str(uuid.uuid4()), time.monotonic() + RATE_SECONDS
        while True:
            answer = self.ask("POST", "/v1/orders", json=body, headers={"Idempotency-Key": key})
            if answer.status_code != 429 or time.monotonic() > deadline:
                return answer
            time.sleep(0.2)  # between two requests of a customer who is too fast

    def read(self, table: str, order_id: str, kind: str) -> Item:
        return self.tables[table].get(Key(order_pk(order_id), kind)) or {}

    def until(self, done: Callable[[], bool], seconds: float = SALE_SECONDS) -> bool:
        """Whether a condition came true; once there is no hope it must be soon."""
        deadline, hope, asked = time.monotonic() + seconds, True, 0.0
        while not done():
            now = time.monotonic()
            if now > deadline:
                return False
            if hope and now - asked > 5 * LOOK_SECONDS:
                hope, asked = not self.given_up(), now
                deadline = deadline if hope else now + GRACE_SECONDS
            time.sleep(LOOK_SECONDS)  # between two looks
        return True


def pending(ground: Ground, *, overdue: bool = False) -> str:
    """The id of a new open order that no consumer knows of."""
    order_id, now = new_id(), datetime.now(UTC)
    order = {
        "pk": order_pk(order_id),
        "sk": "ORDER",
        "kind": "order",
        "order_id": order_id,
        "customer_id": "customer",
        "state": "PENDING",
        "currency": "EUR",
        "lines": LINES,
        "shipping_minor": 499,
        "total_minor": 848,
        "placed_at": text(now),
        "updated_at": text(now),
        "sequence": 1,
        "due_shard": shard(order_id),
        "due_at": text(now - timedelta(hours=1) if overdue else now + timedelta(hours=1)),
    }
    ground.tables["orders"].commit([Put(order)])
    return order_id


def overdue_event(ground: Ground, table: str) -> Item:
    """An event that no relay has published; an update made it one, which the streams' filters leave out."""
    then = datetime.now(UTC) - timedelta(hours=1)
    told = event(SOURCES[table], "shop.order.cancelled.v1", new_id(), sequence=1, now=then, data={"reason": "CUSTOMER"})
    item = outbox(told, resend_after=60, now=then).item
    ground.tables[table].commit([Put(changed(dict(item), kind="draft", due_at=None, due_shard=None))])
    ground.tables[table].commit([Put(item, version=1)])
    return dict(item)


def overdue_reservation(ground: Ground) -> str:
    """The order's id of a reservation that outlived it."""
    order_id, then = new_id(), text(datetime.now(UTC) - timedelta(hours=1))
    held = {
        "pk": order_pk(order_id),
        "sk": "RESERVATION",
        "kind": "reservation",
        "order_id": order_id,
        "reservation_id": new_id(),
        "state": "HELD",
        "wanted": {"PEN-01": 1},
        "sequence": 1,
        "expires_at": then,
        "due_at": then,
        "due_shard": shard(order_id),
    }
    stock = ground.tables["inventory"].get(Key("SKU#PEN-01", "STOCK")) or {}
    taken = changed(stock, available=stock["available"] - 1, reserved=stock["reserved"] + 1)
    ground.tables["inventory"].commit([Put(held), Put(taken, version=stock["version"])])
    return order_id


def published(ground: Ground, table: str, item: Item) -> bool:
    """Whether an event is marked as published."""
    found = ground.tables[table].get(Key(item["pk"], item["sk"])) or {}
    return "published_at" in found


def image(ground: Ground, table: str, item: Item) -> Any:
    """A record as a stream has it."""
    key = {"pk": {"S": item["pk"]}, "sk": {"S": item["sk"]}}
    name = ground.outputs["tableNames"][table]
    return ground.shop.client("dynamodb").get_item(TableName=name, Key=key, ConsistentRead=True)["Item"]
