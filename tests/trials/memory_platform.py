"""The shop in this process as a platform of its own: HTTP, relay, consumers, sweeper in threads, and faults in them.

It stands in tests, not in `trials`: trials know the shop by its contracts alone.
"""

import json
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from local_server import Answer, http_server

from apps.shop.adapters import memory
from apps.shop.adapters.memory import EVER, MemoryBus, MemoryStore, memory_shop
from apps.shop.application.consumers import CONSUMERS
from apps.shop.application.publish_events import publish_events
from apps.shop.application.shop import Shop
from apps.shop.application.sweep import sweep
from apps.shop.domain.errors import TryAgainError
from apps.shop.domain.events import Event, parse_event
from apps.shop.domain.ids import new_id
from apps.shop.entrypoints import catalog, checkout
from apps.shop.entrypoints.http import ApiRequest, route
from apps.shop.entrypoints.operations import carry_out
from trials.chaos.platform import Calls, Effect, FaultEffect, Service, Undo
from trials.lake import CONFIRMED, Lake
from trials.trial import ShopTarget

ROUTES = {**catalog.ROUTES, **checkout.ROUTES}
STORES = ("orders", "stock", "payments")
WRITES = frozenset({"accept", "save", "note", "reserve", "mark_published", "restock", "add_level"})
MOST_EVENTS = 1_000
SETTINGS = replace(
    memory.SETTINGS,
    reservation_ttl_seconds=2,
    order_deadline_seconds=4,
    outbox_resend_after_seconds=0.3,
    payment_slow_seconds=0.02,
    faults_enabled=True,
)
VISIBILITY_SECONDS, RECEIVES, IDLE_SECONDS = 0.2, 5, 0.005


class WorkerDiedError(Exception):
    """A worker that is no more."""


@dataclass(slots=True)
class MemoryFault:
    """A fault between a unit (empty: all) and a service."""

    unit: str
    service: Service
    effect: FaultEffect
    calls: Calls
    share: float
    seconds: float
    dice: random.Random = field(default_factory=lambda: random.Random(0))
    struck: int = 0

    def concerns(self, unit: str, service: Service, *, writes: bool) -> bool:
        return self.unit in ("", unit) and self.service == service and (writes or self.calls == "all")

    def strikes(self) -> bool:
        struck = self.share >= 1 or self.dice.random() < self.share
        self.struck += struck
        return struck


class Disturbances:
    """Faults and kills, looked up before each call of a unit to a service."""

    def __init__(self) -> None:
        self.faults: list[MemoryFault] = []
        self.killed: set[str] = set()
        self.written = threading.Event()
        """Set by every write to a store."""

    def call(self, unit: str, service: Service, do: Callable[[], Any], *, writes: bool) -> Any:
        dies = unit in self.killed
        self.killed.discard(unit)
        fault = self._striking(unit, service, writes=writes)
        effect = fault.effect if fault else ""
        if fault is not None and effect in ("delayed", "cut"):
            time.sleep(min(fault.seconds, 0.05))
        if effect in ("unavailable", "throttled", "cut"):
            msg = f"{service} is {effect}"
            raise TryAgainError(msg)
        found = do()
        if service == "store" and writes:
            self.written.set()
        if dies:  # after the call, which is the worse moment: it is done, and nobody knows
            raise WorkerDiedError
        if effect == "lost":
            msg = f"an answer of {service} is lost"
            raise TryAgainError(msg)
        return found

    def _striking(self, unit: str, service: Service, *, writes: bool) -> MemoryFault | None:
        """The first fault that strikes; a partial one strikes every call, and throws its dice for each event."""
        for fault in self.faults:
            if fault.concerns(unit, service, writes=writes) and (fault.effect == "partial" or fault.strikes()):
                return fault
        return None


class BreakableStore:
    """A store as one unit reaches it."""

    def __init__(self, store: MemoryStore[Any], unit: str, disturbances: Disturbances) -> None:
        self._store, self._unit, self._disturbances = store, unit, disturbances

    def __getattr__(self, name: str) -> Any:
        method, call, writes = getattr(self._store, name), self._disturbances.call, name in WRITES
        return lambda *args, **named: call(self._unit, "store", lambda: method(*args, **named), writes=writes)


