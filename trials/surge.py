"""What a surge shows beyond the invariants: how fast the shop scaled, how long messages waited, its highest rate."""

import math
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import httpx

from trials.client import needs_environment_proxy
from trials.figures import figures, percentile
from trials.trial import Trial
from trials.waiting_times import drain_seconds, event_ages, oldest_order_ages

SAMPLE_SECONDS = 0.5
CEILING_SECONDS, CEILING_CLIENTS = 2.0, 8
GROWN = 0.9
LATE_MS = 250
OLDEST = "Age of the oldest order under way, from the first order on, by the stores' own clocks"

Count = Callable[[], int | None]
"""How many workers there are now; None where the platform does not say."""


@dataclass
class WorkerCounts:
    """How many workers the shop had over time."""

    samples: list[tuple[float, int]] = field(default_factory=list)
    """Seconds after the beginning, and how many there were."""

    @property
    def highest(self) -> int:
        """The highest count."""
        return max((count for _, count in self.samples), default=0)

    def growth_seconds(self) -> float | None:
        """Seconds from the first sample until nine tenths of the most were there; None where nothing was counted."""
        wanted = GROWN * self.highest
        return next((at for at, count in self.samples if self.highest and count >= wanted), None)


@dataclass(frozen=True)
class SurgeResult:
    """A trial with what was measured around it."""

    trial: Trial
    workers: WorkerCounts
    ceiling: float
    """Answers a second that the platform gives at most to requests that touch no table."""

    @cached_property
    def event_ages(self) -> Sequence[float]:
        """Seconds from when an event was stored until it was applied, by the stores' own clocks."""
        return event_ages(self.trial.evidence.stores, self._accepted)

    @cached_property
    def order_ages(self) -> Sequence[float]:
        """Age of the oldest order without an end, second by second after the first, by the stores' own clocks."""
        return oldest_order_ages(self.trial.evidence.stores, self._accepted)

    @cached_property
    def drain_seconds(self) -> float:
        """Seconds from the last order's placing until the last event was applied, by the stores' own clocks."""
        return drain_seconds(self.trial.evidence.stores, self._accepted)

    def document(self) -> Mapping[str, Any]:
        """Everything as JSON, times in seconds."""
        return {
            "time_to_scale_seconds": self.workers.growth_seconds(),
            "workers_most": self.workers.highest,
            "workers": [list(sample) for sample in self.workers.samples],
            "shed_share": round(self._shed(), 4),
            "oldest_message_seconds": round(max(self.event_ages, default=0.0), 2),
            "message_age_p50_seconds": round(percentile(self.event_ages, 50), 2),
            "message_age_p99_seconds": round(percentile(self.event_ages, 99), 2),
            "oldest_order_seconds": list(self.order_ages),
            "drain_seconds": self.drain_seconds,
            "peak_accepted_per_second": figures(self.trial.measurements).peak_rate,
            "ceiling_per_second": round(self.ceiling, 1),
        }

    def lines(self) -> Sequence[str]:
        """Everything for a terminal."""
        numbers, p50, p99 = (
            figures(self.trial.measurements),
            percentile(self.event_ages, 50),
            percentile(self.event_ages, 99),
        )
        grown, oldest = self.workers.growth_seconds(), max(self.event_ages, default=0.0)
        scaled = "not known on this platform" if grown is None else f"{grown:.1f} s, to {self.workers.highest} workers"
        best, most = f"{numbers.peak_rate:.0f} orders accepted", f"{self.ceiling:.0f} requests a second"
        late = f"This machine sent requests up to {numbers.late_ms:.0f} ms late: it was the limit itself."
        return [
            f"Time to scale: {scaled}",
            f"Shed: {self._shed():.1%} of the attempts (429, 503)",
            f"Oldest message: {oldest:.1f} s (p50 {p50:.2f} s, p99 {p99:.2f} s)",
            f"Oldest order under way: {self._peak()}",
            f"Drained {self.drain_seconds:.1f} s after the last order",
            f"Best second: {best}; this platform answers at most {most} that touch no table",
            *([late] if numbers.late_ms > LATE_MS else []),
        ]

    def curves(self) -> Mapping[str, Mapping[str, Sequence[float]]]:
        """What the HTML report shows besides the trial's own curves."""
        waited = {OLDEST: {"seconds": self.order_ages}} if self.order_ages else {}
        if not self.workers.samples:
            return waited
        seconds = math.ceil(self.workers.samples[-1][0]) + 1
        counts = [0.0] * seconds
        for at, count in self.workers.samples:
            counts[int(at)] = max(counts[int(at)], float(count))
        return {**waited, "Workers": {"workers": counts}}

    @property
    def _accepted(self) -> Sequence[str]:
        return list(self.trial.evidence.ledger.accepted)

    def _peak(self) -> str:
        most = max(self.order_ages, default=0.0)
        return f"{most:.1f} s, in second {self.order_ages.index(most)}" if most else "less than a second"

    def _shed(self) -> float:
        numbers = figures(self.trial.measurements)
        return numbers.shed / numbers.attempts if numbers.attempts else 0.0


@contextmanager
def sample_workers(count: Count) -> Generator[WorkerCounts]:
    """Count workers twice a second while the block runs, in a thread."""
    found, stop, began = WorkerCounts(), threading.Event(), time.monotonic()

    def sample() -> None:
        while not stop.wait(SAMPLE_SECONDS):
            number = count()
            if number is not None:
                found.samples.append((round(time.monotonic() - began, 2), number))

    thread = threading.Thread(target=sample, name="workers", daemon=True)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join()


def measure_ceiling(base_url: str, path: str = "/healthz") -> float:
    """The answers a second to clients that ask as fast as they are answered; 0 where nobody answers."""
    end = time.monotonic() + CEILING_SECONDS
    proxied = needs_environment_proxy(base_url)

    def ask() -> int:
        answered = 0
        with httpx.Client(base_url=base_url, timeout=5, trust_env=proxied) as client:
            while time.monotonic() < end:
                try:
                    answered += client.get(path).status_code == 200
                except httpx.HTTPError:
                    return answered
        return answered

    with ThreadPoolExecutor(CEILING_CLIENTS) as pool:
        return sum(pool.map(lambda _: ask(), range(CEILING_CLIENTS))) / CEILING_SECONDS
