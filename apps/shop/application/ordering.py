"""The saga: what facts about stock and payment do to an order."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from apps.shop.application.context import Shop
from apps.shop.application.placing import SOURCE, public
from apps.shop.application.records import changed, inbox, inbox_key, order_pk, outbox
from apps.shop.domain import orders
from apps.shop.domain.clock import text
from apps.shop.domain.errors import Problem, TryAgainError
from apps.shop.domain.events import Event, event
from apps.shop.domain.orders import Transition
from apps.shop.ports import ConflictError, Item, Key, Put, Write

TRIES = 5


def handle(shop: Shop, fact: Event) -> None:
    """Apply a fact to its order, once.

    Raises:
        TryAgainError: the order is not there yet, or changes under our hands.
    """
    for _ in range(TRIES):
        order = shop.orders.get(Key(order_pk(fact.subject), "ORDER"))
        if order is None:
            msg = f"order {fact.subject} is not known"
            raise TryAgainError(msg)
        if shop.orders.get(inbox_key(fact)) is not None:
            return
        transition = orders.on_fact(order["state"], fact.type)
        writes: list[Write] = [inbox(fact, now=shop.clock())]
        if transition is not None:
            writes += _transition(shop, order, transition, cause=fact)
        try:
            shop.orders.commit(writes)
        except ConflictError:
            continue
        return
    msg = f"order {fact.subject} changes too often"
    raise TryAgainError(msg)


def cancel(shop: Shop, order_id: str, customer_id: str) -> dict[str, Any]:
    """Cancel an order on its customer's behalf; again is fine.

    Raises:
        Problem: it is not theirs, or already confirmed.
        TryAgainError: it changes under our hands.
    """
    order = end(shop, find(shop, order_id, customer_id), orders.CUSTOMER)
    if order["state"] == orders.CONFIRMED:
        raise Problem(409, "order_confirmed", "The order is confirmed and can't be cancelled any more.")
    return public(order)


def end(shop: Shop, order: Item, reason: str) -> Item:
    """Cancel an order that has no end yet; one that has stays as it is.

    Raises:
        TryAgainError: it changes under our hands.
    """
    for _ in range(TRIES):
        if order["state"] in orders.TERMINAL:
            return order
        transition = Transition(orders.CANCELLED, "shop.order.cancelled.v1", reason)
        with suppress(ConflictError):
            shop.orders.commit(_transition(shop, order, transition, cause=None))
        order = shop.orders.get(Key(order["pk"], "ORDER")) or order
    if order["state"] in orders.TERMINAL:
        return order
    msg = f"order {order['order_id']} changes too often"
    raise TryAgainError(msg)


def find(shop: Shop, order_id: str, customer_id: str) -> Item:
    """An order of a customer.

    Raises:
        Problem: there is none, or it is somebody else's: the two are not told apart.
    """
    order = shop.orders.get(Key(order_pk(order_id), "ORDER"))
    if order is None or order["customer_id"] != customer_id:
        raise Problem(404, "order_not_found", f"No order {order_id} of yours.")
    return order


def _transition(shop: Shop, order: Item, to: Transition, *, cause: Event | None) -> Sequence[Write]:
    now = shop.clock()
    ends = to.state in orders.TERMINAL
    sequence = order["sequence"] + (1 if to.event else 0)
    fields: dict[str, Any] = {"state": to.state, "reason": to.reason, "sequence": sequence, "updated_at": text(now)}
    if ends:  # nothing is due any more
        fields |= {"due_shard": None, "due_at": None}
    writes: list[Write] = [Put(changed(order, **fields), version=order["version"])]
    if to.event:
        data = _data(order, to, text(now))
        told = event(
            SOURCE, to.event, order["order_id"], sequence=sequence, now=now, data=data, cause=cause.id if cause else ""
        )
        writes.append(outbox(told, resend_after=shop.settings.outbox_resend_after_seconds, now=now))
    return writes


def _data(order: Item, to: Transition, now: str) -> dict[str, Any]:
    if to.state == orders.CONFIRMED:
        return {"total_minor": order["total_minor"], "currency": order["currency"], "confirmed_at": now}
    return {"reason": to.reason}
