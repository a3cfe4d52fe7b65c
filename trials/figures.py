"""What customers measured, as numbers: counts, percentiles, curves by the second."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trials.customers import Measurements
from trials.ledger_facts import ACCEPTED, SHED


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers of one run."""

    attempts: int
    accepted: int
    shed: int
    """429 and 503."""
    unanswered: int
    p50_ms: float
    p99_ms: float
    """Of accepted orders, from the moment that they were due."""
    end_p50_s: float
    end_p99_s: float
    """From a followed order's 202 to its end."""
    late_ms: float
    """The longest that a request was sent after it was due."""
    peak_rate: float
    """Accepted orders in the best second."""


@dataclass(frozen=True, slots=True)
class Second:
    """One second of a run."""

    due: int
    """Attempts that were to be sent."""
    accepted: int
    shed: int
    p50_ms: float
    p99_ms: float


def figures(measurements: Measurements) -> Figures:
    """A run's numbers; percentiles of nothing are 0."""
    statuses = Counter(sample.status for sample in measurements.samples)
    latencies = [sample.latency * 1000 for sample in measurements.samples if sample.status == ACCEPTED]
    ends = [seconds for _, seconds in measurements.ends]
    return Figures(
        attempts=len(measurements.samples),
        accepted=statuses[ACCEPTED],
        shed=sum(statuses[status] for status in SHED),
        unanswered=statuses[None],
        p50_ms=percentile(latencies, 50),
        p99_ms=percentile(latencies, 99),
        end_p50_s=percentile(ends, 50),
        end_p99_s=percentile(ends, 99),
        late_ms=measurements.late * 1000,
        peak_rate=max((second.accepted for second in curve(measurements)), default=0),
    )


def curve(measurements: Measurements) -> Sequence[Second]:
    """The run second by second, by the time at which attempts were due."""
    by_second: dict[int, list[tuple[int | None, float]]] = {}
    for sample in measurements.samples:
        by_second.setdefault(int(sample.due), []).append((sample.status, sample.latency * 1000))
    return [_second(by_second.get(number, [])) for number in range(max(by_second, default=-1) + 1)]


def percentile(values: Sequence[float], percent: int) -> float:
    """The nearest-rank percentile; 0 of nothing."""
    if not values:
        return 0.0
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def _second(found: Sequence[tuple[int | None, float]]) -> Second:
    statuses: Mapping[int | None, int] = Counter(status for status, _ in found)
    latencies = [latency for _, latency in found]
    return Second(
        due=len(found),
        accepted=statuses.get(ACCEPTED, 0),
        shed=sum(statuses.get(status, 0) for status in SHED),
        p50_ms=percentile(latencies, 50),
        p99_ms=percentile(latencies, 99),
    )
