"""What is kept of the values of one period, and the statistics that follow from it."""

import math
import re
from collections.abc import Iterable
from typing import Any

STATISTICS = ("SampleCount", "Sum", "Average", "Minimum", "Maximum")
PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100(?:\.0{1,10})?)")
# Above so many different values they are kept to 2 %, so that a busy minute stays small.
EXACT_VALUES = 100
STEP = math.log(1.04)


class PeriodTotals:
    """Values of one period: how many, their sum and bounds, and how they are distributed."""

    __slots__ = ("count", "high", "low", "rounded", "total", "values")

    def __init__(self) -> None:
        self.count = 0.0
        self.total = 0.0
        self.low = math.inf
        self.high = -math.inf
        self.values: dict[float, float] | None = {}
        """How often each value was seen; None where that is not known."""
        self.rounded = False

    def add(self, value: float, count: float = 1.0) -> None:
        """Take a value that was seen `count` times."""
        self.count += count
        self.total += value * count
        self.low = min(self.low, value)
        self.high = max(self.high, value)
        if self.values is not None:
            self._distribute(value, count)

    def add_set(self, count: float, total: float, low: float, high: float) -> None:
        """Take a statistic set; only one of equal values says how they are distributed.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
        """
        if low == high and math.isclose(total, low * count):
            self.add(low, count)
            return
        self.values = None
        self.count += count
        self.total += total
        self.low, self.high = min(self.low, low), max(self.high, high)

    def merge(self, other: "PeriodTotals") -> None:
        """Take another period's values too."""
        self.count += other.count
        self.total += other.total
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        if self.values is None or other.values is None:
            self.values = None
            return
        for value, count in other.values.items():
            self._distribute(value, count)

    def compute(self, name: str) -> float | None:
        """A statistic by CloudWatch's name; None where these values do not give it."""
        if not self.count:
            return None
        basic = {
            "SampleCount": self.count,
            "Sum": self.total,
            "Average": self.total / self.count,
            "Minimum": self.low,
            "Maximum": self.high,
        }
        if name in basic:
            return basic[name]
        found = PERCENTILE.fullmatch(name)
        return self._compute_percentile(float(found.group(1))) if found else None

    def dump(self) -> list[Any]:
        """Everything, as JSON."""
        values = None if self.values is None else list(self.values.items())
        return [self.count, self.total, self.low, self.high, values, self.rounded]

    @classmethod
    def load(cls, state: list[Any]) -> "PeriodTotals":
        """What was dumped."""
        found = cls()
        found.count, found.total, found.low, found.high, values, found.rounded = state
        found.values = None if values is None else {float(value): float(count) for value, count in values}
        return found

    def _distribute(self, value: float, count: float) -> None:
        values = self.values
        if values is None:
            return
        key = _round(value) if self.rounded else value
        values[key] = values.get(key, 0.0) + count
        if not self.rounded and len(values) > EXACT_VALUES:
            self.rounded, self.values = True, {}
            for seen, times in values.items():
                self._distribute(seen, times)

    def _compute_percentile(self, percent: float) -> float | None:
        """By linear interpolation between the nearest ranks; none for negative values, as on AWS."""
        if not self.values or self.low < 0:
            return None
        ordered = sorted(self.values.items())
        rank = percent / 100 * (self.count - 1)
        below = math.floor(rank)
        if below >= self.count - 1:
            return self.high
        first, second = _find_ranked(ordered, below), _find_ranked(ordered, below + 1)
        return min(max(first + (rank - below) * (second - first), self.low), self.high)


def is_known_statistic(name: str) -> bool:
    """Whether it is a statistic that is computed here."""
    return name in STATISTICS or PERCENTILE.fullmatch(name) is not None


def merge_totals(found: Iterable[PeriodTotals]) -> PeriodTotals | None:
    """One period's values from several's; None without any."""
    whole: PeriodTotals | None = None
    for totals in found:
        whole = whole or PeriodTotals()
        whole.merge(totals)
    return whole


def _find_ranked(ordered: list[tuple[float, float]], rank: int) -> float:
    seen = 0.0
    for value, count in ordered:
        seen += count
        if rank < seen:
            return value
    return ordered[-1][0]


def _round(value: float) -> float:
    if value == 0:
        return 0.0
    return math.copysign(math.exp(round(math.log(abs(value)) / STEP) * STEP), value)
