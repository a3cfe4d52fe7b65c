"""Payment: captured once per order, refunded when the order was cancelled meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from apps.shop.domain import events
from apps.shop.domain.events import Event, StateChange, make_event
from apps.shop.domain.ids import derived_id

SOURCE: Final = events.SOURCES["payment"]
OPEN: Final = "OPEN"
CAPTURED: Final = "CAPTURED"
DECLINED: Final = "DECLINED"
REFUNDED: Final = "REFUNDED"
VOID: Final = "VOID"


@dataclass(frozen=True, slots=True)
class Payment:
    """An order's payment; the amount in minor units (cents)."""

    order_id: str
    payment_id: str
    state: str = OPEN
    attempt: int = 0
    """How often the provider was asked to capture, the attempt under way included."""
    sequence: int = 0
    """How many events of `shop.payment` there are about the order."""
    reserved: bool = False
    """Whether the order's stock is reserved, so that it may be charged."""
    amount_minor: int | None = None
    currency: str | None = None
    reference: str | None = None
    """By what the provider knows it; there from the first attempt on."""
    token: str | None = field(default=None, repr=False)
    """The customer's token where `shop.order.placed.v1` brought it; there until the provider has it."""

    @property
    def is_ready(self) -> bool:
        """Whether everything is known that a charge needs."""
        return self.state == OPEN and self.reserved and self.amount_minor is not None


def new_payment(order_id: str) -> Payment:
    """The payment of an order that nothing is known of."""
    return Payment(order_id, derived_id("payment", order_id))


def merge_fact(payment: Payment, fact: Event) -> Payment:
    """A payment with what a fact says: the amount comes with the placing, the permission with the reservation."""
    if fact.type not in events.PLACED:
        return replace(payment, reserved=True)
    kept = fact.type == events.ORDER_PLACED_V1 and payment.state == OPEN
    token = fact.data["payment_token"] if kept else None
    return replace(payment, amount_minor=fact.data["total_minor"], currency=fact.data["currency"], token=token)


def begin_attempt(payment: Payment, reference: str) -> Payment:
    """The payment as it is put on record before the provider is asked."""
    return replace(payment, attempt=payment.attempt + 1, reference=reference, token=None)


def end_attempt(payment: Payment, *, taken: bool, cause: Event, now: datetime) -> StateChange[Payment]:
    """What the provider's answer makes of a payment."""
    if taken:
        return _end(payment, CAPTURED, (events.PAYMENT_CAPTURED,), cause, now)
    return _end(payment, DECLINED, (events.PAYMENT_DECLINED,), cause, now, reason="card_declined")


def undo(payment: Payment, *, taken: bool, cause: Event, now: datetime) -> StateChange[Payment]:
    """What a cancelled order makes of a payment that is open or captured.

    Args:
        payment: The payment.
        taken: Whether the provider had taken the money of any attempt, and has given it back.
        cause: The cancellation.
        now: The time.
    """
    if payment.state == CAPTURED:
        return _end(payment, REFUNDED, (events.PAYMENT_REFUNDED,), cause, now, reason="order_cancelled")
    if taken:  # by an attempt whose answer nobody got: both events are due
        types = (events.PAYMENT_CAPTURED, events.PAYMENT_REFUNDED)
        return _end(payment, REFUNDED, types, cause, now, reason="order_cancelled")
    return StateChange(replace(payment, state=VOID, token=None))


def _end(
    payment: Payment, state: str, types: Sequence[str], cause: Event, now: datetime, reason: str | None = None
) -> StateChange[Payment]:
    made = tuple(
        make_event(
            SOURCE,
            type_,
            payment.order_id,
            sequence=payment.sequence + offset,
            now=now,
            data=_data(payment, None if type_ == events.PAYMENT_CAPTURED else reason),
            cause=cause.id,
        )
        for offset, type_ in enumerate(types, start=1)
    )
    ended = replace(payment, state=state, sequence=payment.sequence + len(types), token=None)
    return StateChange(ended, made)


def _data(payment: Payment, reason: str | None) -> Mapping[str, Any]:
    known = {
        "payment_id": payment.payment_id,
        "attempt": payment.attempt,
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
    }
    return known if reason is None else {**known, "reason": reason}
