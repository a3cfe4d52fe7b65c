"""How records look: outbox and inbox are the same in every service's table."""

import json
import zlib
from datetime import datetime
from typing import Any

from apps.shop.domain.clock import after, text
from apps.shop.domain.events import Event, parse
from apps.shop.ports import Item, Key, Put

# Sparse index of what the sweeper must look at, spread over partitions so that none is hot.
SHARDS = 4
WEEK = 7 * 86_400


def order_pk(order_id: str) -> str:
    return f"ORDER#{order_id}"


def shard(of: str) -> str:
    return f"due#{zlib.crc32(of.encode()) % SHARDS}"


def outbox(event: Event, *, resend_after: float, now: datetime) -> Put:
    """The record that a relay publishes; due for the sweeper if nobody has by then."""
    return Put(
        {
            "pk": order_pk(event.subject),
            "sk": f"OUTBOX#{event.source}#{event.sequence:06d}",
            "kind": "outbox",
            "event_id": event.id,
            "event": json.dumps(event.envelope(), separators=(",", ":")),
            "created_at": text(now),
            "due_shard": shard(event.id),
            "due_at": after(now, resend_after),
        }
    )


def inbox(event: Event, *, now: datetime) -> Put:
    """The record that an event was applied; writing it twice is a conflict."""
    return Put(
        {
            "pk": order_pk(event.subject),
            "sk": inbox_key(event).sk,
            "kind": "inbox",
            "event_id": event.id,
            "type": event.type,
            "applied_at": text(now),
            "ttl": int(now.timestamp()) + WEEK,
        }
    )


def inbox_key(event: Event) -> Key:
    return Key(order_pk(event.subject), f"INBOX#{event.id}")


def read_outbox(item: Item) -> Event:
    return parse(json.loads(item["event"]))


def key_of(item: Item) -> Key:
    return Key(item["pk"], item["sk"])


def changed(item: Item, **fields: Any) -> Item:
    """A record with fields changed; a field that becomes None is removed."""
    return {k: v for k, v in {**item, **fields}.items() if v is not None}
