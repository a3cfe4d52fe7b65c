"""A deployed shop as its behaviours find it, and the records that they begin with."""

import itertools
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from shop_fixture import Shop

from apps.shop.adapters.aws.items import Item, ItemKey, item_of, level_key, order_key, outbox_item
from apps.shop.adapters.aws.stores import DynamoOrders
from apps.shop.adapters.aws.table import ItemTable
from apps.shop.adapters.aws.writes import ItemPut
from apps.shop.domain import orders, stock
from apps.shop.domain.clock import add_seconds
from apps.shop.domain.events import ORDER_CANCELLED, ORDER_PLACED, make_event
from apps.shop.domain.ids import new_id
from apps.shop.domain.orders import OrderLine
from apps.shop.ports import Acceptance

LINES = [{"sku": "PEN-01", "qty": 1, "unit_price_minor": 349}]
SOURCES = {"orders": "shop.orders", "inventory": "shop.inventory", "payments": "shop.payment"}
"""Tables with an outbox, and whose events are in it."""
SALE_SECONDS = 20.0
RATE_SECONDS = 5.0
LOOK_SECONDS = 0.03
# An order takes a fifth of this to its end.
GRACE_SECONDS = 0.8


@dataclass
class ShopAccess:
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
        self.tables = {name: ItemTable(client, table) for name, table in self.outputs["tableNames"].items()}

    def ask(self, method: str, path: str, **request: Any) -> Any:
        return self.shop.http.request(method, self.outputs["apiUrl"] + path, **request)

    def order(self) -> Any:
        """The answer to an order; a customer who is turned away for the rate alone comes again."""
        body = {"lines": [{"sku": "PEN-01", "quantity": 1}], "payment_token": "ok"}
        key, deadline = str(uuid.uuid4()), time.monotonic() + RATE_SECONDS
        while True:
            answer = self.ask("POST", "/v1/orders", json=body, headers={"Idempotency-Key": key})
            if answer.status_code != 429 or time.monotonic() > deadline:
                return answer
            time.sleep(0.2)  # between two requests of a customer who is too fast

    def read(self, table: str, order_id: str, kind: str) -> Item:
        return self.tables[table].get(order_key(order_id, kind)) or {}

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


def pending(access: ShopAccess, *, overdue: bool = False) -> str:
    """The id of a new open order that no consumer knows of; its payment token is beside it."""
    now, hour = datetime.now(UTC), 3_600
    lines = (OrderLine("PEN-01", 1, 349),)
    change = orders.place(new_id(), "customer", lines, now=now, deadline_seconds=-hour if overdue else hour)
    store = DynamoOrders(access.tables["orders"], lambda: now)
    store.accept(Acceptance(new_id(), "none", change.state), (), "ok", add_seconds(now, hour))
    return change.state.order_id


def overdue_event(access: ShopAccess, table: str) -> Item:
    """An event that no relay has published; an update made it one, which the streams' filters leave out."""
    then = datetime.now(UTC) - timedelta(hours=1)
    made = make_event(SOURCES[table], ORDER_CANCELLED, new_id(), sequence=1, now=then, data={"reason": "CUSTOMER"})
    item = outbox_item(made, then)
    draft = {name: value for name, value in item.items() if name not in {"due_at", "due_shard"}}
    access.tables[table].write(ItemPut({**draft, "kind": "draft"}))
    access.tables[table].write(ItemPut(item, version=1))
    return item


def overdue_reservation(access: ShopAccess) -> str:
    """The order's id of a reservation that outlived it."""
    then = datetime.now(UTC) - timedelta(hours=1)
    placed = make_event(SOURCES["orders"], ORDER_PLACED, new_id(), sequence=1, now=then, data={})
    kept = stock.reserve(placed, {"PEN-01": 1}, {"PEN-01": 1}, now=then, ttl_seconds=0).state
    table = access.tables["inventory"]
    level = table.get(level_key("PEN-01")) or {}
    taken = {**level, "available": level["available"] - 1, "reserved": level["reserved"] + 1}
    table.write(ItemPut(item_of(kept)), ItemPut(taken, version=level["version"]))
    return kept.order_id


def is_published(access: ShopAccess, table: str, item: Item) -> bool:
    """Whether an event is marked as published."""
    found = access.tables[table].get(ItemKey(item["pk"], item["sk"])) or {}
    return "published_at" in found


def image(access: ShopAccess, table: str, item: Item) -> Any:
    """A record as a stream has it."""
    key = {"pk": {"S": item["pk"]}, "sk": {"S": item["sk"]}}
    name = access.outputs["tableNames"][table]
    return access.shop.client("dynamodb").get_item(TableName=name, Key=key, ConsistentRead=True)["Item"]
