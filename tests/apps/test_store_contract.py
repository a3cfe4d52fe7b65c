"""What every adapter of the shop's stores must do: the one in memory, the tests' oracle, and those of platforms alike.

What may lag is looked at until it is there; everything else must be there at once.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from shop_world import START
from store_adapters import ADAPTERS, MARKS, Stores

from apps.shop.adapters.aws import stores as dynamo
from apps.shop.domain import events, orders, payments, stock
from apps.shop.domain.clock import add_seconds, format_time
from apps.shop.domain.errors import BadCursorError, TryAgainError
from apps.shop.domain.events import Event, StateChange, make_event
from apps.shop.domain.ids import key_digest, new_id
from apps.shop.domain.orders import Order, OrderLine
from apps.shop.domain.payments import Payment
from apps.shop.domain.products import Product
from apps.shop.domain.stock import Reservation, StockLevel
from apps.shop.ports import Acceptance, ConflictError, InboxRecord, KeyRecord, OutboxRecord, ServiceStore, Versioned

NOW = format_time(START)
LATER = add_seconds(START, 3_600)
EVER = "9999"
LAG_SECONDS = 5.0
TOKEN = "ok:a-token-like-no-other"


@pytest.fixture(params=[pytest.param(name, marks=MARKS.get(name, ())) for name in ADAPTERS])
def stores(request: pytest.FixtureRequest) -> Stores:
    return ADAPTERS[request.param](request)


class Service(NamedTuple):
    """One service's store, and states that it may go through."""

    store: ServiceStore[Any]
    first: Callable[[str], StateChange[Any]]
    second: Callable[[Any], StateChange[Any]]


@pytest.fixture(params=["orders", "stock", "payments"])
def service(request: pytest.FixtureRequest, stores: Stores) -> Service:
    if request.param == "orders":
        return Service(stores.orders, order, lambda found: orders.cancel(found, orders.CUSTOMER, START))
    if request.param == "payments":
        return Service(stores.payments, capture, refund)
    stores.stock.add_level(level("MUG-01", 1_000))
    return Service(stores.stock, reservation, release)


def fact(order_id: str, type_: str = events.STOCK_RESERVED, sequence: int = 1) -> Event:
    return make_event("shop.elsewhere", type_, order_id, sequence=sequence, now=START, data={})


def order(order_id: str, customer: str = "ann", milliseconds: int = 0, deadline: float = 600) -> StateChange[Order]:
    lines = (OrderLine("MUG-01", 2, 1450), OrderLine("PEN-01", 1, 349))
    placed_at = START + timedelta(milliseconds=milliseconds)
    return orders.place(order_id, customer, lines, now=placed_at, deadline_seconds=deadline)


def acceptance(change: StateChange[Order], key: str = "key") -> Acceptance:
    return Acceptance(key, "fingerprint", change.state)


def accept(stores: Stores, *arguments: Any, key: str = "key", **named: Any) -> Order:
    change = order(new_id(), *arguments, **named)
    stores.orders.accept(acceptance(change, key), change.events, TOKEN, LATER)
    return change.state


def level(sku: str, count: int) -> StockLevel:
    return StockLevel(sku, available=count, reserved=0, committed=0, initial=count, restocked=0)


def reservation(order_id: str, **wanted: int) -> StateChange[Reservation]:
    placed = fact(order_id, events.ORDER_PLACED)
    return stock.reserve(placed, wanted or {"MUG-01": 1}, {"MUG-01": 9, "PEN-01": 9}, now=START, ttl_seconds=300)


def release(found: Reservation) -> StateChange[Reservation]:
    change = stock.settle(found, commit=False, now=START)
    assert change is not None
    return change


def capture(order_id: str) -> StateChange[Payment]:
    payment = Payment(order_id, new_id(), reserved=True, amount_minor=5, currency="EUR", attempt=1, reference="ok")
    return payments.end_attempt(payment, taken=True, cause=fact(order_id), now=START)


def refund(found: Payment) -> StateChange[Payment]:
    return payments.undo(found, taken=True, cause=fact(found.order_id), now=START)


def claim(store: ServiceStore[Any], before: str = EVER, limit: int = 1_000) -> list[Event]:
    with store.claim(before, limit) as found:
        return list(found)


