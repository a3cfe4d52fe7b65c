"""What the shop needs of a platform."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from apps.shop.domain.events import Event

Item = dict[str, Any]
"""A stored record: JSON values, keys `pk` and `sk`."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a record is found by."""

    pk: str
    sk: str


@dataclass(frozen=True, slots=True)
class Put:
    """Write a whole record, only if it is new or still has the version that was read."""

    item: Item
    version: int | None = None
    """The version it must have; None: it must not exist. The written record has the next one."""


@dataclass(frozen=True, slots=True)
class Adjust:
    """Add to numbers of a record that exists, only if none of them falls below zero."""

    key: Key
    deltas: Mapping[str, int]


Write = Put | Adjust


@dataclass(eq=False)
class ConflictError(Exception):
    """A condition that did not hold; nothing was written."""

    failed: tuple[Key, ...] = field(default=())
    """Records whose condition failed; empty when it was a collision that may be tried again."""


class Table(Protocol):
    """One service's records. Commits are all or nothing; reads see what was committed before."""

    def get(self, key: Key) -> Item | None:
        """A record."""
        ...

    def many(self, keys: Sequence[Key]) -> list[Item]:
        """Several records, those that exist."""
        ...

    def commit(self, writes: Sequence[Write]) -> None:
        """Write all or nothing, each record at most once.

        Raises:
            ConflictError: a condition did not hold.
            TryAgainError: the store takes no more at the moment.
        """
        ...

    def page(self, pk: str, prefix: str, *, limit: int, after: str | None = None) -> list[Item]:
        """Records of one partition whose sort key starts with a prefix, in order."""
        ...

    def of_customer(self, customer_id: str, *, limit: int, after: tuple[str, str] | None = None) -> list[Item]:
        """A customer's orders, newest first, after the one with a `placed_at` and id; may lag behind commits."""
        ...

    def due(self, moment: str, *, limit: int) -> list[Item]:
        """Records that were to be looked at before a moment; may lag behind commits."""
        ...

    def waiting(self, limit: int) -> int:
        """How many orders wait for an end, counted up to a limit; may lag behind commits."""
        ...

    def settle(self, key: Key, published_at: str, ttl: int) -> None:
        """Mark an outbox record as published; fine if it is already."""
        ...

    def scan(self, *, limit: int, after: Key | None = None) -> tuple[list[Item], Key | None]:
        """A page of all records, and where the next one begins."""
        ...


class Bus(Protocol):
    """Where events go."""

    def publish(self, events: Sequence[Event]) -> list[str]:
        """Publish events; the ids of those that were not taken come back.

        Raises:
            TryAgainError: none was taken.
        """
        ...


class Psp(Protocol):
    """The payment service provider; idempotent by order."""

    def capture(self, order_id: str, amount_minor: int, token: str, attempt: int) -> bool:
        """Take the money; False when the card is declined.

        Raises:
            TryAgainError: no answer, or one that may be another the next time.
        """
        ...

    def refund(self, order_id: str, amount_minor: int, token: str, attempts: int) -> bool:
        """Give back what one of so many attempts took, and take nothing for the order any more.

        Returns:
            Whether anything had been taken.

        Raises:
            TryAgainError: no answer.
        """
        ...


class Queues(Protocol):
    """The consumers' queues, for operators."""

    def redrive(self, name: str, *, limit: int, dry_run: bool) -> dict[str, Any]:
        """Send dead letters back to their queue; with `dry_run` only show them."""
        ...


class Clock(Protocol):
    """The time."""

    def __call__(self) -> datetime:
        """Now, in UTC."""
        ...
