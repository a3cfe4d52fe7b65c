"""Where an order is confirmed, or cancelled for want of stock or money: facts about it are applied to its state."""

from apps.shop.application.apply_once import apply_once
from apps.shop.application.shop import Shop
from apps.shop.domain import orders
from apps.shop.domain.errors import TryAgainError
from apps.shop.domain.events import Event
from apps.shop.domain.orders import Order
from apps.shop.ports import Lookup


def apply_to_order(shop: Shop, fact: Event) -> None:
    """Apply a fact about its stock or payment to an order, once.

    Raises:
        TryAgainError: the order is not there yet, or others change it at every try.
    """

    def decide(seen: Lookup[Order]) -> None:
        if seen.found is None:
            msg = f"order {fact.subject} is not known"
            raise TryAgainError(msg)
        change = orders.apply_fact(seen.found.state, fact, shop.clock())
        if change is None:
            shop.orders.note(fact)
        else:
            shop.orders.save(change, seen.found, fact)

    apply_once(shop.orders, fact, decide, what=f"order {fact.subject}")
