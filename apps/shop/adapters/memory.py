"""Ports in this process: the oracle of the tests, and a shop without a cloud."""

import copy
import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from apps.contracts.consumers import consumers
from apps.shop.application import healing, ordering, paying, stocking
from apps.shop.application.context import Shop
from apps.shop.application.records import key_of
from apps.shop.config import ShopSettings
from apps.shop.domain.errors import Problem, TryAgainError
from apps.shop.domain.events import Event
from apps.shop.ports import Adjust, ConflictError, Item, Key, Write
from apps.shop.psp import FakePsp

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


class MemoryTable:
    """A table under one lock."""

    def __init__(self) -> None:
        self._items: dict[tuple[str, str], Item] = {}
        self._lock = threading.RLock()

    def get(self, key: Key) -> Item | None:
        with self._lock:
            return copy.deepcopy(self._items.get((key.pk, key.sk)))

    def many(self, keys: Sequence[Key]) -> list[Item]:
        return [item for key in keys if (item := self.get(key)) is not None]

    def commit(self, writes: Sequence[Write]) -> None:
        with self._lock:
            if len({_key(write) for write in writes}) != len(writes):
                msg = "a commit writes a record twice"  # no store takes that
                raise ValueError(msg)
            failed = [_key(write) for write in writes if not self._holds(write)]
            if failed:
                raise ConflictError(tuple(failed))
            for write in writes:
                self._apply(write)

    def page(self, pk: str, prefix: str, *, limit: int, after: str | None = None) -> list[Item]:
        found = self._where(lambda i: i["pk"] == pk and i["sk"].startswith(prefix) and i["sk"] > (after or ""))
        return sorted(found, key=lambda i: i["sk"])[:limit]

    def of_customer(self, customer_id: str, *, limit: int, after: tuple[str, str] | None = None) -> list[Item]:
        found = self._where(lambda i: i.get("customer_id") == customer_id and "placed_at" in i)
        kept = [i for i in found if after is None or _place(i) < after]
        return sorted(kept, key=_place, reverse=True)[:limit]

    def due(self, moment: str, *, limit: int) -> list[Item]:
        found = self._where(lambda i: bool(i.get("due_at")) and i["due_at"] <= moment)
        return sorted(found, key=lambda i: i["due_at"])[:limit]

    def waiting(self, limit: int) -> int:
        return min(limit, len(self._where(lambda i: i["kind"] == "order" and "due_at" in i)))

    def settle(self, key: Key, published_at: str, ttl: int) -> None:
        with self._lock:
            item = self._items.get((key.pk, key.sk))
            if item is not None:
                item.pop("due_at", None)
                item.pop("due_shard", None)
                item |= {"published_at": published_at, "ttl": ttl}

    def scan(self, *, limit: int, after: Key | None = None) -> tuple[list[Item], Key | None]:
        start = (after.pk, after.sk) if after else ("", "")
        found = sorted(self._where(lambda i: (i["pk"], i["sk"]) > start), key=lambda i: (i["pk"], i["sk"]))
        return found[:limit], key_of(found[limit - 1]) if len(found) > limit else None

    def unpublished(self) -> list[Item]:
        """Outbox records that nobody has published."""
        return self._where(lambda i: i["kind"] == "outbox" and "due_at" in i)

    def _where(self, wanted: Callable[[Item], bool]) -> list[Item]:
        with self._lock:
            return [copy.deepcopy(item) for item in self._items.values() if wanted(item)]

    def _holds(self, write: Write) -> bool:
        key = _key(write)
        item = self._items.get((key.pk, key.sk))
        if isinstance(write, Adjust):
            return item is not None and all(item[k] + delta >= 0 for k, delta in write.deltas.items())
        return item is None if write.version is None else item is not None and item["version"] == write.version

    def _apply(self, write: Write) -> None:
        key = _key(write)
        if isinstance(write, Adjust):
            item = self._items[key.pk, key.sk]
            for name, delta in write.deltas.items():
                item[name] += delta
        else:
            self._items[key.pk, key.sk] = {**copy.deepcopy(write.item), "version": (write.version or 0) + 1}


class MemoryBus:
    """A bus with a queue for each consumer, at least once, and dead letters."""

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

    def redrive(self, name: str, *, limit: int, dry_run: bool) -> dict[str, Any]:
        if name not in self.dead:
            raise Problem(400, "unknown_queue", f"No queue '{name[:40]}'; there are: {', '.join(sorted(self.dead))}.")
        found, letters = len(self.dead[name]), self.dead[name][:limit]
        if dry_run:
            shown = [{"message_id": e.id, "type": e.type, "order_id": e.subject, "event_id": e.id} for e in letters]
            return {"queue": name, "found": found, "moved": 0, "letters": shown}
        self.queues[name].extend((event, 1) for event in letters)
        del self.dead[name][: len(letters)]
        return {"queue": name, "found": found, "moved": len(letters)}


def memory_shop(settings: ShopSettings = SETTINGS, clock: Callable[[], datetime] | None = None) -> Shop:
    """A shop that lives in this process."""
    bus = MemoryBus()
    return Shop(
        settings=settings,
        clock=clock or (lambda: datetime.now(UTC)),
        catalog=MemoryTable(),
        orders=MemoryTable(),
        inventory=MemoryTable(),
        payments=MemoryTable(),
        bus=bus,
        psp=FakePsp(settings.payment_slow_seconds),
        queues=bus,
    )


def run_until_quiet(shop: Shop) -> int:
    """Relay and deliver until nothing moves; returns the number of deliveries."""
    handlers = {"orders": ordering.handle, "inventory": stocking.handle, "payment": paying.handle}
    bus, deliveries = shop.bus, 0
    assert isinstance(bus, MemoryBus)  # noqa: S101 - this loop knows no other
    while True:
        for table in (shop.orders, shop.inventory, shop.payments):
            assert isinstance(table, MemoryTable)  # noqa: S101
            healing.relay(shop, table, table.unpublished())
        name = next((n for n, queue in bus.queues.items() if queue), None)
        if name is None:
            return deliveries
        event, receives = bus.queues[name].popleft()
        deliveries += 1
        try:
            handlers[name](shop, event)
        except TryAgainError:
            if receives < MAX_RECEIVES:
                bus.queues[name].append((event, receives + 1))
            else:
                bus.dead[name].append(event)


def _place(item: Item) -> tuple[str, str]:
    return item["placed_at"], item["order_id"]


def _key(write: Write) -> Key:
    return write.key if isinstance(write, Adjust) else key_of(write.item)
