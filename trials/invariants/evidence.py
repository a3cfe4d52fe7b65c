"""The evidence of a run, which every invariant is given, and the form of an invariant."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from trials.ledger_facts import LedgerFacts
from trials.operators import DeadLetters
from trials.store_records import OrderFacts, StoreSnapshot


@dataclass(frozen=True, slots=True)
class Offence:
    """One thing that is wrong."""

    kind: str
    """`lost`, `duplicate`, `oversold`, ..."""
    subject: str
    """The order, SKU, key or event."""
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Both sides of a run: what its clients sent and were answered, and what the stores have."""

    ledger: LedgerFacts
    stores: StoreSnapshot
    consumers: Mapping[str, Sequence[str]]
    """Event types that each service applies."""
    dead_letters: DeadLetters = field(default_factory=dict)
    poisoned: frozenset[str] = frozenset()
    """Ids of messages that the trial poisoned, which are to be set aside."""

    def own_orders(self) -> Iterator[tuple[str, OrderFacts]]:
        """Id and facts of the orders of the ledger's customers; a shop may have others."""
        for order_id, order in self.stores.orders.items():
            if order.customer in self.ledger.customers:
                yield order_id, order


@dataclass(frozen=True, slots=True)
class Invariant:
    """A promise, and how it is checked."""

    id: str
    title: str
    check: Callable[[Evidence], Iterator[Offence]]
    count: Callable[[Evidence], int]
    """Of how many things it was checked; nothing counted is nothing proven."""
    lacks: Callable[[Evidence], str] = lambda _: ""
    """What this deployment has not, without which nothing can be said; empty when it has everything."""
    optional: bool = False
    """Whether nothing to count is fine: not every run has poison."""


def count_orders(evidence: Evidence) -> int:
    """How many orders the ledger's customers have."""
    return sum(1 for _ in evidence.own_orders())


def count_events(evidence: Evidence) -> int:
    """How many events those orders have."""
    return sum(len(order.events) for _, order in evidence.own_orders())
