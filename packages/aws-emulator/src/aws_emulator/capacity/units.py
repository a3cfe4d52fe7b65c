"""Units that reads and writes consume.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["read", "write"]
WRITE_BYTES = 1024
READ_BYTES = 4096


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
