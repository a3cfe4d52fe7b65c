"""What keeps the shop whole: events on their way, and everything that is overdue."""

from collections.abc import Callable, Sequence

from apps.shop.application import ordering, stocking
from apps.shop.application.context import Shop
from apps.shop.application.records import WEEK, key_of, order_pk, read_outbox
from apps.shop.domain import orders
from apps.shop.domain.clock import text
from apps.shop.domain.errors import TryAgainError
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
    """Publish what no relay has, end overdue orders, settle reservations that outlived their order.

    What can't be done now is due again the next time, and keeps nothing else from being done.
    """
    now = text(shop.clock())
    done = {"published": 0, "unpublished": 0, "expired": 0, "settled": 0, "busy": 0}
    tables = (shop.orders, shop.inventory, shop.payments)
    due = [table.due(now, limit=PAGE) for table in tables]
    for table, found in zip(tables, due, strict=True):
        outbox = [item for item in found if item["kind"] == "outbox"]
        failed = _relay_all(shop, table, outbox)
        done["published"] += len(outbox) - len(failed)
        done["unpublished"] += len(failed)
    work: list[tuple[str, Callable[[Shop, Item, str], bool], Item]] = [
        *[("expired", _expire, item) for item in due[0] if item["kind"] == "order"],
        *[("settled", _reconcile, item) for item in due[1] if item["kind"] == "reservation"],
    ]
    for name, step, item in work:
        try:
            done[name] += step(shop, item, now)
        except TryAgainError:
            done["busy"] += 1
    return done


def _relay_all(shop: Shop, table: Table, items: Sequence[Item]) -> Sequence[Item]:
    try:
        return relay(shop, table, items)
    except TryAgainError:
        return items


def _expire(shop: Shop, item: Item, now: str) -> bool:
    order = shop.orders.get(key_of(item))  # the index may lag behind
    if order is None or order["state"] in orders.TERMINAL or order["due_at"] > now:
        return False
    return ordering.end(shop, order, orders.EXPIRED).get("reason") == orders.EXPIRED


def _reconcile(shop: Shop, item: Item, now: str) -> bool:
    """A reservation past its time follows its order; an order that could still be paid is ended first."""
    reservation = shop.inventory.get(key_of(item))
    if reservation is None or reservation["state"] != stocking.HELD or reservation["expires_at"] > now:
        return False
    order = shop.orders.get(Key(order_pk(reservation["order_id"]), "ORDER"))
    if order is not None:
        order = ordering.end(shop, order, orders.EXPIRED)
    stocking.settle(shop, reservation, commit=order is not None and order["state"] == orders.CONFIRMED)
    return True
