"""Ports in this process: the oracle of the tests, and a shop without a cloud."""

import threading
from collections import deque
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Generic

from apps.contracts.consumers import consumers
from apps.shop.application.consumers import CONSUMERS
from apps.shop.application.publish_events import publish_outbox
from apps.shop.application.shop import Shop
from apps.shop.config import ShopSettings
from apps.shop.domain import stock
from apps.shop.domain.clock import format_time
from apps.shop.domain.errors import BadCursorError, TryAgainError, UnknownQueueError
from apps.shop.domain.events import Event, StateChange
from apps.shop.domain.ids import key_digest
from apps.shop.domain.orders import Order
from apps.shop.domain.payments import Payment
from apps.shop.domain.products import Product
from apps.shop.domain.stock import HELD, Reservation, StockLevel
from apps.shop.ports import (
    Acceptance,
    Clock,
    ConflictError,
    DeadMessage,
    InboxRecord,
    KeyRecord,
    Lookup,
    OutboxRecord,
    RecordPage,
    Redriven,
    S,
    StoreRecord,
    Versioned,
)
from apps.shop.provider import FakePaymentProvider

SETTINGS = ShopSettings(
    platform="memory",
    version="1",
    auth_mode="header",
    reservation_ttl_seconds=300,
    order_deadline_seconds=600,
    outbox_resend_after_seconds=60,
    payment_slow_seconds=2,
    max_pending_orders=0,
    faults_enabled=False,
)
"""A shop in this process has no stack that could set anything."""
MAX_RECEIVES = 5
EVER = "9999"
"""A moment after all others."""


class MemoryCatalog:
    """Products; see the `Catalog` port."""

    def __init__(self) -> None:
        self.listed: dict[str, Product] = {}

    def page(self, limit: int, after: str | None = None) -> Sequence[Product]:
        return [self.listed[sku] for sku in sorted(self.listed) if sku > (after or "")][:limit]

    def product(self, sku: str) -> Product | None:
        return self.listed.get(sku)

    def products(self, skus: Collection[str]) -> Mapping[str, Product]:
        return {sku: self.listed[sku] for sku in skus if sku in self.listed}

    def add(self, product: Product) -> bool:
        return self.listed.setdefault(product.sku, product) is product


