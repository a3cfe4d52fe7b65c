"""What the shop needs of a platform.

A service has one store: its orders, reservations or payments, which facts it has applied (inbox), and which events it
has not published yet (outbox). A method that writes does all or nothing. How things are found, spread and versioned is
the adapter's. `ConflictError` leads to another try, which begins with reading; a store that waits for a lock, or tries
again itself, need not raise it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from apps.shop.domain.events import Event, StateChange
from apps.shop.domain.orders import Order
from apps.shop.domain.payments import Payment
from apps.shop.domain.products import Product
from apps.shop.domain.stock import Reservation, StockLevel

S = TypeVar("S", Order, Reservation, Payment)


class ConflictError(Exception):
    """Somebody else changed what was read, or is writing it at the moment; nothing was written."""


@dataclass(frozen=True, slots=True)
class Versioned(Generic[S]):
    """What a store holds, and as which version it was read."""

    state: S
    version: object
    """The adapter's own; what is saved later is saved only if this is still the version."""


@dataclass(frozen=True, slots=True)
class Lookup(Generic[S]):
    """What a store knows when a fact arrives."""

    applied: bool
    """Whether the fact was applied before; then `found` may be left out."""
    found: Versioned[S] | None
    """What there is about the fact's order."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """That an order took a customer's idempotency key, and the order as the first answer showed it."""

    key: str
    """The client's; one customer's keys are apart from another's."""
    fingerprint: str
    """Of the request: another body under the key has another one."""
    order: Order


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """Of an acceptance, what operators may see."""

    order_id: str
    digest: str
    """Of the customer's id and key: `ids.key_digest`."""


@dataclass(frozen=True, slots=True)
class OutboxRecord:
    """An event that was stored with what it tells."""

    event: Event
    created_at: str
    published_at: str | None


@dataclass(frozen=True, slots=True)
class InboxRecord:
    """That a fact about an order was applied."""

    order_id: str
    event_id: str
    type: str
    applied_at: str


StoreRecord = Order | Reservation | Payment | StockLevel | KeyRecord | OutboxRecord | InboxRecord


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Some of a store's records."""

    records: Sequence[StoreRecord]
    cursor: str | None
    """Where the next page begins; None on the last one."""


class Outbox(Protocol):
    """The events that a service has stored and somebody must publish."""

    def claim(self, before: str, limit: int) -> AbstractContextManager[Sequence[Event]]:
        """Events stored before a moment that are not marked as published: an order's in their sequence; may lag.

        Where the store can, nobody else is given them while the block runs.
        """
        ...

    def mark_published(self, events: Sequence[Event], at: str) -> None:
        """Note that events were published; those that are marked already, or gone, stay as they are.

        Raises:
            TryAgainError: not all are marked; they are published again.
        """
        ...


class ServiceStore(Outbox, Protocol[S]):
    """What the stores of the three services have in common."""

    def look(self, fact: Event) -> Lookup[S]:
        """What is stored about a fact and its order; reads what was written before."""
        ...

    def find(self, order_id: str) -> Versioned[S] | None:
        """What is stored about an order; reads what was written before."""
        ...

    def save(self, change: StateChange[S], was: Versioned[S] | None, fact: Event | None = None) -> Versioned[S]:
        """Store a decision: the state, its events and, with it, that the fact which led to it was applied.

        A reservation that ends takes its stock along, as `stock.moves` says.

        Args:
            change: The decision.
            was: What it was made from; None where there was nothing.
            fact: The fact; None where a person or the clock decided.

        Raises:
            ConflictError: there is another version now, or the fact was applied meanwhile.
            TryAgainError: the store takes no more at the moment.
        """
        ...

    def note(self, fact: Event) -> None:
        """Store that a fact was applied, which changed nothing.

        Raises:
            ConflictError: it was applied meanwhile.
            TryAgainError: the store takes no more at the moment.
        """
        ...

    def records(self, cursor: str | None, limit: int) -> RecordPage:
        """A page of everything but payment tokens, for operators; from the beginning without a cursor.

        Raises:
            BadCursorError: the cursor is none that a page came with.
        """
        ...


class OrderStore(ServiceStore[Order], Protocol):
    """Orders, the idempotency keys that they took, and their payment tokens."""

    def find_acceptance(self, customer_id: str, key: str) -> Acceptance | None:
        """What a customer's idempotency key led to; at least seven days long."""
        ...

    def accept(self, acceptance: Acceptance, events: Sequence[Event], payment_token: str, token_until: str) -> None:
        """Store a new order with its key, its events and, by itself, its payment token, which expires.

        Raises:
            ConflictError: the key is taken, or is being taken.
            TryAgainError: the store takes no more at the moment.
        """
        ...

    def history(self, customer_id: str, limit: int, after: tuple[str, str] | None = None) -> Sequence[Order]:
        """A customer's orders, newest first, after the one with a `placed_at` and id; may lag."""
        ...

    def overdue_orders(self, moment: str, limit: int) -> Sequence[Order]:
        """Orders that were due before a moment, the longest first; may lag, and show orders that have ended."""
        ...

    def count_open(self, limit: int) -> int:
        """How many orders have no end yet, counted up to a limit; may lag a second or two."""
        ...