class BreakableBus:
    """The bus as one unit reaches it."""

    def __init__(self, bus: MemoryBus, unit: str, disturbances: Disturbances) -> None:
        self._bus, self._unit, self._disturbances = bus, unit, disturbances

    def publish(self, events: Sequence[Event]) -> list[str]:
        def publish() -> list[str]:
            partial = [fault for fault in self._disturbances.faults if fault.effect == "partial"]
            refused = [event for event in events if any(fault.strikes() for fault in partial)]
            return [
                *self._bus.publish([event for event in events if event not in refused]),
                *[event.id for event in refused],
            ]

        return self._disturbances.call(self._unit, "bus", publish, writes=True)


class MemoryPlatform:
    """A running shop, and the port's actions on it."""

    def __init__(self) -> None:
        self.shop, self.broken = memory_shop(SETTINGS), Disturbances()
        carry_out(self.shop, {"action": "seed"})
        self.bus: MemoryBus = self.shop.bus  # type: ignore[assignment]
        self.checkout, self.ops = self._as("checkout"), self._as("ops")
        self.paused: set[str] = set()
        self.workers: dict[str, threading.Semaphore] = {}
        self.patience: dict[str, tuple[float, int]] = defaultdict(lambda: (VISIBILITY_SECONDS, RECEIVES))
        self.stopping = threading.Event()
        self.base_url = ""

    def target(self) -> ShopTarget:
        skus = ["PEN-01", "MUG-01", "TEE-01", "POSTER-01"]
        return ShopTarget(self.base_url, self.operate, skus, lake=Lake(self.confirmed, seconds=1))

    def confirmed(self, _since: float) -> Sequence[Mapping[str, Any]]:
        """What analytics gets: everything that the bus took, whoever else takes it."""
        return [event.envelope() for event in list(self.bus.published) if event.type == CONFIRMED]

    def operate(self, action: str, **arguments: Any) -> Any:
        return json.loads(json.dumps(carry_out(self.ops, {"action": action, **arguments})))

    def refusal(self) -> str:
        return ""

    def explain_missing(self, action: str) -> str:
        return ""

    def disturbances(self) -> Sequence[str]:
        return [*sorted(self.paused), *(fault.effect for fault in self.broken.faults)]

    def pause(self, unit: str) -> Undo:
        self.paused.add(unit)

        def undo() -> Effect:
            self.paused.discard(unit)
            return Effect(1)

        return undo

    def throttle(self, unit: str, workers: int) -> Undo:
        self.workers[unit] = threading.Semaphore(workers)

        def undo() -> Effect:
            self.workers.pop(unit)
            return Effect(1)

        return undo

    def shorten_redelivery(self, unit: str, seconds: int, deliveries: int) -> Undo:
        self.patience[unit] = (VISIBILITY_SECONDS / 10, deliveries)

        def undo() -> Effect:
            self.patience.pop(unit)
            return Effect(1)

        return undo

    def inject_fault(
        self,
        unit: str,
        service: Service,
        effect: FaultEffect,
        *,
        calls: Calls = "all",
        share: float = 1,
        seconds: float = 0,
    ) -> Undo:
        fault = MemoryFault(unit, service, effect, calls, share, seconds)
        self.broken.faults.append(fault)

        def undo() -> Effect:
            self.broken.faults.remove(fault)
            return Effect(fault.struck)

        return undo

    def kill(self, unit: str) -> Effect:
        self.broken.killed.add(unit)
        return Effect(1, [unit])

    def poison(self, unit: str) -> Effect:
        event = Event(new_id(), "nobody", "unreadable", "", "", 0, "", "", {})
        self.bus.queues[unit].append((event, 1))
        return Effect(1, [event.id])

    def discard(self, unit: str, messages: Sequence[str]) -> Effect:
        dead = self.bus.dead[unit]
        gone = [event for event in dead if event.id in messages]
        dead[:] = [event for event in dead if event.id not in messages]
        return Effect(len(gone))

    def shuffle(self, unit: str) -> Effect:
        self.bus.queues[unit].reverse()
        return Effect(len(self.bus.queues[unit]))

    def replay_events(self, seconds: int) -> Effect:
        events = list({event.id: event for event in list(self.bus.published)}.values())
        self.bus.publish(events)
        return Effect(len(events))

    def redrive(self, unit: str) -> Effect:
        return Effect(self.operate("redrive", queue=unit, limit=1_000)["moved"])

    def sweep(self, ahead_seconds: int = 0) -> Effect:
        done = self.operate("sweep", **({"ahead_seconds": ahead_seconds} if ahead_seconds else {}))
        return Effect(done["published"] + done["expired"] + done["settled"])

    # -- what runs --------------------------------------------------------------------------------------------------

    def run_relay(self) -> None:
        unit, written = self._as("relay"), self.broken.written
        while not self.stopping.is_set():
            if not written.wait(10 * IDLE_SECONDS):
                continue
            written.clear()
            for name in STORES:
                with getattr(self.shop, name).claim(EVER, MOST_EVENTS) as found:
                    if found:
                        written.set()  # looked at once more, for what was not taken
                        self._try(lambda name=name, found=found: publish_events(unit, getattr(unit, name), found))
            self.stopping.wait(IDLE_SECONDS)

    def run_consumer(self, name: str) -> None:
        unit, queue = self._as(name), self.bus.queues[name]
        hidden: list[tuple[float, Event, int]] = []
        while not self.stopping.is_set():
            now = time.monotonic()
            queue.extend((event, receives) for at, event, receives in hidden if at <= now)
            hidden[:] = [waiting for waiting in hidden if waiting[0] > now]
            if name in self.paused or not queue:
                self.stopping.wait(IDLE_SECONDS)
                continue
            event, receives = queue.popleft()
            if self._try(lambda event=event: CONSUMERS[name](unit, parse_event(event.envelope()))):
                continue
            visibility, most = self.patience[name]
            if receives >= most:
                self.bus.dead[name].append(event)
            else:
                hidden.append((now + visibility, event, receives + 1))

    def run_sweeper(self) -> None:
        unit = self._as("sweeper")
        while not self.stopping.wait(0.5):
            self._try(lambda: sweep(unit))

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        gate = self.workers.get("checkout")
        if gate is not None and not gate.acquire(blocking=False):
            return 503, {}, b'{"message":"Service Unavailable"}'
        try:
            url = urlsplit(target)
            request = ApiRequest(method, url.path, dict(parse_qsl(url.query, keep_blank_values=True)), headers, body)
            response = route(self.checkout, ROUTES, request)
            return response.status, response.headers, response.text().encode()
        finally:
            if gate is not None:
                gate.release()

    def _as(self, unit: str) -> Shop:
        stores: dict[str, Any] = {n: BreakableStore(getattr(self.shop, n), unit, self.broken) for n in STORES}
        return replace(self.shop, bus=BreakableBus(self.bus, unit, self.broken), tokens=stores["orders"], **stores)

    def _try(self, do: Callable[[], Any]) -> bool:
        try:
            do()
        except (TryAgainError, WorkerDiedError, ValueError):
            return False
        return True


@contextmanager
def hasten() -> Iterator[None]:
    """Trials look often, and customers give up early: nothing here takes long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trials.trial.BETWEEN_SECONDS", 0.1)
        patch.setattr("trials.customers.BACKOFF_SECONDS", 0.02)
        patch.setattr("trials.customers.LONGEST_SECONDS", 0.5)
        patch.setattr("trials.customers.FOLLOW_SECONDS", 10.0)
        patch.setattr("trials.chaos.runner.SWEEP_SECONDS", 0.5)
        yield


@contextmanager
def memory_platform() -> Iterator[MemoryPlatform]:
    """A shop that sells on a free port of 127.0.0.1 while the block runs; each has its own."""
    platform = MemoryPlatform()
    consumers = [(platform.run_consumer, (name,)) for name in CONSUMERS]
    threads = [
        threading.Thread(target=run, args=args, daemon=True)
        for run, args in [(platform.run_relay, ()), (platform.run_sweeper, ()), *consumers]
    ]
    with http_server(platform.answer) as platform.base_url:
        for thread in threads:
            thread.start()
        try:
            yield platform
        finally:
            platform.stopping.set()
            for thread in threads:
                thread.join(10)
