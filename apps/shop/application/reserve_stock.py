"""Reserving an order's stock, and selling it or giving it back."""

from collections.abc import Mapping

from apps.shop.application.apply_once import apply_once
from apps.shop.application.shop import Shop
from apps.shop.domain import events, stock
from apps.shop.domain.errors import TryAgainError
from apps.shop.domain.events import Event, StateChange
from apps.shop.domain.stock import Reservation
from apps.shop.ports import ConflictError, Lookup, Versioned

# All orders of a product want the same count.
TRIES = 8


def apply_to_stock(shop: Shop, fact: Event) -> None:
    """Apply an order's fact to the stock, once.

    Raises:
        TryAgainError: others change the same stock at every try, or the order's placing is not known yet.
    """

    def decide(seen: Lookup[Reservation]) -> None:
        if fact.type in events.PLACED:
            # "Already done" is asked before "still possible": a second delivery finds its own verdict.
            _reserve(shop, fact) if seen.found is None else shop.stock.note(fact)
        elif seen.found is not None:
            _settle(shop, fact, seen.found)
        elif fact.type == events.ORDER_CANCELLED:  # before its placing is known: nothing may be reserved any more
            shop.stock.save(stock.forbid_reservation(fact.subject), None, fact)
        else:
            msg = f"order {fact.subject} is confirmed, but its placing is not known yet"
            raise TryAgainError(msg)

    apply_once(shop.stock, fact, decide, what=f"the stock for order {fact.subject}", tries=TRIES)


def settle_reservation(shop: Shop, found: Versioned[Reservation], *, commit: bool) -> None:
    """Commit or release a reservation that no event has settled; one that is settled stays as it is."""
    change = stock.settle(found.state, commit=commit, now=shop.clock())
    if change is not None:
        try:
            shop.stock.save(change, found)
        except ConflictError:
            return  # an event has just done it


def _reserve(shop: Shop, placed: Event) -> None:
    wanted = {str(line["sku"]): int(line["qty"]) for line in placed.data["lines"]}

    def decide(available: Mapping[str, int]) -> StateChange[Reservation]:
        ttl = shop.settings.reservation_ttl_seconds
        return stock.reserve(placed, wanted, available, now=shop.clock(), ttl_seconds=ttl)

    shop.stock.reserve(placed, tuple(wanted), decide)


def _settle(shop: Shop, fact: Event, found: Versioned[Reservation]) -> None:
    commit = fact.type == events.ORDER_CONFIRMED
    change = stock.settle(found.state, commit=commit, now=shop.clock(), cause=fact.id)
    if change is None:
        shop.stock.note(fact)
    else:
        shop.stock.save(change, found, fact)
