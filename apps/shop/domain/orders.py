"""An order's life: PENDING -> RESERVED -> CONFIRMED, or CANCELLED on the way; no way back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from apps.shop.domain import events
from apps.shop.domain.clock import add_seconds, format_time
from apps.shop.domain.events import Event, StateChange, make_event
from apps.shop.domain.products import Product

SOURCE: Final = events.SOURCES["orders"]
PENDING: Final = "PENDING"
RESERVED: Final = "RESERVED"
CONFIRMED: Final = "CONFIRMED"
CANCELLED: Final = "CANCELLED"
TERMINAL = frozenset({CONFIRMED, CANCELLED})

OUT_OF_STOCK: Final = "OUT_OF_STOCK"
PAYMENT_DECLINED: Final = "PAYMENT_DECLINED"
EXPIRED: Final = "EXPIRED"
CUSTOMER: Final = "CUSTOMER"

CURRENCY: Final = "EUR"
MAX_LINES = 20
MAX_QUANTITY = 20
SHIPPING_MINOR = 499
FREE_SHIPPING_MINOR = 5_000

SHOWN_TO_CUSTOMERS = (
    "order_id",
    "state",
    "reason",
    "currency",
    "lines",
    "shipping_minor",
    "total_minor",
    "placed_at",
    "updated_at",
)
"""An order's fields that clients get, in their order."""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One SKU in an order; prices in minor units (cents)."""

    sku: str
    qty: int
    unit_price_minor: int


@dataclass(frozen=True, slots=True)
class Order:
    """An order; amounts in minor units (cents), moments as the shop writes them."""

    order_id: str
    customer_id: str
    state: str
    currency: str
    lines: tuple[OrderLine, ...]
    shipping_minor: int
    total_minor: int
    placed_at: str
    updated_at: str
    sequence: int
    """How many events of `shop.orders` there are about it."""
    due_at: str | None
    """When it is ended if nothing else ends it; None once it has ended."""
    reason: str | None = None
    """Why it was cancelled."""

    @property
    def has_ended(self) -> bool:
        """Whether its state is final."""
        return self.state in TERMINAL


@dataclass(frozen=True, slots=True)
class Transition:
    """What a fact does to an order: the state it leads to, and the event that tells it."""

    state: str
    event: str | None = None
    reason: str | None = None


def subtotal(lines: tuple[OrderLine, ...]) -> int:
    return sum(line.qty * line.unit_price_minor for line in lines)


def shipping(lines: tuple[OrderLine, ...]) -> int:
    return 0 if subtotal(lines) >= FREE_SHIPPING_MINOR else SHIPPING_MINOR


def total(lines: tuple[OrderLine, ...]) -> int:
    return subtotal(lines) + shipping(lines)


def price(quantities: Mapping[str, int], products: Mapping[str, Product]) -> tuple[OrderLine, ...]:
    """An order's lines at today's prices, in order of their SKU; every SKU must be among the products."""
    return tuple(OrderLine(sku, qty, products[sku].price_minor) for sku, qty in sorted(quantities.items()))


def place(
    order_id: str, customer_id: str, lines: tuple[OrderLine, ...], *, now: datetime, deadline_seconds: float
) -> StateChange[Order]:
    """A new order, which is to be reserved and paid within its deadline."""
    order = Order(
        order_id=order_id,
        customer_id=customer_id,
        state=PENDING,
        currency=CURRENCY,
        lines=lines,
        shipping_minor=shipping(lines),
        total_minor=total(lines),
        placed_at=format_time(now),
        updated_at=format_time(now),
        sequence=1,
        due_at=add_seconds(now, deadline_seconds),
    )
    data = {
        "customer_id": customer_id,
        "currency": order.currency,
        "lines": [{"sku": line.sku, "qty": line.qty, "unit_price_minor": line.unit_price_minor} for line in lines],
        "shipping_minor": order.shipping_minor,
        "total_minor": order.total_minor,
        "placed_at": order.placed_at,
    }
    return StateChange(order, (make_event(SOURCE, events.ORDER_PLACED, order_id, sequence=1, now=now, data=data),))


def transition(state: str, fact: str) -> Transition | None:
    """What a fact does to an order in a state; None when it changes nothing (any more).

    Facts may come twice, late, or out of order. A capture implies the reservation; a fact about a cancelled order is
    compensated where it happened, because stock and payment hear of the cancellation as well.
    """
    if state in TERMINAL:
        return None
    if fact == events.STOCK_RESERVED:
        return Transition(RESERVED) if state == PENDING else None
    if fact == events.PAYMENT_CAPTURED:
        return Transition(CONFIRMED, events.ORDER_CONFIRMED)
    if fact == events.STOCK_REJECTED:
        return Transition(CANCELLED, events.ORDER_CANCELLED, OUT_OF_STOCK)
    if fact == events.PAYMENT_DECLINED:
        return Transition(CANCELLED, events.ORDER_CANCELLED, PAYMENT_DECLINED)
    return None


def apply_fact(order: Order, fact: Event, now: datetime) -> StateChange[Order] | None:
    """What a fact about its stock or payment does to an order; None when it changes nothing."""
    to = transition(order.state, fact.type)
    return None if to is None else _change(order, to, now, fact.id)


def cancel(order: Order, reason: str, now: datetime) -> StateChange[Order]:
    """The cancellation of an order that has not ended, for a reason that no fact gave."""
    return _change(order, Transition(CANCELLED, events.ORDER_CANCELLED, reason), now, cause="")


def _change(order: Order, to: Transition, now: datetime, cause: str) -> StateChange[Order]:
    sequence = order.sequence + (1 if to.event else 0)
    changed = replace(
        order,
        state=to.state,
        reason=to.reason,
        sequence=sequence,
        updated_at=format_time(now),
        due_at=None if to.state in TERMINAL else order.due_at,
    )
    if to.event is None:
        return StateChange(changed)
    data = _data(changed)
    made = make_event(SOURCE, to.event, order.order_id, sequence=sequence, now=now, data=data, cause=cause)
    return StateChange(changed, (made,))


def _data(order: Order) -> Mapping[str, Any]:
    if order.state == CONFIRMED:
        return {"total_minor": order.total_minor, "currency": order.currency, "confirmed_at": order.updated_at}
    return {"reason": order.reason}
