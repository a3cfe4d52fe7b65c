"""What keeps the shop whole: events on their way, and everything that is overdue."""

from collections.abc import Sequence
from typing import Any

from apps.shop.application import ordering, stocking
from apps.shop.application.context import Shop
from apps.shop.application.records import WEEK, key_of, order_pk, read_outbox
from apps.shop.domain import orders
from apps.shop.domain.clock import text
from apps.shop.ports import Item, Key, Table

# What one PutEvents call takes: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
BATCH = 10
PAGE = 100


def relay(shop: Shop, table: Table, items: Sequence[Item]) -> list[Item]:
    """Publish outbox records and mark them; those that were not taken come back."""
    failed: list[Item] = []
    for start in range(0, len(items), BATCH):
        batch = {read_outbox(item).id: item for item in items[start : start + BATCH]}
        refused = set(shop.bus.publish([read_outbox(item) for item in batch.values()]))
        now = shop.clock()
        for event_id, item in batch.items():
            if event_id in refused:
                failed.append(item)
            else:
                table.settle(key_of(item), text(now), int(now.timestamp()) + WEEK)
    return failed


def sweep(shop: Shop) -> dict[str, int]:
    """Publish what no relay has, end overdue orders, settle reservations that outlived their order."""
    now = text(shop.clock())
    done = {"published": 0, "unpublished": 0, "expired": 0, "settled": 0}
    tables = (shop.orders, shop.inventory, shop.payments)
    due = {index: table.due(now, limit=PAGE) for index, table in enumerate(tables)}
    for index, found in due.items():
        outbox = [item for item in found if item["kind"] == "outbox"]
        failed = relay(shop, tables[index], outbox)
        done["published"] += len(outbox) - len(failed)
        done["unpublished"] += len(failed)
    for item in due[0]:
        if item["kind"] == "order":
            fresh = shop.orders.get(key_of(item))  # the index may lag behind
            if fresh and fresh["state"] not in orders.TERMINAL and fresh["due_at"] <= now:
                ordering.end(shop, fresh, orders.EXPIRED)
                done["expired"] += 1
    for item in due[1]:
        if item["kind"] == "reservation":
            done["settled"] += _reconcile(shop, item, now)
    return done


def _reconcile(shop: Shop, item: Item, now: str) -> int:
    """A reservation past its time follows its order; an order that could still be paid is ended first."""
    reservation = shop.inventory.get(key_of(item))
    if reservation is None or reservation["state"] != stocking.HELD:
        return 0
    order: Any = shop.orders.get(Key(order_pk(reservation["order_id"]), "ORDER"))
    if order is not None and order["state"] not in orders.TERMINAL and reservation["expires_at"] <= now:
        order = ordering.end(shop, order, orders.EXPIRED)
    stocking.settle(shop, reservation, commit=order is not None and order["state"] == orders.CONFIRMED)
    return 1
