"""I2, I3, I4, I8, I10: one order per key, none lost, none invented, none that goes back; and every answer explained."""

from collections.abc import Iterator

from trials.invariants.evidence import Evidence, Offence
from trials.ledger_facts import TERMINAL
from trials.store_records import key_digest


def find_duplicates(evidence: Evidence) -> Iterator[Offence]:
    """Keys with more than one order, answer or body, and orders that no key leads to."""
    seen: dict[str, str] = {}
    for (customer, key), facts in evidence.ledger.keys.items():
        if len(facts.orders) > 1:
            yield Offence("duplicate", key, f"{len(facts.orders)} orders: {', '.join(sorted(facts.orders)[:3])}")
        if len(facts.digests) > 1:
            yield Offence("duplicate", key, f"{len(facts.digests)} different answers accepted it")
        if len(set(facts.orders.values())) > 1:
            yield Offence("duplicate", key, "two bodies were accepted under it")
        digest = key_digest(customer, key)
        stored = evidence.stores.keys.get(digest)
        for order in facts.orders:
            if stored is not None and stored != order:
                yield Offence("duplicate", key, f"answered order {order}, stored is {stored}")
        if stored is not None:
            seen[stored] = digest
    for order_id, _ in evidence.own_orders():
        if order_id not in seen and order_id in evidence.ledger.accepted:
            yield Offence("duplicate", order_id, "no key leads to it: the next attempt makes another order")


def find_lost_orders(evidence: Evidence) -> Iterator[Offence]:
    """Accepted orders that are not stored, are stored for another customer, or have no end."""
    for order_id, (customer, _) in evidence.ledger.accepted.items():
        order = evidence.stores.orders.get(order_id)
        if order is None or order.customer is None:
            yield Offence("lost", order_id, "accepted, and no store has it")
        elif order.customer != customer:
            yield Offence("lost", order_id, f"accepted for {customer}, stored for {order.customer}")
        elif order.state not in TERMINAL:
            yield Offence("lost", order_id, f"accepted, and still {order.state}")
    for order_id, order in evidence.own_orders():
        if order_id not in evidence.ledger.accepted and order.state not in TERMINAL:
            yield Offence("lost", order_id, f"stored, its client does not know, and still {order.state}")


def find_invented_orders(evidence: Evidence) -> Iterator[Offence]:
    """Stored orders of these customers that nobody attempted as they are, or of which every attempt was refused."""
    attempted = {key_digest(*pair): (pair[1], facts) for pair, facts in evidence.ledger.keys.items()}
    known: set[str] = set()
    for digest, order_id in evidence.stores.keys.items():
        if digest in attempted:
            key, facts = attempted[digest]
            known.add(order_id)
            if facts.is_refused:
                yield Offence("phantom", order_id, f"every attempt under key {key} was refused")
            order = evidence.stores.orders.get(order_id)
            if order is not None and order.lines not in facts.bodies.values():
                yield Offence("phantom", order_id, f"nobody ordered {order.lines} under key {key}")
    for order_id, _ in evidence.own_orders():
        if order_id not in known and order_id not in evidence.ledger.accepted:
            yield Offence("phantom", order_id, "no attempt in the ledger leads to it")


def find_reversals(evidence: Evidence) -> Iterator[Offence]:
    """Orders that a customer saw going back, or that have an event after their end."""
    for text in evidence.ledger.backwards:
        yield Offence("non-monotonic", text.split()[1].rstrip(":"), text)
    for order_id, order in evidence.own_orders():
        seen = evidence.ledger.states.get(order_id)
        if seen in TERMINAL and order.state != seen:
            yield Offence("non-monotonic", order_id, f"seen {seen}, stored {order.state}")
        ends = [e for e in order.events.values() if e.type.startswith(("shop.order.conf", "shop.order.canc"))]
        if len(ends) > 1:
            yield Offence("non-monotonic", order_id, "it ended twice")
        if ends and ends[0].sequence != order.sequence:
            yield Offence("non-monotonic", order_id, f"event {order.sequence} came after its end")


def find_unexplained_answers(evidence: Evidence) -> Iterator[Offence]:
    """Answers that the contract does not know, and load shedding by the shop that does not say when to come again.

    Above its limit the shop refuses orders, and says so; it never drops one.
    """
    for text in evidence.ledger.unexplained:
        yield Offence("unexplained answer", text.split(":")[0], text)
    for text in evidence.ledger.hasty:
        yield Offence("no Retry-After", text.split(":")[0], text)
