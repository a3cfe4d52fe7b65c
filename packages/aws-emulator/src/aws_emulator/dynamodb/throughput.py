"""Units that reads and writes consume, and how much a table or an index may consume a second.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["read", "write"]
WRITE_BYTES = 1024
READ_BYTES = 4096
Mode = Literal["ProvisionedThroughput", "MaxOnDemandThroughput", "Account"]
"""Which of AWS's limits it is, in the words of its throttling reasons."""
Quota = Callable[[str], int]
# What is not used is kept for so long; AWS does not promise it.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html
BURST_SECONDS = 300
PROVISIONED = {"read": "ReadCapacityUnits", "write": "WriteCapacityUnits"}
ON_DEMAND = {"read": "MaxReadRequestUnits", "write": "MaxWriteRequestUnits"}
SHORT = {"read": "rcu", "write": "wcu"}


@dataclass(frozen=True, slots=True)
class Demand:
    """Units of a table or one of its indexes."""

    kind: Kind
    units: float
    index: str = ""
    """The index; empty for the table."""
    partition: Hashable = None
    """The value of the partition key; None where there are several, as in a scan."""


def count_write_units(size: int, *, transactional: bool = False) -> float:
    """Units of a write: one for each KB of the larger of the item before and after, at least one."""
    return max(-(-size // WRITE_BYTES), 1) * (2.0 if transactional else 1.0)


def count_read_units(size: int, *, consistent: bool = False, transactional: bool = False) -> float:
    """Units of a read: one for each 4 KB, at least one; half of it where it may be out of date."""
    return max(-(-size // READ_BYTES), 1) * (2.0 if transactional else 1.0 if consistent else 0.5)


@dataclass(frozen=True, slots=True)
class ThroughputLimit:
    """A limit as a token bucket."""

    mode: Mode
    rate: float
    """Units gained a second, which a new table also begins with."""
    capacity: float
    """The most that is kept."""


def find_limit(table: Mapping[str, Any], index: str, kind: Kind, quota: Quota) -> ThroughputLimit:
    """The limit of a table, or of one of its global indexes.

    Provisioned units are kept for 300 seconds. A maximum on demand, and the account's quota for a table, are kept for
    one second: AWS may let more through and promises nothing, so the sandbox does not either.

    Args:
        table: The table as DescribeTable shows it.
        index: A global secondary index; empty for the table.
        kind: Reads or writes.
        quota: The value of a quota by its name.
    """
    of = _find_index(table, index) if index else table
    if (table.get("BillingModeSummary") or {}).get("BillingMode", "PROVISIONED") == "PROVISIONED":
        rate = float((of.get("ProvisionedThroughput") or {}).get(PROVISIONED[kind]) or 1)
        return ThroughputLimit("ProvisionedThroughput", rate, rate * BURST_SECONDS)
    account = quota(f"dynamodb.table-{SHORT[kind]}")
    most = int((of.get("OnDemandThroughput") or {}).get(ON_DEMAND[kind]) or 0)
    if 0 < most <= account:
        return ThroughputLimit("MaxOnDemandThroughput", most, most)
    return ThroughputLimit("Account", account, account)


def find_partition_rate(kind: Kind, quota: Quota) -> float:
    """Units that one partition key may consume a second, which are not kept."""
    return quota(f"dynamodb.partition-{SHORT[kind]}")


def _find_index(table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    indexes = table.get("GlobalSecondaryIndexes") or ()
    return next((index for index in indexes if index.get("IndexName") == name), {})
