"""What an invariant is given, and what it says."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trials.held import Held, OrderFacts
from trials.told import Told

TERMINAL = frozenset({"CONFIRMED", "CANCELLED"})


@dataclass(frozen=True, slots=True)
class Offence:
    """One thing that is wrong."""

    kind: str
    """`lost`, `duplicate`, `oversold`, ..."""
    subject: str
    """The order, SKU, key or event."""
    text: str


@dataclass(frozen=True, slots=True)
class World:
    """Both sides of a run."""

    told: Told
    held: Held
    consumers: Mapping[str, Sequence[str]]
    """Event types that each service applies."""
    dead: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """Dead letters by queue."""
    allowed_dead: frozenset[str] = frozenset()
    """Ids of messages that the trial poisoned."""

    def ours(self) -> Iterator[tuple[str, OrderFacts]]:
        """The orders of the ledger's customers; a shop may have others."""
        for order_id, order in self.held.orders.items():
            if order.customer in self.told.customers:
                yield order_id, order


@dataclass(frozen=True, slots=True)
class Invariant:
    """A promise, and how it is checked."""

    id: str
    title: str
    check: Callable[[World], Iterator[Offence]]
    counted: Callable[[World], int]
    """Of how many things it was checked; nothing counted is nothing proven."""
    lacks: Callable[[World], str] = lambda _: ""
    """What this deployment has not, without which nothing can be said; empty when it has everything."""
    optional: bool = False
    """Whether nothing to count is fine: not every run has sheddings or poison."""


def our_orders(world: World) -> int:
    """How many orders the ledger's customers have."""
    return sum(1 for _ in world.ours())


def our_events(world: World) -> int:
    """How many events tell of them."""
    return sum(len(order.events) for _, order in world.ours())
