"""The shop in this process as a platform of its own: HTTP, relay, consumers, sweeper in threads, and what breaks them.

It stands in tests, not in `trials`: trials know the shop by its contracts alone.
"""

import json
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from local_server import Answer, serving

from apps.shop.adapters import memory
from apps.shop.adapters.memory import MemoryBus, MemoryTable, memory_shop
from apps.shop.application import ordering, paying, stocking
from apps.shop.application.context import Shop
from apps.shop.application.healing import relay, sweep
from apps.shop.application.operating import operate
from apps.shop.domain.errors import TryAgainError
from apps.shop.domain.events import Event, parse
from apps.shop.domain.ids import new_id
from apps.shop.entrypoints import browsing
from apps.shop.entrypoints import ordering as orders_over_http
from apps.shop.entrypoints.http import Request, route
from sandbox.planes.aws.faults.rules import Active, Fault, strikes
from trials.chaos.port import Effect, Undo
from trials.lake import CONFIRMED, Lake
from trials.trial import Target

ROUTES = {**browsing.ROUTES, **orders_over_http.ROUTES}
HANDLERS = {"orders": ordering.handle, "inventory": stocking.handle, "payment": paying.handle}
ACTIONS = {"get": "GetItem", "many": "BatchGetItem", "commit": "TransactWriteItems", "settle": "UpdateItem"}
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


class Broken:
    """Faults and kills, asked before each call of a unit to a service."""

    def __init__(self) -> None:
        self.faults: list[Active] = []
        self.killed: set[str] = set()

    def call(self, unit: str, service: str, action: str, do: Callable[[], Any]) -> Any:
        dies = unit in self.killed
        self.killed.discard(unit)
        active = strikes(self.faults, service, action, f"arn:aws:sts::1:assumed-role/{unit}/{unit}")
        effect = active.fault.effect if active else ""
        if active is not None and effect in ("delayed", "cut"):
            time.sleep(min(active.fault.seconds, 0.05))
        if effect in ("unavailable", "throttled", "cut"):
            msg = f"{service} is {effect}"
            raise TryAgainError(msg)
        found = do()
        if dies:  # after the call, which is the worse moment: it is done, and nobody knows
            raise WorkerDiedError
        if effect == "lost":
            msg = f"an answer of {service} is lost"
            raise TryAgainError(msg)
        return found


class BreakableTable:
    """A table as one unit reaches it."""

    def __init__(self, table: MemoryTable, unit: str, broken: Broken) -> None:
        self._table, self._unit, self._broken = table, unit, broken

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._table, name)
        action = ACTIONS.get(name, "Query")
        return lambda *args, **named: self._broken.call(self._unit, "dynamodb", action, lambda: method(*args, **named))


class BreakableBus:
    """The bus as one unit reaches it."""

    def __init__(self, bus: MemoryBus, unit: str, broken: Broken) -> None:
        self._bus, self._unit, self._broken = bus, unit, broken

    def publish(self, events: Sequence[Event]) -> list[str]:
        def publish() -> list[str]:
            partial = [active for active in self._broken.faults if active.fault.effect == "partial"]
            refused = [event for event in events if any(active.strikes() for active in partial)]
            return [
                *self._bus.publish([event for event in events if event not in refused]),
                *[event.id for event in refused],
            ]

        return self._broken.call(self._unit, "events", "PutEvents", publish)


class MemoryPlatform:
    """A running shop, and the port's actions on it."""

    def __init__(self) -> None:
        self.shop, self.broken = memory_shop(SETTINGS), Broken()
        operate(self.shop, {"action": "seed"})
        self.bus: MemoryBus = self.shop.bus  # type: ignore[assignment]
        self.checkout, self.ops = self._as("checkout"), self._as("ops")
        self.paused: set[str] = set()
        self.workers: dict[str, threading.Semaphore] = {}
        self.patience: dict[str, tuple[float, int]] = defaultdict(lambda: (VISIBILITY_SECONDS, RECEIVES))
        self.stopping = threading.Event()
        self.base_url = ""

    def target(self) -> Target:
        skus = ["PEN-01", "MUG-01", "TEE-01", "POSTER-01"]
        return Target(self.base_url, self.operate, skus, lake=Lake(self.confirmed, seconds=1))

    def confirmed(self, _since: float) -> Sequence[Mapping[str, Any]]:
        """What analytics gets: everything that the bus took, whoever else takes it."""
        return [event.envelope() for event in list(self.bus.published) if event.type == CONFIRMED]

    def operate(self, action: str, **arguments: Any) -> Any:
        return json.loads(json.dumps(operate(self.ops, {"action": action, **arguments})))

    def refusal(self) -> str:
        return ""

    def lacks(self, action: str) -> str:
        return ""

    def disturbed(self) -> Sequence[str]:
        return [*sorted(self.paused), *(active.fault.effect for active in self.broken.faults)]

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

    def impatient(self, unit: str, seconds: int, receives: int) -> Undo:
        self.patience[unit] = (VISIBILITY_SECONDS / 10, receives)

        def undo() -> Effect:
            self.patience.pop(unit)
            return Effect(1)

        return undo

    def fault(self, unit: str, service: str, effect: Any, **about: Any) -> Undo:
        given = {"share": 1.0, **about, "actions": tuple(about.get("actions", ()))}
        active = Active(Fault(service, effect, caller=unit, **given), random.Random(0))
        self.broken.faults.append(active)

        def undo() -> Effect:
            self.broken.faults.remove(active)
            return Effect(active.struck)

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

    def deliver_again(self, seconds: int) -> Effect:
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
        unit = self._as("relay")
        while not self.stopping.wait(IDLE_SECONDS):
            for name in ("orders", "inventory", "payments"):
                self._try(lambda name=name: relay(unit, getattr(unit, name), getattr(self.shop, name).unpublished()))

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
            if self._try(lambda event=event: HANDLERS[name](unit, parse(event.envelope()))):
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
            request = Request(method, url.path, dict(parse_qsl(url.query, keep_blank_values=True)), headers, body)
            response = route(self.checkout, ROUTES, request)
            return response.status, response.headers, response.text().encode()
        finally:
            if gate is not None:
                gate.release()

    def _as(self, unit: str) -> Shop:
        tables = {
            name: BreakableTable(getattr(self.shop, name), unit, self.broken)
            for name in ("orders", "inventory", "payments")
        }
        return replace(self.shop, bus=BreakableBus(self.bus, unit, self.broken), **tables)  # type: ignore[arg-type]

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
        patch.setattr("trials.buying.BACKOFF_SECONDS", 0.02)
        patch.setattr("trials.buying.LONGEST_SECONDS", 0.5)
        patch.setattr("trials.chaos.run.SWEEP_SECONDS", 0.5)
        yield


@contextmanager
def memory_platform() -> Iterator[MemoryPlatform]:
    """A shop that sells on a free port of 127.0.0.1 while the block runs."""
    platform = MemoryPlatform()
    consumers = [(platform.run_consumer, (name,)) for name in HANDLERS]
    threads = [
        threading.Thread(target=run, args=args, daemon=True)
        for run, args in [(platform.run_relay, ()), (platform.run_sweeper, ()), *consumers]
    ]
    with serving(platform.answer) as platform.base_url:
        for thread in threads:
            thread.start()
        try:
            yield platform
        finally:
            platform.stopping.set()
            for thread in threads:
                thread.join(10)
