"""I2, I3, I4 and I8: one order per key, none lost, none invented, none that goes back."""

from collections.abc import Iterator

from trials.held import key_digest
from trials.invariants.model import TERMINAL, Offence, World


def one_per_key(world: World) -> Iterator[Offence]:
    """A key has one order, one answer, and no second body."""
    seen: dict[str, str] = {}
    for (customer, key), facts in world.told.keys.items():
        if len(facts.orders) > 1:
            yield Offence("duplicate", key, f"{len(facts.orders)} orders: {', '.join(sorted(facts.orders)[:3])}")
        if len(facts.digests) > 1:
            yield Offence("duplicate", key, f"{len(facts.digests)} different answers accepted it")
        if len(set(facts.orders.values())) > 1:
            yield Offence("duplicate", key, "two bodies were accepted under it")
        digest = key_digest(customer, key)
        stored = world.held.keys.get(digest)
        for order in facts.orders:
            if stored is not None and stored != order:
                yield Offence("duplicate", key, f"told order {order}, stored is {stored}")
        if stored is not None:
            seen[stored] = digest
    for order_id, _ in world.ours():
        if order_id not in seen and order_id in world.told.accepted:
            yield Offence("duplicate", order_id, "no key leads to it: the next attempt makes another order")


def none_lost(world: World) -> Iterator[Offence]:
    """Every accepted order is stored, its customer's, and has an end."""
    for order_id, (customer, _) in world.told.accepted.items():
        order = world.held.orders.get(order_id)
        if order is None or order.customer is None:
            yield Offence("lost", order_id, "accepted, and no store has it")
        elif order.customer != customer:
            yield Offence("lost", order_id, f"accepted for {customer}, stored for {order.customer}")
        elif order.state not in TERMINAL:
            yield Offence("lost", order_id, f"accepted, and still {order.state}")
    for order_id, order in world.ours():
        if order_id not in world.told.accepted and order.state not in TERMINAL:
            yield Offence("lost", order_id, f"stored, its client does not know, and still {order.state}")


def none_invented(world: World) -> Iterator[Offence]:
    """Every stored order of these customers was attempted as it is, and not refused for sure."""
    attempted = {key_digest(*pair): (pair[1], facts) for pair, facts in world.told.keys.items()}
    asked: set[str] = set()
    for digest, order_id in world.held.keys.items():
        if digest in attempted:
            key, facts = attempted[digest]
            asked.add(order_id)
            if facts.shed_for_sure:
                yield Offence("phantom", order_id, f"every attempt under key {key} was refused")
            order = world.held.orders.get(order_id)
            if order is not None and order.lines not in facts.bodies.values():
                yield Offence("phantom", order_id, f"nobody ordered {order.lines} under key {key}")
    for order_id, _ in world.ours():
        if order_id not in asked and order_id not in world.told.accepted:
            yield Offence("phantom", order_id, "no attempt in the ledger leads to it")


def never_back(world: World) -> Iterator[Offence]:
    """No customer saw an order go back, and no event follows its end."""
    for text in world.told.backwards:
        yield Offence("non-monotonic", text.split()[1].rstrip(":"), text)
    for order_id, order in world.ours():
        seen = world.told.states.get(order_id)
        if seen in TERMINAL and order.state != seen:
            yield Offence("non-monotonic", order_id, f"seen {seen}, stored {order.state}")
        ends = [told for told in order.events.values() if told.type.startswith(("shop.order.conf", "shop.order.canc"))]
        if len(ends) > 1:
            yield Offence("non-monotonic", order_id, "it ended twice")
        if ends and ends[0].sequence != order.sequence:
            yield Offence("non-monotonic", order_id, f"event {order.sequence} came after its end")
