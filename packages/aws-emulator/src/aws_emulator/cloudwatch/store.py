"""Every metric's values, by the second for a while and by the minute for a day."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from aws_emulator.cloudwatch.statistics import PeriodTotals, merge_totals

# The resolution of AWS's own metrics, and what AWS keeps for how long; of minutes a day is kept here, not 15.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention
MINUTE = 60
SECONDS_KEPT = 3 * 3_600
MINUTES_KEPT = 24 * 3_600
# How values are distributed is what takes room.
DISTRIBUTIONS_KEPT = 3 * 3_600
MOST_SECONDS = 3_600
MOST_METRICS = 10_000


class Metric(NamedTuple):
    """What names a metric: its values are apart from every other's."""

    account: str
    region: str
    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    """Names and values, by name."""


class _Series:
    __slots__ = ("minutes", "seconds", "unit")

    def __init__(self, unit: str) -> None:
        self.unit = unit
        self.seconds: dict[int, PeriodTotals] = {}
        self.minutes: dict[int, PeriodTotals] = {}


class MetricStore:
    """Metrics of all accounts and regions; safe to use from threads."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._series: dict[Metric, _Series] = {}
        self.minute = MINUTE
        """Seconds that CloudWatch's minute lasts here. Below 60 every value is kept by the second."""
        self.refused = 0
        """Values of metrics that there was no room for."""

    def __len__(self) -> int:
        return len(self._series)

    def now(self) -> float:
        """The time by which values are filed, in seconds since 1970."""
        return self._clock()

    def add(
        self,
        metric: Metric,
        value: float,
        *,
        at: float | None = None,
        count: float = 1,
        unit: str = "None",
        fine: bool = False,
    ) -> None:
        """Take a value.

        Args:
            metric: Whose.
            value: The value.
            at: When it was seen, in seconds since 1970 (default now).
            count: How often it was seen.
            unit: CloudWatch's word for its unit.
            fine: Keep it by the second too, as `StorageResolution` 1 asks.
        """
        with self._lock:
            for totals in self._open_totals(metric, at, unit, fine=fine):
                totals.add(value, count)

    def add_set(self, metric: Metric, numbers: tuple[float, float, float, float], **more: Any) -> None:
        """Take a statistic set: count, sum, minimum, maximum; the rest as `add`."""
        at, unit, fine = more.get("at"), more.get("unit", "None"), more.get("fine", False)
        with self._lock:
            for totals in self._open_totals(metric, at, unit, fine=fine):
                totals.add_set(*numbers)

    def read_window(self, metric: Metric, start: int, end: int) -> PeriodTotals | None:
        """The values from `start` until before `end`; None without any.

        Bounds that are not whole minutes, or a short minute, ask for values by the second.
        """
        series = self._series.get(metric)
        if series is None:
            return None
        step = MINUTE if self.minute == MINUTE and start % MINUTE == 0 and end % MINUTE == 0 else 1
        kept = series.minutes if step == MINUTE else series.seconds
        with self._lock:
            if len(kept) < (end - start) // step:
                return merge_totals(totals for at, totals in kept.items() if start <= at < end)
            return merge_totals(kept[at] for at in range(start, end, step) if at in kept)

    def find_unit(self, metric: Metric) -> str:
        """The unit of a metric's newest value."""
        series = self._series.get(metric)
        return series.unit if series else "None"

    def find_newest(self, metric: Metric) -> int | None:
        """The minute of a metric's newest value, in seconds since 1970."""
        series = self._series.get(metric)
        return max(series.minutes, default=None) if series else None

    def list_metrics(self, account: str, region: str) -> Iterator[Metric]:
        """The metrics of a region."""
        yield from [metric for metric in self._series if metric[:2] == (account, region)]

    def prune(self) -> None:
        """Forget what is older than is kept."""
        now = self._clock()
        with self._lock:
            for metric, series in list(self._series.items()):
                _drop(series.seconds, now - SECONDS_KEPT, MOST_SECONDS)
                _drop(series.minutes, now - MINUTES_KEPT, MINUTES_KEPT // MINUTE)
                for at, totals in series.minutes.items():
                    if at < now - DISTRIBUTIONS_KEPT:
                        totals.values = None
                if not series.minutes:
                    del self._series[metric]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._series.clear()

    def dump(self) -> list[Any]:
        """Everything, as JSON."""
        with self._lock:
            return [
                [list(metric), series.unit, _dump_totals(series.seconds), _dump_totals(series.minutes)]
                for metric, series in self._series.items()
            ]

    def load(self, state: list[Any]) -> None:
        """Take what was dumped."""
        with self._lock:
            for (account, region, namespace, name, dimensions), unit, seconds, minutes in state:
                series = _Series(unit)
                series.seconds, series.minutes = _load_totals(seconds), _load_totals(minutes)
                key = Metric(account, region, namespace, name, tuple((k, v) for k, v in dimensions))
                self._series[key] = series

    def _open_totals(self, metric: Metric, at: float | None, unit: str, *, fine: bool) -> list[PeriodTotals]:
        """The totals that a value belongs to; the caller has the lock."""
        second = int(self._clock() if at is None else at)
        series = self._series.get(metric)
        if series is None:
            if len(self._series) >= MOST_METRICS:
                self.refused += 1
                return []
            series = self._series[metric] = _Series(unit)
        series.unit = unit
        found = [_find_or_add(series.minutes, second - second % MINUTE)]
        if fine or self.minute != MINUTE:
            found.append(_find_or_add(series.seconds, second))
            if len(series.seconds) > 2 * MOST_SECONDS:
                _drop(series.seconds, 0, MOST_SECONDS)
        return found


def sort_dimensions(given: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Dimensions as a metric has them."""
    return tuple(sorted(given.items()))


def _find_or_add(kept: dict[int, PeriodTotals], at: int) -> PeriodTotals:
    found = kept.get(at)
    if found is None:
        found = kept[at] = PeriodTotals()
    return found


def _drop(kept: dict[int, PeriodTotals], before: float, most: int) -> None:
    for at in [at for at in kept if at < before]:
        del kept[at]
    if len(kept) > most:
        for at in sorted(kept)[: len(kept) - most]:
            del kept[at]


def _dump_totals(kept: Mapping[int, PeriodTotals]) -> list[Any]:
    return [[at, totals.dump()] for at, totals in kept.items()]


def _load_totals(state: list[Any]) -> dict[int, PeriodTotals]:
    return {int(at): PeriodTotals.load(totals) for at, totals in state}