class PaymentTokens(Protocol):
    """What the payment service may read of orders."""

    def payment_token(self, order_id: str, moment: str) -> str | None:
        """The token that an order came with; None if it has expired at a moment. Reads what was written before."""
        ...


class StockStore(ServiceStore[Reservation], Protocol):
    """Stock levels and what orders have of them."""

    def reserve(
        self,
        fact: Event,
        wanted: Collection[str],
        decide: Callable[[Mapping[str, int]], StateChange[Reservation]],
    ) -> None:
        """Decide by what is available, and store the decision with its stock and the fact: all or nothing.

        Args:
            fact: The event that the order was placed.
            wanted: The SKUs to look at.
            decide: Given what is available by SKU, the decision; may be asked several times, has no effect of its own.

        Raises:
            ConflictError: what was available has changed, there is a reservation, or the fact was applied.
            TryAgainError: the store takes no more at the moment.
        """
        ...

    def expired_reservations(self, moment: str, limit: int) -> Sequence[Reservation]:
        """Reservations whose time was up before a moment, the longest first; may lag, and show some that have ended."""
        ...

    def level(self, sku: str) -> StockLevel | None:
        """A product's counts."""
        ...

    def add_level(self, level: StockLevel) -> bool:
        """Begin to count a product; False, and nothing is changed, where it is counted already."""
        ...

    def restock(self, sku: str, quantity: int) -> bool:
        """Add to what is available and to `restocked`; False where the product is not counted."""
        ...


class PaymentStore(ServiceStore[Payment], Protocol):
    """Payments."""


class Catalog(Protocol):
    """Products."""

    def page(self, limit: int, after: str | None = None) -> Sequence[Product]:
        """Products in order of their SKU, after one."""
        ...

    def product(self, sku: str) -> Product | None:
        """One product."""
        ...

    def products(self, skus: Collection[str]) -> Mapping[str, Product]:
        """Several products by SKU; those there are."""
        ...

    def add(self, product: Product) -> bool:
        """Put a product in; False, and nothing is changed, where it is in already."""
        ...


class ShopBus(Protocol):
    """Where events go."""

    def publish(self, events: Sequence[Event]) -> Collection[str]:
        """Publish events; the ids of those that were not taken come back.

        Raises:
            TryAgainError: none was taken.
        """
        ...


class PaymentProvider(Protocol):
    """Who moves money; idempotent by order."""

    def accepts(self, token: str) -> bool:
        """Whether a token is one of this provider's."""
        ...

    def open_payment(self, order_id: str, token: str) -> str:
        """Hand over the customer's token; the reference by which the provider knows the payment from then on.

        Raises:
            TryAgainError: no answer.
        """
        ...

    def capture(self, reference: str, amount_minor: int, attempt: int) -> bool:
        """Take the money; False when the card is declined.

        Raises:
            TryAgainError: no answer, or one that may be another the next time.
        """
        ...

    def refund(self, reference: str, amount_minor: int, attempts: int) -> bool:
        """Give back what one of so many attempts took, and take nothing for the order any more.

        Returns:
            Whether anything had been taken.

        Raises:
            TryAgainError: no answer.
        """
        ...


@dataclass(frozen=True, slots=True)
class DeadMessage:
    """A message that a consumer gave up; what can't be read of it is empty, and its type `unreadable`."""

    message_id: str
    type: str = "unreadable"
    order_id: str = ""
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class Redriven:
    """What became of dead letters."""

    found: int
    """How many there were; brokers count about."""
    moved: int
    letters: Sequence[DeadMessage] = field(default=())
    """Some of them, where they were only to be shown."""


class OperatorQueues(Protocol):
    """The consumers' queues, for operators."""

    def redrive(self, name: str, limit: int) -> Redriven:
        """Send up to so many of a consumer's dead letters back to its queue.

        Raises:
            UnknownQueueError: no consumer has this name.
        """
        ...

    def show_dead_letters(self, name: str, limit: int) -> Redriven:
        """Dead letters of a consumer, which stay where they are.

        Raises:
            UnknownQueueError: no consumer has this name.
        """
        ...


class Clock(Protocol):
    """The time."""

    def __call__(self) -> datetime:
        """Now, in UTC."""
        ...