class MemoryStore(Generic[S]):
    """What the three services' stores have in common, under one lock; see the `ServiceStore` port."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._lock = clock, threading.RLock()
        self.states: dict[str, Versioned[S]] = {}
        self.outbox: dict[str, OutboxRecord] = {}
        self._unpublished: dict[str, OutboxRecord] = {}
        self.inbox: dict[str, InboxRecord] = {}

    def look(self, fact: Event) -> Lookup[S]:
        with self._lock:
            return Lookup(fact.id in self.inbox, self.find(fact.subject))

    def find(self, order_id: str) -> Versioned[S] | None:
        return self.states.get(order_id)

    def save(self, change: StateChange[S], was: Versioned[S] | None, fact: Event | None = None) -> Versioned[S]:
        with self._lock:
            current = self.states.get(change.state.order_id)
            if _version(current) is not _version(was):
                raise ConflictError
            if fact is not None:
                self.note(fact)
            stored = Versioned(change.state, object())
            self.states[change.state.order_id] = stored
            now = format_time(self._clock())
            made = {event.id: OutboxRecord(event, now, None) for event in change.events}
            self.outbox |= made
            self._unpublished |= made
            return stored

    def note(self, fact: Event) -> None:
        with self._lock:
            if fact.id in self.inbox:
                raise ConflictError
            self.inbox[fact.id] = InboxRecord(fact.subject, fact.id, fact.type, format_time(self._clock()))

    @contextmanager
    def claim(self, before: str, limit: int) -> Generator[Sequence[Event]]:
        with self._lock:
            waiting = list(self._unpublished.values())
        yield [record.event for record in waiting if record.created_at <= before][:limit]

    def mark_published(self, events: Sequence[Event], at: str) -> None:
        with self._lock:
            for event in events:
                record = self._unpublished.pop(event.id, None)
                if record is not None:
                    self.outbox[event.id] = replace(record, published_at=at)

    def records(self, cursor: str | None, limit: int) -> RecordPage:
        if cursor is not None and not cursor.isdecimal():
            msg = "cursor must be the one that the page before came with."
            raise BadCursorError(msg)
        with self._lock:
            kept, start = self._records(), int(cursor or 0)
        end = start + limit
        return RecordPage(kept[start:end], str(end) if len(kept) > end else None)

    def _records(self) -> list[StoreRecord]:
        return [*[stored.state for stored in self.states.values()], *self.outbox.values(), *self.inbox.values()]


class MemoryOrders(MemoryStore[Order]):
    """Orders; see the ports `OrderStore` and `PaymentTokens`."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.acceptances: dict[tuple[str, str], Acceptance] = {}
        self.tokens: dict[str, tuple[str, str]] = {}
        """Each order's payment token, and until when."""

    def find_acceptance(self, customer_id: str, key: str) -> Acceptance | None:
        return self.acceptances.get((customer_id, key))

    def accept(self, acceptance: Acceptance, events: Sequence[Event], payment_token: str, token_until: str) -> None:
        order = acceptance.order
        with self._lock:
            if (order.customer_id, acceptance.key) in self.acceptances:
                raise ConflictError
            self.save(StateChange(order, tuple(events)), None)
            self.acceptances[order.customer_id, acceptance.key] = acceptance
            self.tokens[order.order_id] = (payment_token, token_until)

    def payment_token(self, order_id: str, moment: str) -> str | None:
        token, until = self.tokens.get(order_id, ("", ""))
        return token if moment < until else None

    def history(self, customer_id: str, limit: int, after: tuple[str, str] | None = None) -> Sequence[Order]:
        theirs = [order for order in self._orders() if order.customer_id == customer_id]
        left = [order for order in theirs if after is None or _place(order) < after]
        return sorted(left, key=_place, reverse=True)[:limit]

    def overdue_orders(self, moment: str, limit: int) -> Sequence[Order]:
        due = [order for order in self._orders() if order.due_at is not None and order.due_at <= moment]
        return sorted(due, key=lambda order: order.due_at or "")[:limit]

    def count_open(self, limit: int) -> int:
        return min(limit, sum(not order.has_ended for order in self._orders()))

    def _orders(self) -> list[Order]:
        with self._lock:
            return [stored.state for stored in self.states.values()]

    def _records(self) -> list[StoreRecord]:
        keys = [KeyRecord(a.order.order_id, key_digest(*who_and_key)) for who_and_key, a in self.acceptances.items()]
        return [*super()._records(), *keys]


