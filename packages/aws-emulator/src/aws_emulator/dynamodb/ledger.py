"""What tables have left: demands are let in while it is there, and spent."""

import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

from aws_emulator.dynamodb.throttles import TableThrottle, build_throttle
from aws_emulator.dynamodb.throughput import Demand, Kind, Quota, ThroughputLimit, find_limit, find_partition_rate
from aws_emulator.quotas.buckets import Buckets, Clock

Table = Mapping[str, Any]


class Ledger:
    """Buckets of tables, global indexes and partition keys.

    A demand is let in when its bucket holds it whole, or is full, since a bucket smaller than the demand would never
    hold it. What is known only afterwards is spent on credit, and nothing is let in before that is earned.
    """

    def __init__(self, quota: Quota, *, clock: Clock = time.monotonic, now: Clock = time.time) -> None:
        """Nothing is spent yet.

        Args:
            quota: The value of a quota by its name.
            clock: What buckets fill by.
            now: Seconds since 1970, as tables tell when they were made.
        """
        self._quota, self._now = quota, now
        self._limits, self._partitions = Buckets(clock=clock), Buckets(clock=clock)

    def find_throttle(self, table: Table, demands: Sequence[Demand]) -> TableThrottle | None:
        """What refuses the demands, judged together; None if they may be spent."""
        for (kind, index), units in _sum_units(demands, lambda d: (d.kind, d.index)):
            limit = find_limit(table, index, kind, self._quota)
            left = self._limits.read_tokens(
                (*_build_key(table, kind, index), limit.mode), **self._describe_bucket(table, limit)
            )
            if left < min(units, limit.capacity):
                return _build_throttle(table, kind, index, limit.mode)
        known = [demand for demand in demands if demand.partition is not None]
        for (kind, index, partition), units in _sum_units(known, lambda d: (d.kind, d.index, d.partition)):
            rate = find_partition_rate(kind, self._quota)
            left = self._partitions.read_tokens((*_build_key(table, kind, index), partition), rate=rate, capacity=rate)
            if left < min(units, rate):
                return _build_throttle(table, kind, index, "KeyRangeThroughput")
        return None

    def spend(self, table: Table, demands: Iterable[Demand]) -> None:
        """Spend demands, on credit where it must be."""
        for demand in demands:
            key = _build_key(table, demand.kind, demand.index)
            limit = find_limit(table, demand.index, demand.kind, self._quota)
            self._limits.spend((*key, limit.mode), demand.units, **self._describe_bucket(table, limit))
            if demand.partition is not None:
                rate = find_partition_rate(demand.kind, self._quota)
                self._partitions.spend((*key, demand.partition), demand.units, rate=rate, capacity=rate)

    def clear(self) -> None:
        """Forget what was spent."""
        self._limits.clear()
        self._partitions.clear()

    def _describe_bucket(self, table: Table, limit: ThroughputLimit) -> dict[str, float]:
        """Its size, and what is in it at first sight: what the table has not used since it was made."""
        age = self._now() - float(table.get("CreationDateTime") or 0)
        return {"rate": limit.rate, "capacity": limit.capacity, "tokens": limit.rate * max(age, 1.0)}


def identify_table(table: Table) -> str:
    """What tells a table from all others; one that is made again under its name is another one."""
    return str(table.get("TableId") or table["TableArn"])


def _sum_units(demands: Iterable[Demand], key: Callable[[Demand], Any]) -> list[tuple[Any, float]]:
    units: dict[Any, float] = {}
    for demand in demands:
        units[key(demand)] = units.get(key(demand), 0.0) + demand.units
    return list(units.items())


def _build_key(table: Table, kind: Kind, index: str) -> tuple[Hashable, ...]:
    return identify_table(table), index, kind


def _build_throttle(table: Table, kind: Kind, index: str, limit: str) -> TableThrottle:
    mode = (table.get("BillingModeSummary") or {}).get("BillingMode", "PROVISIONED")
    return build_throttle(limit, kind, table["TableArn"], index, provisioned=mode == "PROVISIONED")
