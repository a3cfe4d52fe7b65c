"""Showing customers their orders."""

from collections.abc import Sequence

from apps.shop.application.shop import Shop
from apps.shop.domain.errors import OrderNotFoundError
from apps.shop.domain.orders import Order
from apps.shop.ports import Versioned


def find_order(shop: Shop, order_id: str, customer_id: str) -> Versioned[Order]:
    """An order of a customer, as it was written last.

    Raises:
        OrderNotFoundError: there is none, or it is somebody else's.
    """
    found = shop.orders.find(order_id)
    if found is None or found.state.customer_id != customer_id:
        msg = f"No order {order_id} of yours."
        raise OrderNotFoundError(msg)
    return found


def list_orders(
    shop: Shop, customer_id: str, *, limit: int, after: tuple[str, str] | None
) -> tuple[Sequence[Order], tuple[str, str] | None]:
    """A page of a customer's orders, newest first, and after which of them the next one begins; may lag.

    Args:
        shop: The shop.
        customer_id: Whose.
        limit: Most orders of the page.
        after: `placed_at` and id of the last order of the page before.
    """
    found = shop.orders.history(customer_id, limit + 1, after)
    page = found[:limit]
    return page, (page[-1].placed_at, page[-1].order_id) if len(found) > limit else None
