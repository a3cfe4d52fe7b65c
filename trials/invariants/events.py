"""I7 and I9: every event is published and applied once, and what can't be applied is set aside."""

from collections.abc import Iterator, Sequence

from trials.invariants.evidence import Evidence, Offence
from trials.ledger_facts import TERMINAL
from trials.store_records import OrderFacts

SOURCES = (
    ("shop.orders", "sequence"),
    ("shop.inventory", "reservation_sequence"),
    ("shop.payment", "payment_sequence"),
)
"""Each source of events, with the field of `OrderFacts` that counts its events of an order."""


def find_misapplied_events(evidence: Evidence) -> Iterator[Offence]:
    """Events that break their schema, are missing, were never published, or not applied once by each consumer."""
    for order_id, order in evidence.own_orders():
        for event_id, event in order.events.items():
            if event.violation:
                yield Offence("off contract", order_id, f"{event.type} {event_id}: {event.violation}")
        yield from _find_gaps(order_id, order)
        yield from _find_undelivered(order_id, order, evidence)
        if len({applied[:2] for applied in order.applied}) != len(order.applied):
            yield Offence("applied twice", order_id, "a consumer has applied one event twice")


def find_stray_dead_letters(evidence: Evidence) -> Iterator[Offence]:
    """Messages of these customers that are set aside though nobody poisoned them, and poison that is not set aside."""
    found: set[str] = set()
    own = {order_id for order_id, _ in evidence.own_orders()}
    for queue, letters in evidence.dead_letters.items():
        for letter in letters:
            names = {letter["message_id"], letter["event_id"]}
            found |= names
            if letter["order_id"] in own and not names & evidence.poisoned:
                yield Offence("dead letter", letter["message_id"], f"{letter['type']} in the dead letters of {queue}")
    for poisoned in sorted(evidence.poisoned - found):
        yield Offence("poison", poisoned, "poisoned by the trial, and not among the dead letters")


def _find_gaps(order_id: str, order: OrderFacts) -> Iterator[Offence]:
    for source, counter in SOURCES:
        numbers = sorted(event.sequence for event in order.events.values() if event.source == source)
        if numbers != list(range(1, getattr(order, counter) + 1)):
            shown = ", ".join(map(str, numbers)) or "none"
            yield Offence("event missing", order_id, f"{source} tells of {getattr(order, counter)}, has {shown}")


def _find_undelivered(order_id: str, order: OrderFacts, evidence: Evidence) -> Iterator[Offence]:
    applied = {(service, event_id) for service, event_id, _, _ in order.applied}
    ended = order.state in TERMINAL
    for event_id, event in order.events.items():
        if not event.published:
            yield Offence("event missing", order_id, f"{event.type} {event_id} was never published")
        elif ended:
            for service in _consumers(event.type, evidence):
                if (service, event_id) not in applied:
                    yield Offence("event missing", order_id, f"{event.type} {event_id} was not applied by {service}")
    for service, event_id, type_, _ in order.applied:
        if event_id not in order.events:
            yield Offence("event invented", order_id, f"{service} applied {type_} {event_id}, which no outbox has")


def _consumers(type_: str, evidence: Evidence) -> Sequence[str]:
    return [service for service, types in evidence.consumers.items() if type_ in types]
