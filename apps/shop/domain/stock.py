"""Stock: reserved all or nothing, committed or released once, never below zero."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from apps.shop.domain import events
from apps.shop.domain.clock import add_seconds, format_time
from apps.shop.domain.events import Event, StateChange, make_event
from apps.shop.domain.ids import derived_id

SOURCE: Final = events.SOURCES["inventory"]
HELD: Final = "HELD"
COMMITTED: Final = "COMMITTED"
RELEASED: Final = "RELEASED"
REJECTED: Final = "REJECTED"


@dataclass(frozen=True, slots=True)
class StockLevel:
    """One product's counts: available + reserved + committed = initial + restocked."""

    sku: str
    available: int
    reserved: int
    committed: int
    initial: int
    restocked: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """What an order has of the stock."""

    order_id: str
    reservation_id: str
    state: str
    """HELD until it is COMMITTED or RELEASED; REJECTED when something was short."""
    wanted: Mapping[str, int]
    """Quantity by SKU; empty unless stock was reserved."""
    sequence: int
    """How many events of `shop.inventory` there are about the order."""
    expires_at: str | None = None
    """When it is given back unless its order has ended by then."""
    updated_at: str | None = None


@dataclass(frozen=True, slots=True)
class StockMove:
    """What a reservation takes from a product's counts or gives to them; the sum is zero."""

    sku: str
    available: int = 0
    reserved: int = 0
    committed: int = 0

    def deltas(self) -> Mapping[str, int]:
        """What changes, by the name of the count."""
        counts = {"available": self.available, "reserved": self.reserved, "committed": self.committed}
        return {name: delta for name, delta in counts.items() if delta}


def reserve(
    placed: Event, wanted: Mapping[str, int], available: Mapping[str, int], *, now: datetime, ttl_seconds: float
) -> StateChange[Reservation]:
    """What an order gets: all it wants, or nothing.

    Args:
        placed: The event that the order was placed.
        wanted: Quantity by SKU.
        available: What there is of these products; one that is not there has none.
        now: The time.
        ttl_seconds: How long the stock is kept for an order that does not end.
    """
    short = [
        {"sku": sku, "requested": qty, "available": available.get(sku, 0)}
        for sku, qty in sorted(wanted.items())
        if available.get(sku, 0) < qty
    ]
    if short:
        data = {"reason": "OUT_OF_STOCK", "shortages": short}
        return _change(_reservation(placed.subject, REJECTED, {}, 1), events.STOCK_REJECTED, data, now, placed.id)
    kept = replace(_reservation(placed.subject, HELD, wanted, 1), expires_at=add_seconds(now, ttl_seconds))
    data = {"reservation_id": kept.reservation_id, "lines": _lines(wanted), "expires_at": kept.expires_at}
    return _change(kept, events.STOCK_RESERVED, data, now, placed.id)


def forbid_reservation(order_id: str) -> StateChange[Reservation]:
    """The mark of an order that was cancelled before its placing was known: nothing is reserved for it any more."""
    return StateChange(_reservation(order_id, RELEASED, {}, 0))


def settle(
    reservation: Reservation, *, commit: bool, now: datetime, cause: str = ""
) -> StateChange[Reservation] | None:
    """The end of a reservation, sold or given back; None for one that has ended or never was.

    Args:
        reservation: What the order has.
        commit: Whether the order is confirmed.
        now: The time.
        cause: Id of the event that says so; empty where the clock did.
    """
    if reservation.state != HELD:
        return None
    ended = replace(
        reservation,
        state=COMMITTED if commit else RELEASED,
        sequence=reservation.sequence + 1,
        updated_at=format_time(now),
    )
    data = {"reservation_id": reservation.reservation_id, "lines": _lines(reservation.wanted)}
    return _change(ended, events.STOCK_COMMITTED if commit else events.STOCK_RELEASED, data, now, cause)


def moves(before: Reservation | None, now: Reservation) -> tuple[StockMove, ...]:
    """What a change of a reservation does to the counts of its products, in order of their SKU."""
    wanted = sorted(now.wanted.items())
    match None if before is None else before.state, now.state:
        case None, "HELD":
            return tuple(StockMove(sku, available=-qty, reserved=qty) for sku, qty in wanted)
        case "HELD", "COMMITTED":
            return tuple(StockMove(sku, reserved=-qty, committed=qty) for sku, qty in wanted)
        case "HELD", "RELEASED":
            return tuple(StockMove(sku, reserved=-qty, available=qty) for sku, qty in wanted)
        case _:
            return ()


def _reservation(order_id: str, state: str, wanted: Mapping[str, int], sequence: int) -> Reservation:
    return Reservation(order_id, derived_id("reservation", order_id), state, dict(wanted), sequence)


def _change(
    reservation: Reservation, type_: str, data: Mapping[str, Any], now: datetime, cause: str
) -> StateChange[Reservation]:
    order_id, sequence = reservation.order_id, reservation.sequence
    made = make_event(SOURCE, type_, order_id, sequence=sequence, now=now, data=data, cause=cause)
    return StateChange(reservation, (made,))


def _lines(wanted: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"sku": sku, "qty": qty} for sku, qty in sorted(wanted.items())]
