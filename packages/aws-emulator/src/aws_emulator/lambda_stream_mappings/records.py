"""Records of a shard."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """A change of an item."""

    position: int
    """Its place in the shard, counted from the shard's first record."""
    item: str
    """The item that changed: both of its keys."""
    sequence: str
    """Its sequence number."""
    created: float
    """Seconds since the epoch."""
    size: int
    """Bytes that it takes in an invocation's event."""
    body: Mapping[str, Any]
    """As a function gets it."""

    @classmethod
    def of(cls, position: int, body: Mapping[str, Any]) -> Self:
        """A record as the stream has it."""
        change = body["dynamodb"]
        return cls(
            position,
            json.dumps(change.get("Keys"), sort_keys=True),
            str(change["SequenceNumber"]),
            float(change.get("ApproximateCreationDateTime") or 0),
            len(json.dumps(body)),
            body,
        )

    def choose_queue(self, count: int) -> int:
        """Which of `count` queues it goes through, from 0; those of one item go through the same.

        Order is kept for an item, partition and sort key:
        https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html#dynamodb-polling-and-batching
        """
        return zlib.crc32(self.item.encode()) % count
