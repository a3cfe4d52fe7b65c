"""I7 and I9: every event is published and applied once, and what can't be applied is set aside."""

from collections.abc import Iterator, Sequence

from trials.held import OrderFacts
from trials.invariants.model import TERMINAL, Offence, World

SOURCES = (
    ("shop.orders", "sequence"),
    ("shop.inventory", "reservation_sequence"),
    ("shop.payment", "payment_sequence"),
)


def applied_once(world: World) -> Iterator[Offence]:
    """Each source's events keep their schemas, have no gap, all are published, and every consumer applied each once."""
    for order_id, order in world.ours():
        for event_id, told in order.events.items():
            if told.violation:
                yield Offence("off contract", order_id, f"{told.type} {event_id}: {told.violation}")
        yield from _gapless(order_id, order)
        yield from _delivered(order_id, order, world)
        if len({applied[:2] for applied in order.applied}) != len(order.applied):
            yield Offence("applied twice", order_id, "a consumer has applied one event twice")


def poison_isolated(world: World) -> Iterator[Offence]:
    """None of these customers' messages is set aside but those that the trial poisoned, and each of those is."""
    found: set[str] = set()
    ours = {order_id for order_id, _ in world.ours()}
    for queue, letters in world.dead.items():
        for letter in letters:
            names = {letter["message_id"], letter["event_id"]}
            found |= names
            if letter["order_id"] in ours and not names & world.allowed_dead:
                yield Offence("dead letter", letter["message_id"], f"{letter['type']} in the dead letters of {queue}")
    for poisoned in sorted(world.allowed_dead - found):
        yield Offence("poison", poisoned, "poisoned by the trial, and not among the dead letters")


def _gapless(order_id: str, order: OrderFacts) -> Iterator[Offence]:
    for source, counter in SOURCES:
        numbers = sorted(told.sequence for told in order.events.values() if told.source == source)
        if numbers != list(range(1, getattr(order, counter) + 1)):
            shown = ", ".join(map(str, numbers)) or "none"
            yield Offence("event missing", order_id, f"{source} tells of {getattr(order, counter)}, has {shown}")


def _delivered(order_id: str, order: OrderFacts, world: World) -> Iterator[Offence]:
    applied = {(table, event_id) for table, event_id, _, _ in order.applied}
    ended = order.state in TERMINAL
    for event_id, told in order.events.items():
        if not told.published:
            yield Offence("event missing", order_id, f"{told.type} {event_id} was never published")
        elif ended:
            for table in _consumers(told.type, world):
                if (table, event_id) not in applied:
                    yield Offence("event missing", order_id, f"{told.type} {event_id} was not applied by {table}")
    for table, event_id, type_, _ in order.applied:
        if event_id not in order.events:
            yield Offence("event invented", order_id, f"{table} applied {type_} {event_id}, which no outbox has")


def _consumers(type_: str, world: World) -> Sequence[str]:
    return [table for table, types in world.consumers.items() if type_ in types]
