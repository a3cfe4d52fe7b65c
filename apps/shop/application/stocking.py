"""Stock: reserved all or nothing, committed or released once, never below zero."""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.shop.application.context import Shop
from apps.shop.application.records import changed, inbox, inbox_key, order_pk, outbox, shard
from apps.shop.domain.clock import after, text
from apps.shop.domain.errors import TryAgainError
from apps.shop.domain.events import Event, event
from apps.shop.domain.ids import derived_id
from apps.shop.ports import Adjust, ConflictError, Item, Key, Put, Write

SOURCE = "shop.inventory"
HELD, COMMITTED, RELEASED, REJECTED = "HELD", "COMMITTED", "RELEASED", "REJECTED"
TRIES = 8


def handle(shop: Shop, fact: Event) -> None:
    """Apply an order's fact to the stock, once.

    Raises:
        TryAgainError: others change the same stock, or the order's placing has not been heard of.
    """
    for _ in range(TRIES):
        if shop.inventory.get(inbox_key(fact)) is not None:
            return
        reservation = shop.inventory.get(Key(order_pk(fact.subject), "RESERVATION"))
        writes = _decide(shop, fact, reservation)
        try:
            shop.inventory.commit([inbox(fact, now=shop.clock()), *writes])
        except ConflictError:
            continue
        return
    msg = f"the stock for order {fact.subject} changes too often"
    raise TryAgainError(msg)


def settle(shop: Shop, reservation: Item, *, commit: bool) -> None:
    """Commit or release a reservation that no event has settled; one that is settled stays as it is."""
    writes = _settle(shop, reservation, commit=commit, cause="")
    if writes:
        try:
            shop.inventory.commit(writes)
        except ConflictError:
            return  # an event has just done it


def stock_key(sku: str) -> Key:
    return Key(f"SKU#{sku}", "STOCK")


def _decide(shop: Shop, fact: Event, reservation: Item | None) -> Sequence[Write]:
    if fact.type == "shop.order.placed.v1":
        # "Already done" is asked before "still possible": a second delivery finds its own verdict.
        return [] if reservation is not None else _reserve(shop, fact)
    if reservation is None:
        if fact.type == "shop.order.cancelled.v1":  # heard before the placing: nothing may be reserved any more
            return [Put(_reservation(fact.subject, RELEASED, {}, 0))]
        msg = f"order {fact.subject} is confirmed, but its placing has not been heard of"
        raise TryAgainError(msg)
    return _settle(shop, reservation, commit=fact.type == "shop.order.confirmed.v1", cause=fact.id)


def _reserve(shop: Shop, fact: Event) -> Sequence[Write]:
    now = shop.clock()
    wanted = {line["sku"]: int(line["qty"]) for line in fact.data["lines"]}
    found = {item["sku"]: item for item in shop.inventory.many([stock_key(sku) for sku in wanted])}
    short = [
        {"sku": sku, "requested": qty, "available": int(found[sku]["available"]) if sku in found else 0}
        for sku, qty in sorted(wanted.items())
        if sku not in found or found[sku]["available"] < qty
    ]
    if short:
        rejected = _reservation(fact.subject, REJECTED, {}, 1)
        data = {"reason": "OUT_OF_STOCK", "shortages": short}
        return [Put(rejected), _tell(shop, fact.subject, "shop.stock.rejected.v1", 1, data, fact.id)]
    expires = after(now, shop.settings.reservation_ttl_seconds)
    held = _reservation(fact.subject, HELD, wanted, 1)
    held |= {"expires_at": expires, "due_shard": shard(fact.subject), "due_at": expires}
    data = {"reservation_id": held["reservation_id"], "lines": _lines(wanted), "expires_at": expires}
    return [
        *[Adjust(stock_key(sku), {"available": -qty, "reserved": qty}) for sku, qty in sorted(wanted.items())],
        Put(held),
        _tell(shop, fact.subject, "shop.stock.reserved.v1", 1, data, fact.id),
    ]


def _settle(shop: Shop, reservation: Item, *, commit: bool, cause: str) -> Sequence[Write]:
    if reservation["state"] != HELD:
        return []
    to, other = (COMMITTED, "committed") if commit else (RELEASED, "available")
    lines: Mapping[str, int] = reservation["wanted"]
    sequence = reservation["sequence"] + 1
    order_id = reservation["order_id"]
    data: dict[str, Any] = {"reservation_id": reservation["reservation_id"], "lines": _lines(lines)}
    type_ = "shop.stock.committed.v1" if commit else "shop.stock.released.v1"
    ended = changed(
        reservation, state=to, sequence=sequence, due_shard=None, due_at=None, updated_at=text(shop.clock())
    )
    return [
        *[Adjust(stock_key(sku), {"reserved": -int(qty), other: int(qty)}) for sku, qty in sorted(lines.items())],
        Put(ended, version=reservation["version"]),
        _tell(shop, order_id, type_, sequence, data, cause),
    ]


def _tell(shop: Shop, order_id: str, type_: str, sequence: int, data: Mapping[str, Any], cause: str) -> Put:
    now = shop.clock()
    told = event(SOURCE, type_, order_id, sequence=sequence, now=now, data=data, cause=cause)
    return outbox(told, resend_after=shop.settings.outbox_resend_after_seconds, now=now)


def _reservation(order_id: str, state: str, wanted: Mapping[str, int], sequence: int) -> Item:
    return {
        "pk": order_pk(order_id),
        "sk": "RESERVATION",
        "kind": "reservation",
        "order_id": order_id,
        "reservation_id": derived_id("reservation", order_id),
        "state": state,
        "wanted": dict(wanted),
        "sequence": sequence,
    }


def _lines(wanted: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"sku": sku, "qty": int(qty)} for sku, qty in sorted(wanted.items())]
