"""The shop's invariants, checked from what operators can read and customers attempted."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from shop_world import Record, World

from apps.contracts.consumers import consumers
from apps.shop.adapters.memory import run_until_quiet

TERMINAL = ("CONFIRMED", "CANCELLED")


def check_invariants(world: World) -> None:
    """All that must be so once a shop has healed; names as in the shop's specification."""
    stores = world.all_records()
    events = [event for records in stores.values() for event in _events(records)]
    orders = _kind(stores["orders"], "order")
    no_oversell(stores["inventory"])
    one_order_per_key(world, orders, _kind(stores["orders"], "key"))
    nothing_lost(world, orders)
    money_balances(orders, events)
    no_reservation_leak(_kind(stores["inventory"], "reservation"))
    published_and_applied_once(world, stores)
    gapless(events)
    redelivery_changes_nothing(world)


def no_oversell(inventory: Sequence[Record]) -> None:
    """I1."""
    kept: dict[str, Counter[str]] = {state: Counter() for state in ("HELD", "COMMITTED")}
    for reservation in _kind(inventory, "reservation"):
        if reservation["state"] in kept:
            kept[reservation["state"]].update(reservation["wanted"])
    for stock in _kind(inventory, "stock"):
        assert min(stock["available"], stock["reserved"], stock["committed"]) >= 0, stock
        had = stock["initial"] + stock["restocked"]
        assert stock["available"] + stock["reserved"] + stock["committed"] == had, stock
        assert stock["reserved"] == kept["HELD"][stock["sku"]], stock
        assert stock["committed"] == kept["COMMITTED"][stock["sku"]], stock


def one_order_per_key(world: World, orders: Sequence[Record], keys: Sequence[Record]) -> None:
    """I2 and I4: orders, key records and attempts are one to one."""
    attempted = {hashlib.sha256(f"{who}\n{key}".encode()).hexdigest() for who, key in world.attempts}
    assert {key["digest"] for key in keys} <= attempted
    assert Counter(key["order_id"] for key in keys) == Counter(order["order_id"] for order in orders)


def nothing_lost(world: World, orders: Sequence[Record]) -> None:
    """I3."""
    assert not [order for order in orders if order["state"] not in TERMINAL]
    assert not any(world.bus.queues.values())
    assert not any(world.bus.dead.values())


def money_balances(orders: Sequence[Record], events: Sequence[Record]) -> None:
    """I5."""
    counted = Counter((event["subject"], event["type"]) for event in events)
    for order in orders:
        captured = counted[order["order_id"], "shop.payment.captured.v1"]
        refunded = counted[order["order_id"], "shop.payment.refunded.v1"]
        assert captured <= 1
        assert captured - refunded == (order["state"] == "CONFIRMED"), order
        lines = sum(line["qty"] * line["unit_price_minor"] for line in order["lines"])
        assert order["total_minor"] == lines + order["shipping_minor"], order
    amounts = defaultdict(set)
    for event in events:
        if event["type"].startswith("shop.payment."):
            amounts[event["subject"]].add(event["data"]["amount_minor"])
    assert all(amounts[o["order_id"]] <= {o["total_minor"]} for o in orders)


def no_reservation_leak(reservations: Sequence[Record]) -> None:
    """I6."""
    assert not [r for r in reservations if r["state"] == "HELD"]


def published_and_applied_once(world: World, stores: Mapping[str, Sequence[Record]]) -> None:
    """I7: every outbox record was published, and applied by everybody who listens."""
    outbox = [record for records in stores.values() for record in _kind(records, "outbox")]
    assert not [record for record in outbox if "published_at" not in record]
    assert {record["event_id"] for record in outbox} == set(world.events())
    assert len(outbox) == len({record["event_id"] for record in outbox})
    for name, types in consumers().items():
        applied = {record["event_id"] for record in _kind(stores[name], "inbox")}
        assert applied == {event.id for event in world.events().values() if event.type in types}, name
    transitions = Counter(event["subject"] for event in _events(stores["orders"]))
    assert all(count == 2 for count in transitions.values()), "placed, and one end"


def redelivery_changes_nothing(world: World) -> None:
    """I7, the other half: every event once more to everybody, the latest first."""
    before = world.all_records()
    world.bus.publish(list(reversed(world.events().values())))
    run_until_quiet(world.shop)
    assert world.all_records() == before
    assert not any(world.bus.dead.values()), "what changes nothing is no failure"


def gapless(events: Sequence[Record]) -> None:
    """I8, the half that is left behind: sequences from one, without gaps, per order and source."""
    numbers = defaultdict(list)
    for event in events:
        numbers[event["subject"], event["source"]].append(event["sequence"])
    for where, found in numbers.items():
        assert sorted(found) == list(range(1, len(found) + 1)), (where, found)


def _kind(records: Sequence[Record], kind: str) -> list[Record]:
    return [record for record in records if record["kind"] == kind]


def _events(records: Sequence[Record]) -> list[Record]:
    return [record["event"] for record in _kind(records, "outbox")]