def at_last(look: Callable[[], Any], wanted: Any) -> None:
    """Fail unless what may lag comes to be what is wanted."""
    deadline = time.monotonic() + LAG_SECONDS
    while (found := look()) != wanted:
        assert time.monotonic() < deadline, found


def everything(store: ServiceStore[Any], limit: int = 1_000) -> list[Any]:
    found: list[Any] = []
    cursor: str | None = None
    while True:
        page = store.records(cursor, limit)
        assert len(page.records) <= limit
        found += page.records
        cursor = page.cursor
        if cursor is None:
            return found


def in_threads(count: int, do: Callable[[int], Any]) -> list[Any]:
    """What so many threads got that began at once."""
    barrier = threading.Barrier(count)

    def run(number: int) -> Any:
        barrier.wait()
        return do(number)

    with ThreadPoolExecutor(max_workers=count) as pool:
        return list(pool.map(run, range(count)))


# -- what all services' stores do -----------------------------------------------------------------------------------


def test_what_was_saved_is_read_at_once_as_it_was(service: Service) -> None:
    order_id = new_id()
    change = service.first(order_id)
    saved = service.store.save(change, None, fact(order_id))
    found = service.store.find(order_id)
    assert found is not None
    assert saved.state == found.state == change.state
    assert service.store.find(new_id()) is None
    seen = service.store.look(fact(order_id, sequence=2))
    assert (seen.applied, seen.found and seen.found.state) == (False, change.state)


def test_a_fact_is_known_to_be_applied_at_once(service: Service) -> None:
    order_id = new_id()
    assert service.store.look(fact(order_id)).applied is False
    service.store.save(service.first(order_id), None, fact(order_id))
    assert service.store.look(fact(order_id)).applied
    assert not service.store.look(fact(order_id, sequence=2)).applied
    assert not service.store.look(fact(new_id())).applied


def test_a_fact_that_changes_nothing_is_noted_once(service: Service) -> None:
    order_id = new_id()
    service.store.note(fact(order_id))
    seen = service.store.look(fact(order_id))
    assert (seen.applied, seen.found) == (True, None)
    with pytest.raises(ConflictError):
        service.store.note(fact(order_id))


def test_what_is_new_must_be_new(service: Service) -> None:
    order_id = new_id()
    service.store.save(service.first(order_id), None)
    with pytest.raises(ConflictError):
        service.store.save(service.first(order_id), None, fact(order_id))
    assert not service.store.look(fact(order_id)).applied, "nothing of it was written"


def test_what_is_changed_must_be_as_it_was_read(service: Service) -> None:
    order_id = new_id()
    service.store.save(service.first(order_id), None)
    read = service.store.find(order_id)
    assert read is not None
    change = service.second(read.state)
    service.store.save(change, read, fact(order_id))
    with pytest.raises(ConflictError):
        service.store.save(change, read, fact(order_id, sequence=2))
    found = service.store.look(fact(order_id, sequence=2))
    assert (found.applied, found.found and found.found.state) == (False, change.state)


def test_what_save_gives_back_can_be_saved_again(service: Service) -> None:
    order_id = new_id()
    saved = service.store.save(service.first(order_id), None)
    for _ in range(3):
        saved = service.store.save(StateChange(saved.state), saved)
    changed = service.store.save(service.second(saved.state), saved)
    found = service.store.find(order_id)
    assert found is not None
    assert found.state == changed.state


def test_a_fact_that_was_applied_meanwhile_changes_nothing(service: Service) -> None:
    order_id = new_id()
    read = service.store.save(service.first(order_id), None)
    service.store.note(fact(order_id))
    with pytest.raises(ConflictError):
        service.store.save(service.second(read.state), read, fact(order_id))
    found = service.store.find(order_id)
    assert found is not None
    assert found.state == read.state
    at_last(lambda: len(claim(service.store)), 1)


def test_of_many_who_change_the_same_one_wins(service: Service) -> None:
    order_id = new_id()
    read = service.store.save(service.first(order_id), None)

    def change(number: int) -> bool:
        try:
            service.store.save(service.second(read.state), read, fact(order_id, sequence=number + 1))
        except ConflictError:
            return False
        return True

    won = in_threads(16, change)
    assert sum(won) == 1
    applied = [service.store.look(fact(order_id, sequence=number + 1)).applied for number in range(16)]
    assert applied == won
    at_last(lambda: [event.sequence for event in claim(service.store)], [1, 2])


