"""PutMetricData: what a request publishes.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_emulator.cloudwatch.operations import parse_time
from aws_emulator.cloudwatch.queries import BAD_COMBINATION, BAD_VALUE, MISSING, MetricRequestError, Scope, parse_metric
from aws_emulator.cloudwatch.store import Metric, MetricStore

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
MOST_DATA = 1_000
MOST_VALUES = 150
MOST_DIMENSIONS = 30
OLDEST, NEWEST = 14 * 86_400, 2 * 3_600
BIGGEST = 2.0**360


@dataclass(frozen=True, slots=True)
class Datum:
    """A value, values with how often each was seen, or a statistic set."""

    metric: Metric
    at: float
    unit: str
    fine: bool
    values: tuple[tuple[float, float], ...] = ()
    """Each with its count."""
    numbers: tuple[float, float, float, float] | None = None
    """Of a statistic set: count, sum, minimum, maximum."""

    def put(self, store: MetricStore) -> None:
        """Put it into the store."""
        if self.numbers is not None:
            store.add_set(self.metric, self.numbers, at=self.at, unit=self.unit, fine=self.fine)
        for value, count in self.values:
            store.add(self.metric, value, at=self.at, count=count, unit=self.unit, fine=self.fine)


def parse_metric_data(request: Mapping[str, Any], scope: Scope, now: float) -> list[Datum]:
    """Everything that a request publishes; nothing of it counts if one part is refused.

    Raises:
        MetricRequestError: the request is not as AWS wants it.
    """
    namespace, given = str(request.get("Namespace") or ""), request.get("MetricData") or []
    if not namespace:
        raise MetricRequestError(MISSING, "The parameter Namespace is required.")
    if namespace.startswith("AWS/"):
        raise MetricRequestError(BAD_VALUE, "The value AWS/ for parameter Namespace is invalid.")
    if len(given) > MOST_DATA:
        raise MetricRequestError(BAD_VALUE, f"The collection MetricData must not have a size greater than {MOST_DATA}.")
    return [
        _parse_datum({**datum, "Namespace": namespace}, scope, now, f"MetricData.member.{n}")
        for n, datum in enumerate(given, 1)
    ]


def _parse_datum(given: Mapping[str, Any], scope: Scope, now: float, where: str) -> Datum:
    if not given.get("MetricName"):
        raise MetricRequestError(MISSING, f"The parameter {where}.MetricName is required.")
    if len(given.get("Dimensions") or []) > MOST_DIMENSIONS:
        raise MetricRequestError(
            BAD_VALUE, f"The collection {where}.Dimensions must not have a size greater than {MOST_DIMENSIONS}."
        )
    at = parse_time(given.get("Timestamp"))
    at = now if at is None else at
    if not now - OLDEST <= at <= now + NEWEST:
        reason = "must specify a time within the past two weeks, and no more than two hours in the future"
        raise MetricRequestError(BAD_VALUE, f"The parameter {where}.Timestamp {reason}.")
    resolution = int(given.get("StorageResolution") or 60)
    if resolution not in (1, 60):
        raise MetricRequestError(BAD_VALUE, f"The parameter {where}.StorageResolution must be 1 or 60.")
    ways = [name for name in ("Value", "Values", "StatisticValues") if given.get(name) not in (None, "", [], {})]
    if len(ways) != 1:
        if not ways:
            raise MetricRequestError(
                MISSING, f"At least one of the parameters Value, Values or StatisticValues of {where} must be given."
            )
        raise MetricRequestError(
            BAD_COMBINATION, f"The parameters {where}.{ways[0]} and {where}.{ways[1]} are mutually exclusive."
        )
    made = Datum(parse_metric(given, scope), at, str(given.get("Unit") or "None"), resolution == 1)
    if ways == ["StatisticValues"]:
        names = ("SampleCount", "Sum", "Minimum", "Maximum")
        count, total, low, high = (
            _parse_number(given["StatisticValues"].get(n), f"{where}.StatisticValues.{n}") for n in names
        )
        return Datum(made.metric, at, made.unit, made.fine, numbers=(count, total, low, high))
    return Datum(made.metric, at, made.unit, made.fine, values=_parse_values(given, where))


def _parse_values(given: Mapping[str, Any], where: str) -> tuple[tuple[float, float], ...]:
    if not given.get("Values"):
        return ((_parse_number(given.get("Value"), f"{where}.Value"), 1.0),)
    values: Sequence[Any] = given["Values"]
    counts: Sequence[Any] = given.get("Counts") or [1] * len(values)
    if len(values) > MOST_VALUES or len(counts) != len(values):
        raise MetricRequestError(
            BAD_VALUE,
            f"The parameters {where}.Values and {where}.Counts must be of the same size, up to {MOST_VALUES}.",
        )
    return tuple(
        (_parse_number(value, f"{where}.Values"), _parse_number(count, f"{where}.Counts"))
        for value, count in zip(values, counts, strict=True)
    )


def _parse_number(value: Any, where: str) -> float:
    try:
        found = float(value)
    except (TypeError, ValueError) as error:
        raise MetricRequestError(BAD_VALUE, f"The parameter {where} must be a number, not {value}.") from error
    if not math.isfinite(found) or abs(found) > BIGGEST:
        raise MetricRequestError(BAD_VALUE, f"The value {value} for parameter {where} is invalid.")
    return found
