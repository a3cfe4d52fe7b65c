"""An order's life: PENDING -> RESERVED -> CONFIRMED, or CANCELLED on the way; no way back."""

from dataclasses import dataclass
from typing import Final

PENDING: Final = "PENDING"
RESERVED: Final = "RESERVED"
CONFIRMED: Final = "CONFIRMED"
CANCELLED: Final = "CANCELLED"
TERMINAL = frozenset({CONFIRMED, CANCELLED})

OUT_OF_STOCK: Final = "OUT_OF_STOCK"
PAYMENT_DECLINED: Final = "PAYMENT_DECLINED"
EXPIRED: Final = "EXPIRED"
CUSTOMER: Final = "CUSTOMER"

MAX_LINES = 20
MAX_QUANTITY = 20
SHIPPING_MINOR = 499
FREE_SHIPPING_MINOR = 5_000


@dataclass(frozen=True, slots=True)
class Line:
    """One SKU in an order; prices in minor units (cents)."""

    sku: str
    qty: int
    unit_price_minor: int


@dataclass(frozen=True, slots=True)
class Transition:
    """What a fact does to an order: the state it leads to, and the event that tells it."""

    state: str
    event: str | None = None
    reason: str | None = None


def subtotal(lines: tuple[Line, ...]) -> int:
    return sum(line.qty * line.unit_price_minor for line in lines)


def shipping(lines: tuple[Line, ...]) -> int:
    return 0 if subtotal(lines) >= FREE_SHIPPING_MINOR else SHIPPING_MINOR


def total(lines: tuple[Line, ...]) -> int:
    return subtotal(lines) + shipping(lines)


def on_fact(state: str, fact: str) -> Transition | None:
    """What a fact does to an order in a state; None when it changes nothing (any more).

    Facts may come twice, late, or out of order. A capture implies the reservation; a fact about a cancelled order is
    compensated where it happened, because stock and payment hear of the cancellation as well.
    """
    if state in TERMINAL:
        return None
    if fact == "shop.stock.reserved.v1":
        return Transition(RESERVED) if state == PENDING else None
    if fact == "shop.payment.captured.v1":
        return Transition(CONFIRMED, "shop.order.confirmed.v1")
    if fact == "shop.stock.rejected.v1":
        return Transition(CANCELLED, "shop.order.cancelled.v1", OUT_OF_STOCK)
    if fact == "shop.payment.declined.v1":
        return Transition(CANCELLED, "shop.order.cancelled.v1", PAYMENT_DECLINED)
    return None
