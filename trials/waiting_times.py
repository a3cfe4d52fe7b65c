"""How long events and orders waited, in seconds by the stores' own clocks: this machine's has no part in it."""

import heapq
from collections.abc import Iterator, Sequence
from datetime import datetime

from trials.store_records import OrderFacts, StoreSnapshot

ENDS = ("shop.order.confirmed.", "shop.order.cancelled.")


def event_ages(stores: StoreSnapshot, orders: Sequence[str]) -> list[float]:
    """Seconds from an event's record until each consumer had applied it, of some orders."""
    found: list[float] = []
    for order in _find_orders(stores, orders):
        for _, event_id, _, applied_at in order.applied:
            event = order.events.get(event_id)
            if event is not None and event.created_at and applied_at:
                found.append(max(0.0, epoch_seconds(applied_at) - epoch_seconds(event.created_at)))
    return found


def oldest_order_ages(stores: StoreSnapshot, orders: Sequence[str]) -> list[float]:
    """Age of the oldest order without an end, in seconds, second by second from the first order's placing.

    The last value is that of the second after which nothing is known to have happened: 0 once every order has its end,
    else the age of one that never got it.
    """
    spans = sorted(
        (epoch_seconds(order.placed_at), _end(order)) for order in _find_orders(stores, orders) if order.placed_at
    )
    if not spans:
        return []
    first, horizon = spans[0][0], _latest(stores, orders)
    found: list[float] = []
    under_way: list[tuple[float, float]] = []
    coming = iter([*spans, (float("inf"), 0.0)])
    following = next(coming)
    now = first
    while True:
        while following[0] <= now:
            heapq.heappush(under_way, following)
            following = next(coming)
        while under_way and under_way[0][1] <= now:
            heapq.heappop(under_way)
        found.append(round(now - under_way[0][0], 2) if under_way else 0.0)
        if now >= horizon:
            return found
        now += 1


def drain_seconds(stores: StoreSnapshot, orders: Sequence[str]) -> float:
    """Seconds from the last order's placing until the last of some orders' events was applied; 0 of nothing."""
    placed = [epoch_seconds(order.placed_at) for order in _find_orders(stores, orders) if order.placed_at]
    return round(max(0.0, _latest(stores, orders) - max(placed)), 2) if placed else 0.0


def epoch_seconds(text: str) -> float:
    """Seconds since the epoch of a time as the stores write it."""
    return datetime.fromisoformat(text).timestamp()


def _find_orders(stores: StoreSnapshot, orders: Sequence[str]) -> Iterator[OrderFacts]:
    return (stores.orders[order_id] for order_id in orders if order_id in stores.orders)


def _end(order: OrderFacts) -> float:
    """When it was confirmed or cancelled; never, where no event says so."""
    times = [e.created_at for e in order.events.values() if e.type.startswith(ENDS) and e.created_at]
    return epoch_seconds(min(times)) if times else float("inf")


def _latest(stores: StoreSnapshot, orders: Sequence[str]) -> float:
    """The last moment of which the stores know anything about some orders."""
    times = [
        text
        for order in _find_orders(stores, orders)
        for text in (order.placed_at, *(e.created_at for e in order.events.values()), *(a[3] for a in order.applied))
        if text
    ]
    return max(map(epoch_seconds, times), default=0.0)
