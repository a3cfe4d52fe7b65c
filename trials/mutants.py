"""Faults put into a run's records, one at a time: a checker that misses one is blind there."""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from trials import lake_mutations, mutations
from trials.checker import INVARIANTS, check
from trials.held import held
from trials.invariants.model import Invariant, World
from trials.mutations import Line, NothingToMutateError, Record
from trials.told import told

Alter = Callable[[list[Line], list[Record]], None]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A whole run: the client's lines, and the records of the stores and the lake with their tables."""

    lines: Sequence[Line]
    records: Sequence[Record]
    consumers: Mapping[str, Sequence[str]]

    def world(self) -> World:
        """Both sides, joined."""
        return World(told(self.lines), held(self.records), self.consumers)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A fault, and the invariant that must see it."""

    name: str
    invariant: str
    alter: Alter


@dataclass(frozen=True, slots=True)
class Caught:
    """What saw a mutant."""

    mutant: Mutant
    by: tuple[str, ...]
    """Ids of the invariants that failed; empty when it survived."""
    untried: str = ""
    """What the run lacks for it; empty when it was put in."""


def run(evidence: Evidence, invariants: Sequence[Invariant] = INVARIANTS) -> Iterator[Caught]:
    """Put each mutant into a copy of a sound run, and say which invariants fail."""
    for mutant in MUTANTS:
        lines, records = copy.deepcopy(list(evidence.lines)), copy.deepcopy(list(evidence.records))
        try:
            mutant.alter(lines, records)
        except (NothingToMutateError, StopIteration) as error:
            yield Caught(mutant, (), untried=str(error) or "the run lacks such a line or record")
            continue
        report = check(Evidence(lines, records, evidence.consumers).world(), invariants)
        yield Caught(mutant, tuple(j.id for j in report.judgements if j.outcome == "fail"))


MUTANTS: Sequence[Mutant] = (
    Mutant("sells what is not there", "I1", mutations.sells_what_is_not_there),
    Mutant("counts stock below zero", "I1", mutations.counts_below_zero),
    Mutant("loses a unit", "I1", mutations.loses_a_unit),
    Mutant("confirms without stock", "I1", mutations.confirms_without_stock),
    Mutant("makes a second order for a key", "I2", mutations.makes_a_second_order_for_a_key),
    Mutant("answers a replay differently", "I2", mutations.answers_a_replay_differently),
    Mutant("accepts another body under a key", "I2", mutations.accepts_another_body),
    Mutant("points a key at another order", "I2", mutations.points_a_key_elsewhere),
    Mutant("drops a stored order", "I3", mutations.drops_an_order),
    Mutant("answers 202 and stores nothing", "I3", mutations.answers_without_storing),
    Mutant("never ends an order", "I3", mutations.never_ends_an_order),
    Mutant("gives an order to another customer", "I3", mutations.gives_an_order_to_another_customer),
    Mutant("stores another quantity than was ordered", "I4", mutations.stores_another_quantity),
    Mutant("invents an order", "I4", mutations.invents_an_order),
    Mutant("makes an order of a refused attempt", "I4", mutations.makes_an_order_of_a_refused_attempt),
    Mutant("charges too much", "I5", mutations.charges_too_much),
    Mutant("adds wrongly", "I5", mutations.adds_wrongly),
    Mutant("charges twice", "I5", mutations.charges_twice),
    Mutant("keeps the money of a cancelled order", "I5", mutations.keeps_the_money_of_a_cancelled_order),
    Mutant("confirms an unpaid order", "I5", mutations.confirms_unpaid),
    Mutant("drops a sale from analytics", "I5a", lake_mutations.drops_a_sale),
    Mutant("counts a sale twice in analytics", "I5a", lake_mutations.counts_a_sale_twice),
    Mutant("counts another amount in analytics", "I5a", lake_mutations.counts_another_amount),
    Mutant("counts a sale of nobody in analytics", "I5a", lake_mutations.counts_a_sale_of_nobody),
    Mutant("leaks a reservation", "I6", mutations.leaks_a_reservation),
    Mutant("never publishes an event", "I7", mutations.never_publishes_an_event),
    Mutant("loses an event", "I7", mutations.loses_an_event),
    Mutant("skips an event", "I7", mutations.skips_an_event),
    Mutant("applies an event twice", "I7", mutations.applies_an_event_twice),
    Mutant("applies an event that nobody sent", "I7", mutations.applies_an_invented_event),
    Mutant("tells an event off its schema", "I7", mutations.tells_off_schema),
    Mutant("tells a secret", "I7", mutations.tells_a_secret),
    Mutant("shows an order going back", "I8", mutations.goes_back),
    Mutant("sheds without saying when to come again", "I10", mutations.sheds_without_a_word),
    Mutant("answers a server error", "I10", mutations.answers_a_server_error),
)
