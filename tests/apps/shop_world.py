"""A shop in this process with a clock that stands still until it is moved."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shop_contract import check_ops

from apps.shop.adapters import memory
from apps.shop.adapters.memory import EVER, MemoryBus, MemoryOrders, MemoryPayments, MemoryStock, run_until_quiet
from apps.shop.application.cache import Cache
from apps.shop.application.consumers import CONSUMERS
from apps.shop.application.place_order import PlacedOrder, place_order
from apps.shop.application.publish_events import publish_outbox
from apps.shop.application.sweep import sweep
from apps.shop.domain.events import ORDER_PLACED, ORDER_PLACED_V1, STOCK_RESERVED, Event
from apps.shop.domain.orders import Order
from apps.shop.domain.payments import Payment
from apps.shop.domain.stock import Reservation, StockLevel
from apps.shop.entrypoints.operations import carry_out
from apps.shop.entrypoints.problems import ApiProblem

START = datetime(2026, 1, 31, 12, tzinfo=UTC)
TTL, DEADLINE, RESEND = 300, 600, 60
STORES = ("orders", "inventory", "payment")
ALL = 1_000_000

Record = dict[str, Any]


class World:
    """The shop, its clock, and what customers attempted."""

    def __init__(self, **settings: Any) -> None:
        self.now = START
        given = replace(memory.SETTINGS, payment_slow_seconds=0, **settings)
        self.shop = replace(memory.memory_shop(given, lambda: self.now), cache=Cache(now=self.age))
        self.attempts: list[tuple[str, str]] = []
        self.operate("seed")

    def age(self) -> float:
        """Seconds since the clock stood still."""
        return (self.now - START).total_seconds()

    @property
    def bus(self) -> MemoryBus:
        assert isinstance(self.shop.bus, MemoryBus)
        return self.shop.bus

    @property
    def orders(self) -> MemoryOrders:
        assert isinstance(self.shop.orders, MemoryOrders)
        return self.shop.orders

    @property
    def inventory(self) -> MemoryStock:
        assert isinstance(self.shop.stock, MemoryStock)
        return self.shop.stock

    @property
    def payments(self) -> MemoryPayments:
        assert isinstance(self.shop.payments, MemoryPayments)
        return self.shop.payments

    def stores(self) -> tuple[MemoryOrders, MemoryStock, MemoryPayments]:
        return self.orders, self.inventory, self.payments

    def place(
        self, lines: Mapping[str, int] | None = None, token: str = "ok", *, who: str = "ann", key: str | None = None
    ) -> PlacedOrder:
        """An accepted order; the attempt is written down first, as a client would."""
        named = key or str(uuid.uuid4())
        self.attempts.append((who, named))
        return place_order(self.shop, who, named, lines or {"MUG-01": 1}, token)

    def place_id(self, *args: Any, **named: Any) -> str:
        return self.place(*args, **named).order.order_id

    def place_as_before(self, lines: Mapping[str, int] | None = None, *, token: str, key: str | None = None) -> str:
        """An order as 0.1.0 stored it: its token is in its event, and not beside it."""
        placed = self.place(lines, token, key=key)
        order_id = placed.order.order_id
        if not placed.replayed:
            old = self.as_before(order_id, token)
            for records in (self.orders.outbox, self.orders._unpublished):
                records[old.id] = replace(records[old.id], event=old)
            del self.orders.tokens[order_id]
        return order_id

    def as_before(self, order_id: str, token: str) -> Event:
        """The event of 0.1.0 that an order was placed."""
        placed = next(record.event for record in self.orders.outbox.values() if record.event.subject == order_id)
        return replace(placed, type=ORDER_PLACED_V1, data={**placed.data, "payment_token": token})

    def settle(self, *args: Any, **named: Any) -> Order:
        """An order after everything was delivered."""
        order_id = self.place_id(*args, **named)
        run_until_quiet(self.shop)
        return self.order(order_id)

    def order(self, order_id: str) -> Order:
        found = self.shop.orders.find(order_id)
        assert found is not None
        return found.state

    def payment(self, order_id: str) -> Payment:
        found = self.shop.payments.find(order_id)
        assert found is not None
        return found.state

    def reservation(self, order_id: str) -> Reservation | None:
        found = self.shop.stock.find(order_id)
        return None if found is None else found.state

    def level(self, sku: str) -> StockLevel:
        found = self.shop.stock.level(sku)
        assert found is not None
        return found

    def event_types(self, order_id: str) -> list[str]:
        """The types of an order's events in the order of their first publication."""
        return list(dict.fromkeys(event.type for event in self.bus.published if event.subject == order_id))

    def events(self) -> Mapping[str, Event]:
        return {event.id: event for event in self.bus.published}

    def publish(self) -> None:
        """One round of all relays."""
        for store in self.stores():
            publish_outbox(self.shop, store, before=EVER, limit=ALL)

    def take(self, queue: str, type_: str) -> Event:
        """A message out of a queue, by its type."""
        waiting = self.bus.queues[queue]
        found = next(entry for entry in waiting if entry[0].type == type_)
        waiting.remove(found)
        return found[0]

    def deliver(self, queue: str, *types: str) -> None:
        """Messages of a queue, by their types, to its consumer."""
        for type_ in types:
            CONSUMERS[queue](self.shop, self.take(queue, type_))

    def reserve(self) -> str:
        """An order whose stock is reserved, and whose payment has not begun."""
        order_id = self.place_id()
        self.publish()
        self.deliver("inventory", ORDER_PLACED)
        self.publish()
        self.deliver("orders", STOCK_RESERVED)
        assert self.order(order_id).state == "RESERVED"
        return order_id

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def sweep(self) -> dict[str, int]:
        return sweep(self.shop)

    def heal(self) -> None:
        """What time does: deliveries, deadlines, and the sweeper's rounds."""
        for _ in range(3):
            run_until_quiet(self.shop)
            self.later(DEADLINE + 1)
            self.sweep()
        run_until_quiet(self.shop)

    def operate(self, action: str, **arguments: Any) -> dict[str, Any]:
        """An operator's action; request and answer are checked against the contract."""
        request = {"action": action, **arguments}
        try:
            answer = carry_out(self.shop, request)
        except ApiProblem as problem:
            check_ops(request, {"problem": problem.body()})
            raise
        check_ops(request, answer)
        return answer

    def records(self, store: str) -> list[Record]:
        """All pages of a store, as operators see it."""
        found: list[Record] = []
        cursor = None
        while True:
            page = self.operate("records", store=store, cursor=cursor)
            found += page["items"]
            cursor = page["cursor"]
            if cursor is None:
                return found

    def all_records(self) -> dict[str, Sequence[Record]]:
        """All pages of all stores."""
        return {store: self.records(store) for store in STORES}
