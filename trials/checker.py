"""The checker: a verdict on each invariant, from a client's ledger and the stores' records."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from trials.invariants import events, money, orders, stock
from trials.invariants.evidence import Evidence, Invariant, Offence, count_events, count_orders

SHOWN = 5
"""Offences of an invariant that are kept for the report."""
ANALYTICS = "I5a"
InvariantOutcome = Literal["pass", "fail", "not checked", "not evaluated"]
"""`not checked`: the run had nothing to check it on; `not evaluated`: the deployment lacks what it is about."""


@dataclass(frozen=True, slots=True)
class InvariantVerdict:
    """What came of one invariant."""

    id: str
    title: str
    outcome: InvariantOutcome
    checked: int
    """Of how many things."""
    offences: Mapping[str, int]
    """How many of each kind."""
    first: Sequence[Offence]
    """Some of them."""
    lacking: str = ""
    """What the deployment lacks, where nothing was evaluated."""


@dataclass(frozen=True, slots=True)
class TrialReport:
    """What came of a run."""

    verdicts: Sequence[InvariantVerdict]
    accepted: int
    """Orders."""
    notes: Sequence[str] = ()

    @property
    def passed(self) -> bool:
        """Whether the run proves something, and nothing against the shop."""
        return self.accepted > 0 and not self.failed

    @property
    def failed(self) -> Sequence[InvariantVerdict]:
        """The verdicts on invariants that did not hold."""
        return [verdict for verdict in self.verdicts if verdict.outcome == "fail"]


INVARIANTS: Sequence[Invariant] = (
    Invariant("I1", "stock is never oversold", stock.find_oversold, lambda run: len(run.stores.stock)),
    Invariant("I2", "one order per customer and key", orders.find_duplicates, lambda run: len(run.ledger.keys)),
    Invariant("I3", "no accepted order is lost", orders.find_lost_orders, lambda run: len(run.ledger.accepted)),
    Invariant("I4", "no order that nobody asked for", orders.find_invented_orders, count_orders),
    Invariant("I5", "money balances", money.find_unbalanced_money, count_orders),
    Invariant(
        ANALYTICS, "analytics counts what was confirmed", money.find_wrong_sales, count_orders, lacks=money.missing_lake
    ),
    Invariant("I6", "no reservation outlives its order", stock.find_leaked_reservations, count_orders),
    Invariant("I7", "every event is published and applied once", events.find_misapplied_events, count_events),
    Invariant("I8", "an order never goes back", orders.find_reversals, count_orders),
    Invariant(
        "I9",
        "poison is set aside, nothing else is",
        events.find_stray_dead_letters,
        lambda run: len(run.dead_letters),
        optional=True,
    ),
    Invariant(
        "I10",
        "over the limit it sheds, and never drops",
        orders.find_unexplained_answers,
        lambda run: sum(run.ledger.outcomes.values()),
    ),
)


def check(evidence: Evidence, invariants: Sequence[Invariant] = INVARIANTS) -> TrialReport:
    """Judge a run. One that measured nothing does not pass.

    Args:
        evidence: Of the run.
        invariants: Which; all unless a test of the checker itself leaves one out.
    """
    verdicts = [_judge(invariant, evidence) for invariant in invariants]
    return TrialReport(verdicts, len(evidence.ledger.accepted), _notes(evidence))


def _judge(invariant: Invariant, evidence: Evidence) -> InvariantVerdict:
    lacking = invariant.lacks(evidence)
    if lacking:
        return InvariantVerdict(invariant.id, invariant.title, "not evaluated", 0, {}, [], lacking)
    kinds: Counter[str] = Counter()
    first: list[Offence] = []
    for offence in invariant.check(evidence):
        kinds[offence.kind] += 1
        if len(first) < SHOWN:
            first.append(offence)
    checked = invariant.count(evidence)
    if kinds:
        outcome: InvariantOutcome = "fail"
    elif checked or not invariant.optional:
        outcome = "pass" if checked else "fail"
    else:
        outcome = "not checked"
    return InvariantVerdict(invariant.id, invariant.title, outcome, checked, dict(kinds), first)


def _notes(evidence: Evidence) -> Sequence[str]:
    found: list[str] = []
    if not evidence.ledger.accepted:
        found.append("No order was accepted: this run proves nothing.")
    if evidence.ledger.disordered:
        found.append(f"The client's clock was set back: {evidence.ledger.disordered} lines are out of order.")
    return found
