"""The checker: one verdict for each invariant, from the client's ledger and the stores' own."""

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from trials.invariants import events, money, orders, shedding, stock
from trials.invariants.model import Invariant, Offence, World, our_events, our_orders

SHOWN = 5
Outcome = Literal["pass", "fail", "not checked", "not evaluated"]
"""`not checked`: the run had nothing to check it on; `not evaluated`: the deployment lacks what it is about."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came of one invariant."""

    id: str
    title: str
    outcome: Outcome
    checked: int
    """Of how many things."""
    offences: Mapping[str, int]
    """How many of each kind."""
    first: Sequence[Offence]
    """Some of them."""
    lacking: str = ""
    """What the deployment lacks, where nothing was evaluated."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a run."""

    judgements: Sequence[Judgement]
    accepted: int
    """Orders."""
    notes: Sequence[str] = ()

    @property
    def passed(self) -> bool:
        """Whether the run proves something, and nothing against the shop."""
        return self.accepted > 0 and all(judgement.outcome != "fail" for judgement in self.judgements)


INVARIANTS: Sequence[Invariant] = (
    Invariant(
        "I1",
        "stock is never oversold",
        lambda world: itertools.chain(stock.never_oversold(world), stock.confirmed_is_committed(world)),
        lambda world: len(world.held.stock),
    ),
    Invariant("I2", "one order per customer and key", orders.one_per_key, lambda world: len(world.told.keys)),
    Invariant("I3", "no accepted order is lost", orders.none_lost, lambda world: len(world.told.accepted)),
    Invariant("I4", "no order that nobody asked for", orders.none_invented, our_orders),
    Invariant("I5", "money balances", money.balances, our_orders),
    Invariant("I5a", "analytics counts what was confirmed", money.analytics_agrees, our_orders, lacks=money.no_lake),
    Invariant("I6", "no reservation outlives its order", stock.no_leak, our_orders),
    Invariant("I7", "every event is published and applied once", events.applied_once, our_events),
    Invariant("I8", "an order never goes back", orders.never_back, our_orders),
    Invariant(
        "I9",
        "poison is set aside, nothing else is",
        events.poison_isolated,
        lambda world: len(world.dead),
        optional=True,
    ),
    Invariant(
        "I10",
        "over the limit it sheds, and never drops",
        shedding.sheds_openly,
        lambda world: sum(world.told.outcomes.values()),
    ),
)


def check(world: World, invariants: Sequence[Invariant] = INVARIANTS) -> Report:
    """Judge a run. One that measured nothing does not pass.

    Args:
        world: Both ledgers.
        invariants: Which; all unless a test of the checker itself leaves one out.
    """
    return Report([_judge(invariant, world) for invariant in invariants], len(world.told.accepted), _notes(world))


def _judge(invariant: Invariant, world: World) -> Judgement:
    lacking = invariant.lacks(world)
    if lacking:
        return Judgement(invariant.id, invariant.title, "not evaluated", 0, {}, [], lacking)
    kinds: Counter[str] = Counter()
    first: list[Offence] = []
    for offence in invariant.check(world):
        kinds[offence.kind] += 1
        if len(first) < SHOWN:
            first.append(offence)
    checked = invariant.counted(world)
    if kinds:
        outcome: Outcome = "fail"
    elif checked or not invariant.optional:
        outcome = "pass" if checked else "fail"
    else:
        outcome = "not checked"
    return Judgement(invariant.id, invariant.title, outcome, checked, dict(kinds), first)


def _notes(world: World) -> Sequence[str]:
    found: list[str] = []
    if not world.told.accepted:
        found.append("No order was accepted: this run proves nothing.")
    if world.told.disordered:
        found.append(f"The client's clock was set back: {world.told.disordered} lines are out of order.")
    return found