class MemoryStock(MemoryStore[Reservation]):
    """Stock and reservations; see the `StockStore` port."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.levels: dict[str, StockLevel] = {}

    def save(
        self, change: StateChange[Reservation], was: Versioned[Reservation] | None, fact: Event | None = None
    ) -> Versioned[Reservation]:
        with self._lock:
            moved = [self._move(move) for move in stock.moves(None if was is None else was.state, change.state)]
            stored = super().save(change, was, fact)
            self.levels |= {level.sku: level for level in moved}
            return stored

    def reserve(
        self,
        fact: Event,
        wanted: Collection[str],
        decide: Callable[[Mapping[str, int]], StateChange[Reservation]],
    ) -> None:
        with self._lock:
            self.save(decide({sku: self.levels[sku].available for sku in wanted if sku in self.levels}), None, fact)

    def expired_reservations(self, moment: str, limit: int) -> Sequence[Reservation]:
        with self._lock:
            kept = [stored.state for stored in self.states.values() if stored.state.state == HELD]
        due = [r for r in kept if r.expires_at is not None and r.expires_at <= moment]
        return sorted(due, key=lambda r: r.expires_at or "")[:limit]

    def level(self, sku: str) -> StockLevel | None:
        return self.levels.get(sku)

    def add_level(self, level: StockLevel) -> bool:
        return self.levels.setdefault(level.sku, level) is level

    def restock(self, sku: str, quantity: int) -> bool:
        with self._lock:
            level = self.levels.get(sku)
            if level is not None:
                more = {"available": level.available + quantity, "restocked": level.restocked + quantity}
                self.levels[sku] = replace(level, **more)
        return level is not None

    def _move(self, move: stock.StockMove) -> StockLevel:
        level = self.levels.get(move.sku)
        counts = {} if level is None else {name: getattr(level, name) + n for name, n in move.deltas().items()}
        if level is None or min(counts.values()) < 0:
            raise ConflictError
        return replace(level, **counts)

    def _records(self) -> list[StoreRecord]:
        return [*super()._records(), *self.levels.values()]


class MemoryPayments(MemoryStore[Payment]):
    """Payments; see the `PaymentStore` port."""


class MemoryBus:
    """A queue for each consumer, at least once, and dead letters; see the ports `ShopBus` and `OperatorQueues`."""

    def __init__(self) -> None:
        self.queues: dict[str, deque[tuple[Event, int]]] = {name: deque() for name in consumers()}
        self.dead: dict[str, list[Event]] = {name: [] for name in consumers()}
        self.published: list[Event] = []

    def publish(self, events: Sequence[Event]) -> list[str]:
        for event in events:
            self.published.append(event)
            for name, types in consumers().items():
                if event.type in types:
                    self.queues[name].append((event, 1))
        return []

    def redrive(self, name: str, limit: int) -> Redriven:
        letters = self._letters(name)
        found, moved = len(letters), letters[:limit]
        self.queues[name].extend((event, 1) for event in moved)
        del letters[:limit]
        return Redriven(found, len(moved))

    def show_dead_letters(self, name: str, limit: int) -> Redriven:
        letters = self._letters(name)
        shown = [DeadMessage(event.id, event.type, event.subject, event.id) for event in letters[:limit]]
        return Redriven(len(letters), 0, shown)

    def _letters(self, name: str) -> list[Event]:
        if name not in self.dead:
            raise UnknownQueueError(name, tuple(self.dead))
        return self.dead[name]


def memory_shop(settings: ShopSettings = SETTINGS, clock: Clock | None = None) -> Shop:
    """A shop that lives in this process."""
    bus, now = MemoryBus(), clock or (lambda: datetime.now(UTC))
    orders = MemoryOrders(now)
    return Shop(
        settings=settings,
        clock=now,
        catalog=MemoryCatalog(),
        orders=orders,
        stock=MemoryStock(now),
        payments=MemoryPayments(now),
        tokens=orders,
        bus=bus,
        provider=FakePaymentProvider(settings.payment_slow_seconds),
        queues=bus,
    )


def run_until_quiet(shop: Shop) -> int:
    """Publish and deliver until nothing moves; returns the number of deliveries."""
    bus, deliveries = shop.bus, 0
    assert isinstance(bus, MemoryBus)  # noqa: S101 - this loop knows no other
    while True:
        for outbox in (shop.orders, shop.stock, shop.payments):
            publish_outbox(shop, outbox, before=EVER, limit=1_000_000)
        name = next((n for n, queue in bus.queues.items() if queue), None)
        if name is None:
            return deliveries
        event, receives = bus.queues[name].popleft()
        deliveries += 1
        try:
            CONSUMERS[name](shop, event)
        except TryAgainError:
            if receives < MAX_RECEIVES:
                bus.queues[name].append((event, receives + 1))
            else:
                bus.dead[name].append(event)


def _version(stored: Versioned[S] | None) -> object:
    return None if stored is None else stored.version


def _place(order: Order) -> tuple[str, str]:
    return order.placed_at, order.order_id
