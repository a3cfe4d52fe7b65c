"""A shop in this process with a clock that stands still until it is moved."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shop_contract import check_ops

from apps.shop.adapters import memory
from apps.shop.adapters.memory import MemoryBus, run_until_quiet
from apps.shop.adapters.memory import memory_shop as make
from apps.shop.application import ordering, stocking
from apps.shop.application.cache import Cache
from apps.shop.application.healing import relay, sweep
from apps.shop.application.operating import operate
from apps.shop.application.placing import Placed, place
from apps.shop.application.records import order_pk
from apps.shop.application.stocking import stock_key
from apps.shop.domain.errors import Problem
from apps.shop.domain.events import Event
from apps.shop.ports import Item, Key

START = datetime(2026, 1, 31, 12, tzinfo=UTC)
TTL, DEADLINE, RESEND = 300, 600, 60


class World:
    """The shop, its clock, and what customers attempted."""

    def __init__(self, **settings: Any) -> None:
        self.now = START
        cache = Cache(now=self.age)
        self.shop = replace(
            make(replace(memory.SETTINGS, payment_slow_seconds=0, **settings), lambda: self.now), cache=cache
        )
        self.attempts: list[tuple[str, str]] = []
        self.operate("seed")

    def age(self) -> float:
        """Seconds since the clock stood still."""
        return (self.now - START).total_seconds()

    @property
    def bus(self) -> MemoryBus:
        assert isinstance(self.shop.bus, MemoryBus)
        return self.shop.bus

    def place(
        self, lines: Mapping[str, int] | None = None, token: str = "ok", *, who: str = "ann", key: str | None = None
    ) -> Placed:
        """An accepted order; the attempt is written down first, as a client would."""
        named = key or str(uuid.uuid4())
        self.attempts.append((who, named))
        return place(self.shop, who, named, lines or {"MUG-01": 1}, token)

    def settled(self, *args: Any, **named: Any) -> Item:
        """An order after everything was delivered."""
        order_id = self.place(*args, **named).order_id
        run_until_quiet(self.shop)
        return self.order(order_id)

    def order(self, order_id: str) -> Item:
        found = self.shop.orders.get(Key(order_pk(order_id), "ORDER"))
        assert found is not None
        return found

    def payment(self, order_id: str) -> Item | None:
        return self.shop.payments.get(Key(order_pk(order_id), "PAYMENT"))

    def reservation(self, order_id: str) -> Item | None:
        return self.shop.inventory.get(Key(order_pk(order_id), "RESERVATION"))

    def stock(self, sku: str) -> Item:
        found = self.shop.inventory.get(stock_key(sku))
        assert found is not None
        return found

    def told(self, order_id: str) -> list[str]:
        """The types of an order's events in the order of their first publication."""
        return list(dict.fromkeys(event.type for event in self.bus.published if event.subject == order_id))

    def events(self) -> Mapping[str, Event]:
        return {event.id: event for event in self.bus.published}

    def publish(self) -> None:
        """One round of all relays."""
        for table in (self.shop.orders, self.shop.inventory, self.shop.payments):
            relay(self.shop, table, table.unpublished())  # type: ignore[attr-defined]

    def take(self, queue: str, type_: str) -> Event:
        """A message out of a queue, by its type."""
        waiting = self.bus.queues[queue]
        found = next(entry for entry in waiting if entry[0].type == type_)
        waiting.remove(found)
        return found[0]

    def reserved(self) -> str:
        """An order whose stock is reserved, and whose payment has not begun."""
        order_id = self.place().order_id
        self.publish()
        stocking.handle(self.shop, self.take("inventory", "shop.order.placed.v1"))
        self.publish()
        ordering.handle(self.shop, self.take("orders", "shop.stock.reserved.v1"))
        assert self.order(order_id)["state"] == "RESERVED"
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
            answer = operate(self.shop, request)
        except Problem as problem:
            check_ops(request, {"problem": problem.body()})
            raise
        check_ops(request, answer)
        return answer

    def ledger(self, table: str) -> list[Item]:
        """All pages of a store, as operators see it."""
        found: list[Item] = []
        cursor = None
        while True:
            page = self.operate("ledger", table=table, cursor=cursor)
            found += page["items"]
            cursor = page["cursor"]
            if cursor is None:
                return found
