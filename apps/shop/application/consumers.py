"""Who applies facts: a function for each consumer of apps/contracts/consumers.json."""

from collections.abc import Callable, Mapping

from apps.shop.application.charge_payment import apply_to_payment
from apps.shop.application.confirm_order import apply_to_order
from apps.shop.application.reserve_stock import apply_to_stock
from apps.shop.application.shop import Shop
from apps.shop.domain.events import Event

ApplyFact = Callable[[Shop, Event], None]
"""Applies a fact once; raises TryAgainError when it is to be delivered again."""

CONSUMERS: Mapping[str, ApplyFact] = {
    "orders": apply_to_order,
    "inventory": apply_to_stock,
    "payment": apply_to_payment,
}