def test_of_many_who_apply_the_same_fact_one_does(service: Service) -> None:
    order_id = new_id()
    read = service.store.save(service.first(order_id), None)

    def change(number: int) -> bool:
        try:
            if number % 2:
                service.store.note(fact(order_id))
            else:
                service.store.save(service.second(read.state), read, fact(order_id))
        except ConflictError:
            return False
        return True

    assert sum(in_threads(12, change)) == 1


# -- outboxes -------------------------------------------------------------------------------------------------------


def test_events_wait_until_they_are_marked(service: Service) -> None:
    first, second = service.first(new_id()), service.first(new_id())
    service.store.save(first, None)
    service.store.save(second, None)
    waiting = sorted([*first.events, *second.events], key=lambda event: event.id)
    at_last(lambda: sorted(claim(service.store), key=lambda event: event.id), waiting)
    service.store.mark_published(first.events, NOW)
    at_last(lambda: claim(service.store), list(second.events))
    service.store.mark_published(first.events, LATER)
    service.store.mark_published(service.first(new_id()).events, NOW)
    at_last(lambda: claim(service.store), list(second.events))


def test_an_orders_events_come_in_their_sequence(service: Service, stores: Stores) -> None:
    for number in range(8):
        saved = service.store.save(service.first(new_id()), None)
        stores.now = START + timedelta(milliseconds=number // 4)
        service.store.save(service.second(saved.state), saved)
    at_last(lambda: len(claim(service.store)), 16)
    places: dict[str, list[int]] = {}
    for event in claim(service.store):
        places.setdefault(event.subject, []).append(event.sequence)
    assert list(places.values()) == [[1, 2]] * 8


def test_only_events_from_before_a_moment_are_given_and_no_more_than_asked_for(
    service: Service, stores: Stores
) -> None:
    old = service.first(new_id())
    service.store.save(old, None)
    stores.now = START + timedelta(minutes=5)
    for _ in range(5):
        service.store.save(service.first(new_id()), None)
    at_last(lambda: len(claim(service.store)), 6)
    assert claim(service.store, before=add_seconds(START, 60)) == list(old.events)
    assert claim(service.store, before=add_seconds(START, -1)) == []
    assert claim(service.store, limit=1) == list(old.events)
    assert len(claim(service.store, limit=4)) == 4


# -- records for operators ------------------------------------------------------------------------------------------


def test_every_record_is_shown_once_page_by_page(service: Service) -> None:
    saved: list[Any] = []
    for number in range(5):
        order_id = new_id()
        stored = service.store.save(service.first(order_id), None, fact(order_id))
        if number % 2:
            stored = service.store.save(service.second(stored.state), stored)
        saved.append(stored.state)
    published = service.first(new_id())
    service.store.save(published, None)
    service.store.mark_published(published.events, LATER)
    for limit in (3, 1_000):
        found = everything(service.store, limit)
        assert len(found) == len({str(record) for record in found})
        states = [record for record in found if type(record) is type(published.state)]
        assert sorted(map(str, states)) == sorted(map(str, [*saved, published.state]))
        applied = [record for record in found if isinstance(record, InboxRecord)]
        assert {(r.order_id, r.type, r.applied_at) for r in applied} == {
            (state.order_id, events.STOCK_RESERVED, NOW) for state in saved
        }
        outbox = [record for record in found if isinstance(record, OutboxRecord)]
        assert len(outbox) == 8
        assert {record.published_at for record in outbox if record.event.subject != published.state.order_id} == {None}
        marked = OutboxRecord(published.events[0], NOW, LATER)
        assert marked in outbox


@pytest.mark.parametrize("cursor", ["", "x", "{}", "[]", "W10=", "WzEsIDJd", "bnVsbA==", "-1", "1.5", "\x00", "ä" * 99])
def test_a_cursor_that_no_page_came_with_is_refused(service: Service, cursor: str) -> None:
    service.store.save(service.first(new_id()), None)
    with pytest.raises(BadCursorError):
        service.store.records(cursor, 10)


def test_a_key_is_shown_by_its_digest_and_a_token_not_at_all(stores: Stores) -> None:
    placed = accept(stores, key="a key")
    found = everything(stores.orders)
    assert KeyRecord(placed.order_id, key_digest("ann", "a key")) in found
    assert {type(record) for record in found} == {Order, KeyRecord, OutboxRecord}
    assert TOKEN not in str(found)


# -- orders ---------------------------------------------------------------------------------------------------------


def test_an_accepted_order_is_there_at_once_with_its_key_its_event_and_its_token(stores: Stores) -> None:
    change = order(new_id())
    stores.orders.accept(acceptance(change), change.events, TOKEN, LATER)
    found = stores.orders.find(change.state.order_id)
    assert found is not None
    assert found.state == change.state
    known = stores.orders.find_acceptance("ann", "key")
    assert known is not None
    assert (known.key, known.fingerprint) == ("key", "fingerprint")
    assert answer(known.order) == answer(change.state)
    assert stores.tokens.payment_token(change.state.order_id, NOW) == TOKEN
    at_last(lambda: claim(stores.orders), list(change.events))


def answer(accepted: Order) -> Mapping[str, Any]:
    """What a client is shown of an order."""
    return {name: getattr(accepted, name) for name in ("order_id", "customer_id", "state", "lines", "total_minor")}


def test_a_key_keeps_its_first_answer_while_the_order_moves_on(stores: Stores) -> None:
    placed = accept(stores)
    found = stores.orders.find(placed.order_id)
    assert found is not None
    stores.orders.save(orders.cancel(found.state, orders.CUSTOMER, START), found)
    known = stores.orders.find_acceptance("ann", "key")
    assert known is not None
    assert (known.order.state, known.order.reason, known.order.updated_at) == ("PENDING", None, placed.updated_at)


def test_a_key_that_is_taken_takes_nothing_else(stores: Stores) -> None:
    first = accept(stores)
    second = order(new_id())
    with pytest.raises(ConflictError):
        stores.orders.accept(acceptance(second), second.events, TOKEN, LATER)
    assert stores.orders.find(second.state.order_id) is None
    assert stores.tokens.payment_token(second.state.order_id, NOW) is None
    at_last(lambda: [event.subject for event in claim(stores.orders)], [first.order_id])


def test_an_order_that_is_there_takes_no_other_key(stores: Stores) -> None:
    change = order(new_id())
    stores.orders.accept(acceptance(change, "one"), change.events, TOKEN, LATER)
    with pytest.raises(ConflictError):
        stores.orders.accept(acceptance(change, "two"), change.events, "another token", LATER)
    assert stores.orders.find_acceptance("ann", "two") is None
    assert stores.tokens.payment_token(change.state.order_id, NOW) == TOKEN


@pytest.mark.parametrize("key", ["k", "K", "k" * 128, "~!@#$%^&*()_+-=[]{};':,./<>?|", "' or 1=1 --", "KEY#1"])
def test_a_key_is_its_customers_and_exactly_as_it_was_sent(stores: Stores, key: str) -> None:
    theirs = {who: accept(stores, who, key=key).order_id for who in ("ann", "bob", "auth0|ünï", "x" * 64)}
    for who, order_id in theirs.items():
        known = stores.orders.find_acceptance(who, key)
        assert known is not None
        assert (known.order.order_id, known.order.customer_id) == (order_id, who)
    assert stores.orders.find_acceptance("ann", key.swapcase() + "x") is None


def test_of_many_who_want_one_key_one_gets_it(stores: Stores) -> None:
    changes = [order(new_id()) for _ in range(16)]

    def take(number: int) -> bool:
        change = changes[number]
        try:
            stores.orders.accept(acceptance(change), change.events, f"{TOKEN}-{number}", LATER)
        except ConflictError:
            return False
        return True

    won = in_threads(16, take)
    assert sum(won) == 1
    there = [stores.orders.find(change.state.order_id) is not None for change in changes]
    paid = [stores.tokens.payment_token(change.state.order_id, NOW) is not None for change in changes]
    assert there == paid == won


def test_a_token_expires(stores: Stores) -> None:
    change = order(new_id())
    until = add_seconds(START, 60)
    stores.orders.accept(acceptance(change), change.events, TOKEN, until)
    assert stores.tokens.payment_token(change.state.order_id, add_seconds(START, 59)) == TOKEN
    assert stores.tokens.payment_token(change.state.order_id, until) is None
    assert stores.tokens.payment_token(change.state.order_id, EVER + "-01-01T00:00:00.000Z") is None
    assert stores.tokens.payment_token(new_id(), NOW) is None


def test_a_customers_orders_come_newest_first_page_by_page(stores: Stores) -> None:
    mine = [accept(stores, "ann", number // 2, key=str(number)) for number in range(7)]  # two in each millisecond
    accept(stores, "bob", 9)
    at_last(lambda: len(stores.orders.history("ann", 100)), 7)
    seen: list[Order] = []
    place: tuple[str, str] | None = None
    while True:
        page = stores.orders.history("ann", 3, place)
        if not page:
            break
        assert len(page) <= 3
        seen += page
        place = (page[-1].placed_at, page[-1].order_id)
    assert sorted(seen, key=str) == sorted(mine, key=str)
    moments = [found.placed_at for found in seen]
    assert moments == sorted(moments, reverse=True)
    assert list(stores.orders.history("nobody", 3)) == []


def test_overdue_orders_come_in_order_of_their_deadline(stores: Stores) -> None:
    def overdue(moment: str, limit: int) -> list[str]:
        return [found.order_id for found in stores.orders.overdue_orders(moment, limit)]

    placed = [accept(stores, deadline=60 * number, key=str(number)) for number in range(1, 13)]
    at_last(lambda: overdue(EVER, 100), [order.order_id for order in placed])
    assert overdue(add_seconds(START, 300), 100) == [order.order_id for order in placed[:5]]
    assert overdue(EVER, 2) == [order.order_id for order in placed[:2]]
    assert overdue(NOW, 10) == []
    end(stores, placed[0])
    at_last(lambda: overdue(EVER, 2), [order.order_id for order in placed[1:3]])


def test_what_is_overdue_is_found_behind_many_events(stores: Stores) -> None:
    for number in range(30):
        accept(stores, deadline=3_000, key=str(number))
    stores.now = START + timedelta(seconds=30)
    late = accept(stores, deadline=60, key="late")
    at_last(
        lambda: [found.order_id for found in stores.orders.overdue_orders(add_seconds(START, 90), 3)], [late.order_id]
    )


def test_orders_without_an_end_are_counted_up_to_a_limit(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dynamo, "COUNT_SECONDS", -1)  # count at every call
    assert stores.orders.count_open(10) == 0
    placed = [accept(stores, key=str(number)) for number in range(6)]
    at_last(lambda: stores.orders.count_open(10), 6)
    assert stores.orders.count_open(4) == 4
    end(stores, placed[0])
    at_last(lambda: stores.orders.count_open(10), 5)


def end(stores: Stores, placed: Order) -> None:
    found = stores.orders.find(placed.order_id)
    assert found is not None
    stores.orders.save(orders.cancel(found.state, orders.CUSTOMER, START), found)


# -- stock ----------------------------------------------------------------------------------------------------------


def counts(stores: Stores, sku: str = "MUG-01") -> tuple[int, int, int]:
    found = stores.stock.level(sku)
    assert found is not None
    return found.available, found.reserved, found.committed


def reserve(stores: Stores, order_id: str, **wanted: int) -> Versioned[Reservation]:
    """What an order got, decided by what there is."""
    placed = fact(order_id, events.ORDER_PLACED)

    def decide(available: Mapping[str, int]) -> StateChange[Reservation]:
        return stock.reserve(placed, wanted, available, now=START, ttl_seconds=300)

    stores.stock.reserve(placed, tuple(wanted), decide)
    found = stores.stock.find(order_id)
    assert found is not None
    return found


def test_a_product_is_counted_from_once_on(stores: Stores) -> None:
    assert stores.stock.level("MUG-01") is None
    assert stores.stock.add_level(level("MUG-01", 3))
    assert not stores.stock.add_level(level("MUG-01", 99))
    assert stores.stock.level("MUG-01") == level("MUG-01", 3)
    assert stores.stock.restock("MUG-01", 4)
    assert stores.stock.level("MUG-01") == StockLevel("MUG-01", 7, 0, 0, initial=3, restocked=4)
    assert not stores.stock.restock("NOPE", 4)
    assert stores.stock.level("NOPE") is None
    assert level("MUG-01", 3) not in everything(stores.stock)


def test_a_reservation_takes_its_stock_along_all_the_way(stores: Stores) -> None:
    for sku in ("MUG-01", "PEN-01"):
        stores.stock.add_level(level(sku, 5))
    order_id = new_id()
    found = reserve(stores, order_id, **{"MUG-01": 2, "PEN-01": 5})
    assert (found.state.state, counts(stores), counts(stores, "PEN-01")) == ("HELD", (3, 2, 0), (0, 5, 0))
    assert stores.stock.look(fact(order_id, events.ORDER_PLACED)).applied
    ended = stock.settle(found.state, commit=True, now=START)
    assert ended is not None
    stores.stock.save(ended, found)
    assert (counts(stores), counts(stores, "PEN-01")) == ((3, 0, 2), (0, 0, 5))
    at_last(lambda: [e.type for e in claim(stores.stock)], [events.STOCK_RESERVED, events.STOCK_COMMITTED])
    other = reserve(stores, new_id(), **{"MUG-01": 3})
    stores.stock.save(release(other.state), other)
    assert counts(stores) == (3, 0, 2)


def test_what_is_available_is_shown_to_who_decides(stores: Stores) -> None:
    stores.stock.add_level(level("MUG-01", 5))
    seen: list[Mapping[str, int]] = []
    order_id = new_id()

    def decide(available: Mapping[str, int]) -> StateChange[Reservation]:
        seen.append(dict(available))
        return stock.reserve(placed, {"MUG-01": 1, "NOPE": 1}, available, now=START, ttl_seconds=300)

    placed = fact(order_id, events.ORDER_PLACED)
    stores.stock.reserve(placed, ("MUG-01", "NOPE"), decide)
    assert {sku: count for sku, count in seen[-1].items() if count} == {"MUG-01": 5}
    found = stores.stock.find(order_id)
    assert found is not None
    assert (found.state.state, found.state.wanted, counts(stores)) == ("REJECTED", {}, (5, 0, 0))


def test_no_decision_takes_more_than_there_is(stores: Stores) -> None:
    for sku, count in (("MUG-01", 5), ("PEN-01", 1)):
        stores.stock.add_level(level(sku, count))
    order_id = new_id()
    placed = fact(order_id, events.ORDER_PLACED)
    blind = {"MUG-01": 9, "PEN-01": 9}
    change = stock.reserve(placed, {"MUG-01": 2, "PEN-01": 2}, blind, now=START, ttl_seconds=300)
    with pytest.raises(ConflictError):
        stores.stock.reserve(placed, ("MUG-01", "PEN-01"), lambda _: change)
    assert (counts(stores), counts(stores, "PEN-01")) == ((5, 0, 0), (1, 0, 0))
    assert stores.stock.find(order_id) is None
    assert not stores.stock.look(placed).applied
    assert claim(stores.stock) == []


def test_an_order_reserves_once(stores: Stores) -> None:
    stores.stock.add_level(level("MUG-01", 5))
    order_id = new_id()
    first = reserve(stores, order_id, **{"MUG-01": 1})
    with pytest.raises(ConflictError):
        reserve(stores, order_id, **{"MUG-01": 1})
    again = fact(order_id, events.ORDER_PLACED_V1, sequence=7)
    change = stock.reserve(again, {"MUG-01": 1}, {"MUG-01": 5}, now=START, ttl_seconds=300)
    with pytest.raises(ConflictError):
        stores.stock.reserve(again, ("MUG-01",), lambda _: change)
    found = stores.stock.find(order_id)
    assert found is not None
    assert (found.state, counts(stores)) == (first.state, (4, 1, 0))


def test_a_reservation_that_somebody_else_ended_moves_nothing(stores: Stores) -> None:
    stores.stock.add_level(level("MUG-01", 5))
    found = reserve(stores, new_id(), **{"MUG-01": 2})
    stores.stock.save(release(found.state), found)
    sold = stock.settle(found.state, commit=True, now=START)
    assert sold is not None
    with pytest.raises(ConflictError):
        stores.stock.save(sold, found)
    assert counts(stores) == (5, 0, 0)


def test_two_hundred_takers_of_ten_units_get_ten(stores: Stores) -> None:
    stores.stock.add_level(level("HOT-01", 10))
    taken = in_threads(20, lambda _: [take(stores, **{"HOT-01": 1}) for _ in range(10)])
    assert sum(state == "HELD" for states in taken for state in states) == 10
    assert counts(stores, "HOT-01") == (0, 10, 0)
    kinds = [record.state for record in everything(stores.stock) if isinstance(record, Reservation)]
    assert (kinds.count("HELD"), kinds.count("REJECTED")) == (10, 190)


def test_takers_of_the_same_products_in_other_orders_all_come_through(stores: Stores) -> None:
    skus = ("A-01", "B-01", "C-01")
    for sku in skus:
        stores.stock.add_level(level(sku, 100))

    def buy(number: int) -> Sequence[str]:
        first = number % 3
        wanted = dict.fromkeys((*skus[first:], *skus[:first]), 1)
        return [take(stores, **wanted) for _ in range(4)]

    taken = [state for states in in_threads(9, buy) for state in states]
    assert taken == ["HELD"] * 36
    assert {counts(stores, sku) for sku in skus} == {(64, 36, 0)}


def take(stores: Stores, **wanted: int) -> str:
    """The verdict on an order that tries as often as it must."""
    order_id = new_id()
    for _ in range(1_000):
        try:
            return reserve(stores, order_id, **wanted).state.state
        except (ConflictError, TryAgainError):  # others want the same
            continue
    return "starved"


def test_reservations_whose_time_is_up_come_in_its_order(stores: Stores) -> None:
    stores.stock.add_level(level("MUG-01", 100))
    orders_ = [new_id() for _ in range(6)]
    for number, order_id in enumerate(orders_, 1):
        placed = fact(order_id, events.ORDER_PLACED)
        change = stock.reserve(placed, {"MUG-01": 1}, {"MUG-01": 9}, now=START, ttl_seconds=60 * number)
        stores.stock.reserve(placed, ("MUG-01",), lambda _, change=change: change)
    at_last(lambda: [r.order_id for r in stores.stock.expired_reservations(EVER, 100)], orders_)
    assert [r.order_id for r in stores.stock.expired_reservations(add_seconds(START, 120), 100)] == orders_[:2]
    assert [r.order_id for r in stores.stock.expired_reservations(EVER, 3)] == orders_[:3]
    found = stores.stock.find(orders_[0])
    assert found is not None
    stores.stock.save(release(found.state), found)
    at_last(lambda: [r.order_id for r in stores.stock.expired_reservations(EVER, 100)], orders_[1:])


# -- products -------------------------------------------------------------------------------------------------------


def product(sku: str, **about: Any) -> Product:
    return replace(Product(sku, sku.lower(), 100, "EUR"), **about)


def test_products_come_in_order_of_their_sku_after_one(stores: Stores) -> None:
    for sku in ("C-1", "A-1", "B-1"):
        assert stores.catalog.add(product(sku, description=f"About {sku}"))
    assert [p.sku for p in stores.catalog.page(10)] == ["A-1", "B-1", "C-1"]
    assert [p.sku for p in stores.catalog.page(2)] == ["A-1", "B-1"]
    assert [p.sku for p in stores.catalog.page(2, "B-1")] == ["C-1"]
    assert [p.sku for p in stores.catalog.page(2, "A-9")] == ["B-1", "C-1"]
    assert list(stores.catalog.page(2, "C-1")) == []


def test_a_product_is_put_in_once(stores: Stores) -> None:
    assert stores.catalog.product("A-1") is None
    assert stores.catalog.add(product("A-1", price_minor=1))
    assert not stores.catalog.add(product("A-1", price_minor=2))
    assert stores.catalog.product("A-1") == product("A-1", price_minor=1)


def test_several_products_are_read_at_once_those_there_are(stores: Stores) -> None:
    skus = [f"P-{number:03}" for number in range(130)]
    for sku in skus:
        stores.catalog.add(product(sku))
    found = stores.catalog.products([*skus, "NOPE"])
    assert found == {sku: product(sku) for sku in skus}
    assert stores.catalog.products([]) == {}
