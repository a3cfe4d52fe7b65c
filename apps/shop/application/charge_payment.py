"""Charging an order once its stock is reserved, and giving the money back when it was cancelled meanwhile."""

from apps.shop.application.apply_once import apply_once
from apps.shop.application.shop import Shop
from apps.shop.domain import events, payments
from apps.shop.domain.clock import format_time
from apps.shop.domain.errors import TryAgainError
from apps.shop.domain.events import Event, StateChange
from apps.shop.domain.payments import Payment
from apps.shop.ports import Lookup, Versioned


def apply_to_payment(shop: Shop, fact: Event) -> None:
    """Apply a fact to the order's payment, once.

    The amount comes with the placing, the permission to charge with the reservation, in either order.

    Raises:
        TryAgainError: the provider gave no clear answer, or others change the payment at every try.
    """

    def decide(seen: Lookup[Payment]) -> None:
        payment = payments.new_payment(fact.subject) if seen.found is None else seen.found.state
        if fact.type == events.ORDER_CANCELLED:
            _undo(shop, fact, payment, seen.found)
            return
        payment = payments.merge_fact(payment, fact)
        if payment.is_ready:
            _charge(shop, fact, payment, seen.found)
        else:
            shop.payments.save(StateChange(payment), seen.found, fact)

    apply_once(shop.payments, fact, decide, what=f"the payment of order {fact.subject}")


def _charge(shop: Shop, fact: Event, payment: Payment, was: Versioned[Payment] | None) -> None:
    reference = _reference(shop, payment)
    # The attempt is on record before the provider is asked: after a crash the next one knows that it is not the first.
    begun = shop.payments.save(StateChange(payments.begin_attempt(payment, reference)), was)
    taken = shop.provider.capture(reference, _amount(payment), begun.state.attempt)
    shop.payments.save(payments.end_attempt(begun.state, taken=taken, cause=fact, now=shop.clock()), begun, fact)


def _undo(shop: Shop, fact: Event, payment: Payment, was: Versioned[Payment] | None) -> None:
    if payment.state not in (payments.OPEN, payments.CAPTURED):
        shop.payments.note(fact)
        return
    # A capture under way has its attempt on record; it saves what it read a version of, fails, and ends there.
    attempts = payment.attempt
    taken = attempts > 0 and shop.provider.refund(_reference(shop, payment), _amount(payment), attempts)
    shop.payments.save(payments.undo(payment, taken=taken, cause=fact, now=shop.clock()), was, fact)


def _reference(shop: Shop, payment: Payment) -> str:
    if payment.reference is not None:
        return payment.reference
    token = payment.token or shop.tokens.payment_token(payment.order_id, format_time(shop.clock()))
    if token is None:  # long past the order's deadline; its cancellation is on the way
        msg = f"the payment token of order {payment.order_id} has expired"
        raise TryAgainError(msg)
    return shop.provider.open_payment(payment.order_id, token)


def _amount(payment: Payment) -> int:
    if payment.amount_minor is None:  # only what has an amount is ever charged
        msg = f"the payment of order {payment.order_id} has no amount"
        raise ValueError(msg)
    return payment.amount_minor
