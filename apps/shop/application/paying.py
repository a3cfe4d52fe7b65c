"""Payment: captured once per order, refunded when the order was cancelled meanwhile."""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.shop.application.context import Shop
from apps.shop.application.records import changed, inbox, inbox_key, order_pk, outbox
from apps.shop.domain.errors import TryAgainError
from apps.shop.domain.events import Event, event
from apps.shop.domain.ids import derived_id
from apps.shop.ports import ConflictError, Item, Key, Put, Write

SOURCE = "shop.payment"
OPEN, CAPTURED, DECLINED, REFUNDED, VOID = "OPEN", "CAPTURED", "DECLINED", "REFUNDED", "VOID"
TRIES = 5


def handle(shop: Shop, fact: Event) -> None:
    """Apply a fact to the order's payment, once.

    The amount comes with the placing, the permission to charge with the reservation, in either order.

    Raises:
        TryAgainError: the provider gave no clear answer, or others change the payment.
    """
    for _ in range(TRIES):
        if shop.payments.get(inbox_key(fact)) is not None:
            return
        payment = _load(shop, fact.subject)
        try:
            if fact.type == "shop.order.cancelled.v1":
                writes = _undo(shop, payment, fact)
            else:
                payment = _learn(payment, fact)
                writes = _charge(shop, payment, fact) if _ready(payment) else [_put(payment)]
            shop.payments.commit([inbox(fact, now=shop.clock()), *writes])
        except ConflictError:
            continue
        return
    msg = f"the payment of order {fact.subject} changes too often"
    raise TryAgainError(msg)


def _load(shop: Shop, order_id: str) -> Item:
    found = shop.payments.get(Key(order_pk(order_id), "PAYMENT"))
    return found or {
        "pk": order_pk(order_id),
        "sk": "PAYMENT",
        "kind": "payment",
        "order_id": order_id,
        "payment_id": derived_id("payment", order_id),
        "state": OPEN,
        "attempt": 0,
        "sequence": 0,
        "reserved": False,
    }


def _learn(payment: Item, fact: Event) -> Item:
    if fact.type == "shop.order.placed.v1":
        known = {"amount_minor": fact.data["total_minor"], "currency": fact.data["currency"]}
        return changed(payment, **known, token=fact.data["payment_token"])
    return changed(payment, reserved=True)


def _ready(payment: Item) -> bool:
    return payment["state"] == OPEN and bool(payment["reserved"]) and "amount_minor" in payment


def _charge(shop: Shop, payment: Item, fact: Event) -> Sequence[Write]:
    # The attempt is on record before the provider is called: after a crash the next one knows that it is not the first.
    tried = changed(payment, attempt=payment["attempt"] + 1)
    shop.payments.commit([_put(tried)])
    tried["version"] = tried.get("version", 0) + 1
    taken = shop.psp.capture(payment["order_id"], payment["amount_minor"], payment["token"], tried["attempt"])
    if taken:
        return _end(shop, tried, CAPTURED, ("shop.payment.captured.v1",), fact)
    return _end(shop, tried, DECLINED, ("shop.payment.declined.v1",), fact, reason="card_declined")


def _undo(shop: Shop, payment: Item, fact: Event) -> Sequence[Write]:
    if payment["state"] not in (OPEN, CAPTURED):
        return []
    # A capture under way has its attempt on record; it commits against the version it read, fails, and ends there.
    tried = bool(payment["attempt"])
    taken = tried and shop.psp.refund(
        payment["order_id"], payment["amount_minor"], payment["token"], payment["attempt"]
    )
    if payment["state"] == CAPTURED:
        return _end(shop, payment, REFUNDED, ("shop.payment.refunded.v1",), fact, reason="order_cancelled")
    if taken:
        events = ("shop.payment.captured.v1", "shop.payment.refunded.v1")
        return _end(shop, payment, REFUNDED, events, fact, reason="order_cancelled")
    return [_put(changed(payment, state=VOID))]


def _end(
    shop: Shop, payment: Item, state: str, types: Sequence[str], fact: Event, reason: str | None = None
) -> Sequence[Write]:
    now, sequence = shop.clock(), payment["sequence"]
    writes: list[Write] = [_put(changed(payment, state=state, sequence=sequence + len(types)))]
    for offset, type_ in enumerate(types, start=1):
        data = _data(payment, reason if type_ != "shop.payment.captured.v1" else None)
        told = event(SOURCE, type_, payment["order_id"], sequence=sequence + offset, now=now, data=data, cause=fact.id)
        writes.append(outbox(told, resend_after=shop.settings.outbox_resend_after_seconds, now=now))
    return writes


def _data(payment: Item, reason: str | None) -> Mapping[str, Any]:
    names = ("payment_id", "attempt", "amount_minor", "currency")
    return {**{name: payment[name] for name in names}, **({"reason": reason} if reason else {})}


def _put(payment: Item) -> Put:
    return Put(payment, version=payment.get("version"))
