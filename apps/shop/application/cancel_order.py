"""Cancelling an order: its customer does, or the clock."""

from apps.shop.application.apply_once import do_once
from apps.shop.application.shop import Shop
from apps.shop.application.show_orders import find_order
from apps.shop.domain import orders
from apps.shop.domain.errors import OrderConfirmedError
from apps.shop.domain.orders import Order
from apps.shop.ports import Versioned


def cancel_order(shop: Shop, order_id: str, customer_id: str) -> Order:
    """Cancel an order on its customer's behalf; again is fine.

    Raises:
        OrderConfirmedError: it is confirmed.
        OrderNotFoundError: it is not theirs.
        TryAgainError: others change it at every try.
    """
    order = end_order(shop, find_order(shop, order_id, customer_id), orders.CUSTOMER)
    if order.state == orders.CONFIRMED:
        msg = "The order is confirmed and can't be cancelled any more."
        raise OrderConfirmedError(msg)
    return order


def end_order(shop: Shop, found: Versioned[Order], reason: str) -> Order:
    """Cancel an order that has no end yet; one that has stays as it is.

    Args:
        shop: The shop.
        found: The order as it was read.
        reason: Why it is cancelled.

    Raises:
        TryAgainError: others change it at every try.
    """
    order_id = found.state.order_id
    read = [found]

    def look() -> Versioned[Order]:
        return read.pop() if read else shop.orders.find(order_id) or found

    def done(seen: Versioned[Order]) -> Order | None:
        return seen.state if seen.state.has_ended else None

    def cancel(seen: Versioned[Order]) -> Order:
        return shop.orders.save(orders.cancel(seen.state, reason, shop.clock()), seen).state

    return do_once(look, done, cancel, what=f"order {order_id}")
