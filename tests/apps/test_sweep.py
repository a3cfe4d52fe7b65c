"""What time heals: expiry, events left behind, a bus that takes only some."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from shop_invariants import check_invariants
from shop_world import ALL, DEADLINE, RESEND, TTL, World

from apps.shop.adapters.memory import EVER, MemoryBus, run_until_quiet
from apps.shop.application.publish_events import publish_events
from apps.shop.domain.errors import TryAgainError
from apps.shop.domain.events import ORDER_PLACED, PAYMENT_CAPTURED, STOCK_RESERVED, Event
from apps.shop.ports import ConflictError


class ChoosyBus(MemoryBus):
    """Takes every event but those of some types; with `closed` none at all."""

    def __init__(self, *refused: str) -> None:
        super().__init__()
        self.refused, self.closed = set(refused), False

    def publish(self, events: Sequence[Event]) -> list[str]:
        if self.closed:
            msg = "the bus is closed"
            raise TryAgainError(msg)
        back = [event for event in events if event.type in self.refused]
        super().publish([event for event in events if event not in back])
        return [event.id for event in back]


def on_bus(bus: ChoosyBus) -> World:
    world = World()
    world.shop = replace(world.shop, bus=bus, queues=bus)
    return world


def test_a_reservation_that_outlives_its_time_ends_its_order_and_goes_back(world: World) -> None:
    order_id = world.reserve()
    world.later(TTL - 1)
    assert world.sweep()["expired"] == 0
    world.later(2)
    assert world.sweep()["settled"] == 1
    order = world.order(order_id)
    assert (order.state, order.reason) == ("CANCELLED", "EXPIRED")
    assert world.level("MUG-01").reserved == 0
    world.heal()
    check_invariants(world)


def test_an_index_that_lags_behind_ends_nothing_early(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = world.reserve()
    order, reservation = world.order(order_id), world.reservation(order_id)
    monkeypatch.setattr(world.orders, "overdue_orders", lambda *_: [order])
    monkeypatch.setattr(world.inventory, "expired_reservations", lambda *_: [reservation])
    assert world.sweep() == {"published": 0, "unpublished": 0, "expired": 0, "settled": 0, "busy": 0}
    assert world.order(order_id).state == "RESERVED"


def test_an_order_that_gets_no_answer_is_ended_at_its_deadline(world: World) -> None:
    order_id = world.place_id()
    world.publish()
    for queue in world.bus.queues.values():
        queue.clear()
    world.later(DEADLINE - 1)
    assert world.sweep()["expired"] == 0
    world.later(2)
    assert world.sweep()["expired"] == 1
    assert world.order(order_id).reason == "EXPIRED"
    assert world.sweep()["expired"] == 0, "once"


def test_a_reservation_of_a_confirmed_order_is_sold_even_if_nobody_tells_the_stock(world: World) -> None:
    order_id = world.reserve()
    world.deliver("payment", ORDER_PLACED, STOCK_RESERVED)
    world.publish()
    world.deliver("orders", PAYMENT_CAPTURED)
    assert world.order(order_id).state == "CONFIRMED"
    world.later(TTL + 1)
    assert world.sweep()["settled"] == 1
    assert (world.level("MUG-01").reserved, world.level("MUG-01").committed) == (0, 1)


def test_an_event_that_no_relay_published_is_published_by_the_sweeper(world: World) -> None:
    order_id = world.place_id()
    assert world.sweep()["published"] == 0, "a relay still has time"
    world.later(RESEND + 1)
    assert world.sweep()["published"] == 1
    assert world.sweep()["published"] == 0
    run_until_quiet(world.shop)
    assert world.order(order_id).state == "CONFIRMED"
    check_invariants(world)


def test_a_relay_that_dies_between_publishing_and_marking_does_no_harm(world: World) -> None:
    order_id = world.place_id()
    for _ in range(3):
        with world.orders.claim(EVER, ALL) as events:
            world.bus.publish(events)
    run_until_quiet(world.shop)
    assert world.order(order_id).state == "CONFIRMED"
    check_invariants(world)


def test_events_that_the_bus_did_not_take_come_back_and_the_others_are_marked() -> None:
    bus = ChoosyBus(STOCK_RESERVED)
    world = on_bus(bus)
    placed = [world.place_id(who=f"c{n}") for n in range(25)]
    world.publish()
    while bus.queues["inventory"]:
        world.deliver("inventory", bus.queues["inventory"][0][0].type)
    with world.inventory.claim(EVER, ALL) as left:
        refused = publish_events(world.shop, world.inventory, left)
    assert len(refused) == len(left) == 25
    world.later(RESEND + 1)
    assert world.sweep()["unpublished"] == 25
    bus.refused.clear()
    run_until_quiet(world.shop)
    assert {world.order(order_id).state for order_id in placed} == {"CONFIRMED"}
    check_invariants(world)


def test_a_closed_bus_keeps_nothing_from_expiring() -> None:
    bus = ChoosyBus()
    world = on_bus(bus)
    order_id = world.place_id()
    bus.closed = True
    world.later(DEADLINE + 1)
    done = world.sweep()
    assert (done["unpublished"], done["expired"]) == (1, 1)
    bus.closed = False
    world.heal()
    assert world.order(order_id).reason == "EXPIRED"
    check_invariants(world)


def test_an_order_that_others_are_changing_keeps_the_rest_from_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy, free = world.place_id(), world.place_id()
    world.publish()
    world.bus.queues["inventory"].clear()
    world.later(DEADLINE + 1)
    save = type(world.orders).save

    def contended(store: Any, change: Any, *more: Any) -> Any:
        if change.state.order_id == busy:
            raise ConflictError
        return save(store, change, *more)

    with monkeypatch.context() as patch:
        patch.setattr(type(world.orders), "save", contended)
        done = world.sweep()
    assert (done["expired"], done["busy"]) == (1, 1)
    assert world.order(free).state == "CANCELLED"
    assert world.order(busy).state == "PENDING"
    assert world.sweep()["expired"] == 1


def test_a_reservation_is_not_released_under_an_order_that_could_not_be_ended(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.reserve()
    world.later(TTL + 1)
    with monkeypatch.context() as patch:
        patch.setattr(world.orders, "save", _collide)
        assert world.sweep()["busy"] == 1
    assert world.level("MUG-01").reserved == 1
    world.heal()
    check_invariants(world)


def test_a_message_that_keeps_failing_is_a_dead_letter_and_a_redrive_brings_it_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sick = world.place_id(token="flaky")
    monkeypatch.setattr("apps.shop.provider.FLAKY_ATTEMPTS", 99)
    run_until_quiet(world.shop)
    well = world.place_id()
    run_until_quiet(world.shop)
    assert world.order(well).state == "CONFIRMED", "others flow"
    assert world.order(sick).state == "RESERVED"
    shown = world.operate("redrive", queue="payment", dry_run=True)
    assert [letter["order_id"] for letter in shown["letters"]] == [sick]
    monkeypatch.setattr("apps.shop.provider.FLAKY_ATTEMPTS", 2)
    assert world.operate("redrive", queue="payment")["moved"] == 1
    run_until_quiet(world.shop)
    assert world.order(sick).state == "CONFIRMED"
    check_invariants(world)


def _collide(*_: object, **__: object) -> None:
    raise ConflictError
