"""The clock's rounds: events that nobody published, orders past their deadline, reservations that outlived theirs."""

from collections.abc import Callable
from datetime import timedelta

from apps.shop.application.cancel_order import end_order
from apps.shop.application.publish_events import publish_outbox
from apps.shop.application.reserve_stock import settle_reservation
from apps.shop.application.shop import Shop
from apps.shop.domain import orders, stock
from apps.shop.domain.clock import format_time
from apps.shop.domain.errors import TryAgainError

PAGE = 100


def sweep(shop: Shop) -> dict[str, int]:
    """Publish what no relay has, end overdue orders, settle reservations that outlived their order.

    What can't be done now is due again the next time, and keeps nothing else from being done.

    Returns:
        How many events were `published` and how many still are not (`unpublished`), orders `expired`, reservations
        `settled`; and how much was `busy`: changed by others, so left for the next time.
    """
    clock = shop.clock()
    now, unpublished = (
        format_time(clock),
        format_time(clock - timedelta(seconds=shop.settings.outbox_resend_after_seconds)),
    )
    done = {"published": 0, "unpublished": 0, "expired": 0, "settled": 0, "busy": 0}
    for outbox in (shop.orders, shop.stock, shop.payments):
        published, left = publish_outbox(shop, outbox, before=unpublished, limit=PAGE)
        done["published"] += published
        done["unpublished"] += left
    work: list[tuple[str, Callable[[Shop, str, str], bool], str]] = [
        *[("expired", _expire, order.order_id) for order in shop.orders.overdue_orders(now, PAGE)],
        *[("settled", _reconcile, reservation.order_id) for reservation in shop.stock.expired_reservations(now, PAGE)],
    ]
    for name, step, order_id in work:
        try:
            done[name] += step(shop, order_id, now)
        except TryAgainError:
            done["busy"] += 1
    return done


def _expire(shop: Shop, order_id: str, now: str) -> bool:
    found = shop.orders.find(order_id)  # what was due may have ended since
    if found is None or found.state.due_at is None or found.state.due_at > now:
        return False
    return end_order(shop, found, orders.EXPIRED).reason == orders.EXPIRED


def _reconcile(shop: Shop, order_id: str, now: str) -> bool:
    """A reservation past its time follows its order; an order that could still be paid is ended first."""
    reservation = shop.stock.find(order_id)
    if reservation is None or reservation.state.state != stock.HELD or (reservation.state.expires_at or "") > now:
        return False
    found = shop.orders.find(order_id)
    order = None if found is None else end_order(shop, found, orders.EXPIRED)
    settle_reservation(shop, reservation, commit=order is not None and order.state == orders.CONFIRMED)
    return True
