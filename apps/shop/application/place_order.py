"""Placing an order: once, whatever the client does."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from apps.shop.application.apply_once import do_once
from apps.shop.application.shop import Shop
from apps.shop.domain import orders
from apps.shop.domain.clock import add_seconds
from apps.shop.domain.errors import ContendedError, KeyReusedError, OrderInFlightError, ShopFullError, UnknownSkuError
from apps.shop.domain.events import StateChange
from apps.shop.domain.ids import new_id
from apps.shop.domain.orders import Order
from apps.shop.ports import Acceptance

PAUSE_SECONDS = 0.01
# An order has ended by its deadline, or when the sweeper runs next; from an hour later on nobody needs its token.
TOKEN_KEPT_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """The answer to a placed order: the order as it was accepted, and whether an earlier request had placed it."""

    order: Order
    replayed: bool


def place_order(shop: Shop, customer_id: str, key: str, lines: Mapping[str, int], token: str) -> PlacedOrder:
    """Place an order, or return the answer that its first attempt got.

    Args:
        shop: The shop.
        customer_id: Who orders.
        key: The client's idempotency key.
        lines: Quantity by SKU.
        token: What the payment provider charges.

    Raises:
        KeyReusedError: the key was used for another order.
        OrderInFlightError: another request with the key is being stored.
        ShopFullError: more orders wait than the settings allow.
        TryAgainError: a store takes no more at the moment.
        UnknownSkuError: a product is not in the catalog.
    """
    fingerprint = _fingerprint(lines, token)

    @cache
    def new_order() -> StateChange[Order]:
        _admit(shop)
        return _new_order(shop, customer_id, lines)

    def replay(known: Acceptance | None) -> PlacedOrder | None:
        if known is None:
            return None
        if known.fingerprint != fingerprint:
            msg = "This Idempotency-Key was used for another order; use a new one."
            raise KeyReusedError(msg)
        return PlacedOrder(known.order, replayed=True)

    def accept(_: Acceptance | None) -> PlacedOrder:
        order, events = new_order().state, new_order().events
        until = add_seconds(shop.clock(), shop.settings.order_deadline_seconds + TOKEN_KEPT_SECONDS)
        shop.orders.accept(Acceptance(key, fingerprint, order), events, token, until)
        return PlacedOrder(order, replayed=False)

    try:
        return do_once(
            lambda: shop.orders.find_acceptance(customer_id, key),
            replay,
            accept,
            what="this Idempotency-Key's order",
            pause_seconds=PAUSE_SECONDS,  # another request with this key is being stored
        )
    except ContendedError:
        msg = "Another request with this key is being handled; try again."
        raise OrderInFlightError(msg) from None


def _new_order(shop: Shop, customer_id: str, lines: Mapping[str, int]) -> StateChange[Order]:
    products = shop.catalog.products(tuple(lines))
    unknown = sorted(set(lines) - set(products))
    if unknown:
        raise UnknownSkuError(unknown)
    priced = orders.price(lines, products)
    deadline = shop.settings.order_deadline_seconds
    return orders.place(new_id(), customer_id, priced, now=shop.clock(), deadline_seconds=deadline)


def _admit(shop: Shop) -> None:
    limit = shop.settings.max_pending_orders
    if limit and shop.orders.count_open(limit) >= limit:
        msg = "More orders wait than the shop settles in time; try again soon."
        raise ShopFullError(msg)


def _fingerprint(lines: Mapping[str, int], token: str) -> str:
    canonical = json.dumps([sorted(lines.items()), token], separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
