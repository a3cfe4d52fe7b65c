"""Mutants: faults put into the records of a sound run, one at a time; a checker that misses one is blind there."""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from trials import mutations
from trials.checker import ANALYTICS, INVARIANTS, check
from trials.invariants.evidence import Evidence, Invariant
from trials.ledger_facts import parse_ledger
from trials.mutations import Line, MutableRecord, NothingToMutateError
from trials.store_records import parse_records

Mutation = Callable[[list[Line], list[MutableRecord]], None]


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """A whole run, unparsed: the client's lines, and the records of the stores and the lake with their services."""

    lines: Sequence[Line]
    records: Sequence[MutableRecord]
    consumers: Mapping[str, Sequence[str]]
    """Event types that each service applies."""

    def evidence(self) -> Evidence:
        """Both sides, joined."""
        return Evidence(parse_ledger(self.lines), parse_records(self.records), self.consumers)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A fault, and the invariant that must see it."""

    name: str
    invariant: str
    """Its id."""
    mutate: Mutation


@dataclass(frozen=True, slots=True)
class MutantVerdict:
    """What saw a mutant."""

    mutant: Mutant
    caught_by: tuple[str, ...]
    """Ids of the invariants that failed; empty when it survived."""
    untried: str = ""
    """What the run lacks for it; empty when it was put in."""


def run_mutants(recorded: RecordedRun, invariants: Sequence[Invariant] = INVARIANTS) -> Iterator[MutantVerdict]:
    """Put each mutant into a copy of a sound run, and say which invariants fail."""
    for mutant in MUTANTS:
        lines, records = copy.deepcopy(list(recorded.lines)), copy.deepcopy(list(recorded.records))
        try:
            mutant.mutate(lines, records)
        except (NothingToMutateError, StopIteration) as error:
            yield MutantVerdict(mutant, (), untried=str(error) or "the run lacks such a line or record")
            continue
        report = check(RecordedRun(lines, records, recorded.consumers).evidence(), invariants)
        yield MutantVerdict(mutant, tuple(verdict.id for verdict in report.failed))


MUTANTS: Sequence[Mutant] = (
    Mutant("sells what is not there", "I1", mutations.sell_missing_stock),
    Mutant("counts stock below zero", "I1", mutations.count_stock_below_zero),
    Mutant("loses a unit", "I1", mutations.lose_unit),
    Mutant("confirms without stock", "I1", mutations.confirm_without_stock),
    Mutant("makes a second order for a key", "I2", mutations.answer_with_second_order),
    Mutant("answers a replay differently", "I2", mutations.answer_replay_differently),
    Mutant("accepts another body under a key", "I2", mutations.accept_another_body),
    Mutant("points a key at another order", "I2", mutations.point_key_elsewhere),
    Mutant("drops a stored order", "I3", mutations.drop_order),
    Mutant("answers 202 and stores nothing", "I3", mutations.answer_without_storing),
    Mutant("never ends an order", "I3", mutations.leave_order_without_end),
    Mutant("gives an order to another customer", "I3", mutations.give_order_to_another_customer),
    Mutant("stores another quantity than was ordered", "I4", mutations.store_another_quantity),
    Mutant("invents an order", "I4", mutations.invent_order),
    Mutant("makes an order of a refused attempt", "I4", mutations.store_refused_order),
    Mutant("charges too much", "I5", mutations.charge_too_much),
    Mutant("adds wrongly", "I5", mutations.add_wrongly),
    Mutant("charges twice", "I5", mutations.charge_twice),
    Mutant("keeps the money of a cancelled order", "I5", mutations.keep_money_of_cancelled_order),
    Mutant("confirms an unpaid order", "I5", mutations.confirm_unpaid),
    Mutant("drops a sale from analytics", ANALYTICS, mutations.drop_sale),
    Mutant("counts a sale twice in analytics", ANALYTICS, mutations.count_sale_twice),
    Mutant("counts another amount in analytics", ANALYTICS, mutations.count_another_amount),
    Mutant("counts a sale of nobody in analytics", ANALYTICS, mutations.count_sale_of_nobody),
    Mutant("leaks a reservation", "I6", mutations.leak_reservation),
    Mutant("never publishes an event", "I7", mutations.leave_event_unpublished),
    Mutant("loses an event", "I7", mutations.lose_event),
    Mutant("skips an event", "I7", mutations.skip_event),
    Mutant("applies an event twice", "I7", mutations.apply_event_twice),
    Mutant("applies an event that nobody sent", "I7", mutations.apply_invented_event),
    Mutant("tells an event off its schema", "I7", mutations.break_schema),
    Mutant("tells a secret", "I7", mutations.publish_secret),
    Mutant("shows an order going back", "I8", mutations.show_order_going_back),
    Mutant("sheds without saying when to come again", "I10", mutations.shed_silently),
    Mutant("answers a server error", "I10", mutations.answer_server_error),
)
