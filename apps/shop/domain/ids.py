"""Identifiers: ordered by time, never guessed, never reused."""

import hashlib
import os
import re
import time
import uuid

# Names under which deterministic ids are made; a constant of this shop.
NAMESPACE = uuid.UUID("6f1d6c1e-9f0e-5a43-9d52-0d7c8b5a2f11")

FORM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def new_id() -> str:
    """A UUIDv7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    value = milliseconds << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def is_id(text: str) -> bool:
    """Whether a text has the form of an identifier."""
    return FORM.fullmatch(text) is not None


def event_id(source: str, order_id: str, sequence: int) -> str:
    """The id of the n-th event of a source about an order: the same however often it is made."""
    return str(uuid.uuid5(NAMESPACE, f"{source}/{order_id}/{sequence}"))


def derived_id(kind: str, order_id: str) -> str:
    """The id of the one thing of a kind that belongs to an order."""
    return str(uuid.uuid5(NAMESPACE, f"{kind}/{order_id}"))


def key_digest(customer_id: str, key: str) -> str:
    """What stands for a customer's idempotency key: the SHA-256, in hexadecimal, of id, line feed and key."""
    return hashlib.sha256(f"{customer_id}\n{key}".encode()).hexdigest()
