"""How long orders waited, by the stores' own times."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from trials.store_records import StoreSnapshot, parse_records
from trials.waiting_times import drain_seconds, oldest_order_ages

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(seconds: float) -> str:
    return (BEGAN + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def order(name: str, placed: float, ended: float | None) -> Sequence[tuple[str, Mapping[str, Any]]]:
    """The records of an order that was placed and ended so many seconds after the beginning."""
    record = {"kind": "order", "order_id": name, "customer_id": "c", "state": "CONFIRMED" if ended else "PENDING"}
    money = {"total_minor": 0, "shipping_minor": 0, "currency": "EUR", "lines": []}
    stored = {**record, **money, "sequence": 1, "placed_at": at(placed)}
    times = {"shop.order.placed.v1": placed, **({"shop.order.confirmed.v1": ended} if ended else {})}
    return [("orders", stored), *(("orders", event(name, type_, seconds)) for type_, seconds in times.items())]


def event(name: str, type_: str, seconds: float) -> Mapping[str, Any]:
    envelope = {"type": type_, "source": "shop.orders", "sequence": 1, "subject": name, "id": type_, "data": {}}
    return {"kind": "outbox", "event_id": f"{name} {type_}", "event": envelope, "created_at": at(seconds)}


def stores(*orders: Sequence[tuple[str, Mapping[str, Any]]]) -> StoreSnapshot:
    return parse_records(record for one in orders for record in one)


def test_each_second_has_the_age_of_the_oldest_order_without_an_end() -> None:
    found = stores(order("a", 0, 2.5), order("b", 1, 4.2), order("c", 1.5, 2))
    # At 0, 1, 2 s `a` is the oldest, at 3 and 4 s `b`, at 5 s everything has its end.
    assert oldest_order_ages(found, ["a", "b", "c"]) == [0, 1, 2, 2, 3, 0]


def test_nothing_waits_between_two_orders() -> None:
    assert oldest_order_ages(stores(order("a", 0, 0.5), order("b", 3.5, 4.5)), ["a", "b"]) == [0, 0, 0, 0, 0.5, 0]


def test_an_order_without_an_end_grows_old_to_the_last() -> None:
    assert oldest_order_ages(stores(order("lost", 0, None), order("a", 1, 3)), ["lost", "a"]) == [0, 1, 2, 3]


def test_only_the_orders_of_the_run_count() -> None:
    found = stores(order("others", -60, None), order("a", 0, 1))
    assert oldest_order_ages(found, ["a"]) == [0, 0]
    assert oldest_order_ages(found, []) == []


def test_drained_is_what_the_shop_took_after_the_last_order() -> None:
    assert drain_seconds(stores(order("a", 0, 9), order("b", 2, 3)), ["a", "b"]) == 7
    assert drain_seconds(StoreSnapshot(), []) == 0
