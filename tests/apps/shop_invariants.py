"""The shop's invariants, checked from what operators can read and customers attempted."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence

from shop_world import World

from apps.contracts.consumers import consumers
from apps.shop.adapters.memory import run_until_quiet
from apps.shop.ports import Item

TERMINAL = ("CONFIRMED", "CANCELLED")
STORES = {"orders": "orders", "inventory": "inventory", "payment": "payments"}


def check_invariants(world: World) -> None:
    """All that must hold once a shop has healed; names as in the shop's specification."""
    books = {name: world.ledger(name) for name in STORES.values()}
    orders = _kind(books["orders"], "order")
    no_oversell(books["inventory"])
    one_order_per_key(world, orders, _kind(books["orders"], "key"))
    nothing_lost(world, orders)
    money_balances(orders, [event for book in books.values() for event in _events(book)])
    no_reservation_leak(_kind(books["inventory"], "reservation"))
    told_and_applied_once(world, books)
    gapless([event for book in books.values() for event in _events(book)])
    redelivery_changes_nothing(world)


def no_oversell(inventory: Sequence[Item]) -> None:
    """I1."""
    held: dict[str, Counter[str]] = {state: Counter() for state in ("HELD", "COMMITTED")}
    for reservation in _kind(inventory, "reservation"):
        if reservation["state"] in held:
            held[reservation["state"]].update(reservation["wanted"])
    for stock in _kind(inventory, "stock"):
        assert min(stock["available"], stock["reserved"], stock["committed"]) >= 0, stock
        had = stock["initial"] + stock["restocked"]
        assert stock["available"] + stock["reserved"] + stock["committed"] == had, stock
        assert stock["reserved"] == held["HELD"][stock["sku"]], stock
        assert stock["committed"] == held["COMMITTED"][stock["sku"]], stock


def one_order_per_key(world: World, orders: Sequence[Item], keys: Sequence[Item]) -> None:
    """I2 and I4: orders, key records and attempts are one to one."""
    attempted = {"KEY#" + hashlib.sha256(f"{who}\n{key}".encode()).hexdigest() for who, key in world.attempts}
    assert {key["pk"] for key in keys} <= attempted
    assert Counter(key["order_id"] for key in keys) == Counter(order["order_id"] for order in orders)


def nothing_lost(world: World, orders: Sequence[Item]) -> None:
    """I3."""
    assert not [order for order in orders if order["state"] not in TERMINAL]
    assert not any(world.bus.queues.values())
    assert not any(world.bus.dead.values())


def money_balances(orders: Sequence[Item], events: Sequence[Item]) -> None:
    """I5."""
    told = Counter((event["subject"], event["type"]) for event in events)
    for order in orders:
        captured = told[order["order_id"], "shop.payment.captured.v1"]
        refunded = told[order["order_id"], "shop.payment.refunded.v1"]
        assert captured <= 1
        assert captured - refunded == (order["state"] == "CONFIRMED"), order
        lines = sum(line["qty"] * line["unit_price_minor"] for line in order["lines"])
        assert order["total_minor"] == lines + order["shipping_minor"], order
    amounts = defaultdict(set)
    for event in events:
        if event["type"].startswith("shop.payment."):
            amounts[event["subject"]].add(event["data"]["amount_minor"])
    assert all(amounts[o["order_id"]] <= {o["total_minor"]} for o in orders)


def no_reservation_leak(reservations: Sequence[Item]) -> None:
    """I6."""
    assert not [r for r in reservations if r["state"] == "HELD"]


def told_and_applied_once(world: World, books: dict[str, list[Item]]) -> None:
    """I7: every outbox record was published, and applied by everybody who listens."""
    outbox = [record for book in books.values() for record in _kind(book, "outbox")]
    assert not [record for record in outbox if "published_at" not in record]
    assert {record["event_id"] for record in outbox} == set(world.events())
    assert len(outbox) == len({record["event_id"] for record in outbox})
    for name, types in consumers().items():
        applied = {record["event_id"] for record in _kind(books[STORES[name]], "inbox")}
        assert applied == {event.id for event in world.events().values() if event.type in types}, name
    transitions = Counter(event["subject"] for event in _events(books["orders"]))
    assert all(count == 2 for count in transitions.values()), "placed, and one end"


def redelivery_changes_nothing(world: World) -> None:
    """I7, the other half: every event once more to everybody, the latest first."""
    before = {name: world.ledger(name) for name in STORES.values()}
    world.bus.publish(list(reversed(world.events().values())))
    run_until_quiet(world.shop)
    assert {name: world.ledger(name) for name in STORES.values()} == before
    assert not any(world.bus.dead.values()), "what changes nothing is no failure"


def gapless(events: Sequence[Item]) -> None:
    """I8, the half that is left behind: sequences from one, without gaps, per order and source."""
    numbers = defaultdict(list)
    for event in events:
        numbers[event["subject"], event["source"]].append(event["sequence"])
    for where, found in numbers.items():
        assert sorted(found) == list(range(1, len(found) + 1)), (where, found)


def _kind(book: Sequence[Item], kind: str) -> list[Item]:
    return [record for record in book if record["kind"] == kind]


def _events(book: Sequence[Item]) -> list[Item]:
    return [record["event"] for record in _kind(book, "outbox")]
