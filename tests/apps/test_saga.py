"""An order's way through stock and payment to its one end."""

from typing import Any

import pytest
from shop_invariants import check_invariants
from shop_world import World

from apps.shop.adapters.memory import run_until_quiet
from apps.shop.application.cancel_order import cancel_order
from apps.shop.application.confirm_order import apply_to_order
from apps.shop.application.reserve_stock import apply_to_stock
from apps.shop.domain.errors import OrderConfirmedError, OrderNotFoundError, TryAgainError
from apps.shop.domain.events import (
    ORDER_CANCELLED,
    ORDER_CONFIRMED,
    ORDER_PLACED,
    PAYMENT_CAPTURED,
    PAYMENT_REFUNDED,
    STOCK_COMMITTED,
    STOCK_REJECTED,
    STOCK_RELEASED,
    STOCK_RESERVED,
)
from apps.shop.ports import ConflictError
from apps.shop.provider import FakePaymentProvider

HAPPY = [ORDER_PLACED, STOCK_RESERVED, PAYMENT_CAPTURED, ORDER_CONFIRMED, STOCK_COMMITTED]


def end(world: World) -> None:
    world.heal()
    check_invariants(world)


def test_an_order_is_confirmed_and_its_stock_sold(world: World) -> None:
    order = world.settle({"MUG-01": 2})
    assert order.state == "CONFIRMED"
    assert world.event_types(order.order_id) == HAPPY
    assert world.level("MUG-01").committed == 2
    end(world)


def test_two_hundred_buyers_of_ten_units_make_ten_confirmed_orders(world: World) -> None:
    placed = [world.place_id({"HOT-01": 1}, who=f"buyer-{n}") for n in range(200)]
    run_until_quiet(world.shop)
    states = [world.order(order_id).state for order_id in placed]
    assert states.count("CONFIRMED") == 10
    assert states.count("CANCELLED") == 190
    assert (world.level("HOT-01").available, world.level("HOT-01").committed) == (0, 10)
    end(world)


def test_a_declined_card_cancels_and_releases(world: World) -> None:
    order = world.settle({"MUG-01": 2}, "decline")
    assert (order.state, order.reason) == ("CANCELLED", "PAYMENT_DECLINED")
    assert world.level("MUG-01").available == world.level("MUG-01").initial
    end(world)


@pytest.mark.parametrize("lines", [{"OUT-OF-STOCK": 1}, {"MUG-01": 1, "OUT-OF-STOCK": 1}, {"HOT-01": 11}])
def test_a_line_that_is_short_cancels_the_whole_order(world: World, lines: dict[str, int]) -> None:
    order = world.settle(lines)
    assert (order.state, order.reason) == ("CANCELLED", "OUT_OF_STOCK")
    assert PAYMENT_CAPTURED not in world.event_types(order.order_id)
    assert world.level("MUG-01").reserved == 0
    end(world)


def test_a_shortage_says_what_was_asked_and_what_there_is(world: World) -> None:
    order = world.settle({"HOT-01": 11})
    rejected = next(e for e in world.bus.published if e.type == STOCK_REJECTED)
    assert rejected.subject == order.order_id
    assert rejected.data["shortages"] == [{"sku": "HOT-01", "requested": 11, "available": 10}]


@pytest.mark.parametrize(
    ("token", "attempts"),
    [("ok", 1), ("slow", 1), ("timeout_then_ok", 2), ("flaky", 3), ("decline", 1), ("flaky:4f1c", 3)],
)
def test_a_provider_is_tried_as_often_as_its_token_needs(world: World, token: str, attempts: int) -> None:
    order = world.settle(token=token)
    assert world.payment(order.order_id).attempt == attempts
    assert order.state == ("CANCELLED" if token == "decline" else "CONFIRMED")
    end(world)


def test_a_slow_provider_is_waited_for() -> None:
    slept: list[float] = []
    provider = FakePaymentProvider(1.5, sleep=slept.append)
    assert provider.capture(provider.open_payment("order", "slow:mine"), 1, 1)
    assert slept == [1.5]


@pytest.mark.parametrize("token", ["flaky", "timeout_then_ok", "ok", "decline"])
@pytest.mark.parametrize("attempts", range(5))
def test_a_refund_gives_back_only_what_an_attempt_took(token: str, attempts: int) -> None:
    provider = FakePaymentProvider(0)
    reference = provider.open_payment("order", token)
    took = token == "timeout_then_ok" and attempts > 0  # the first attempt charged, though nobody heard of it
    for attempt in range(1, attempts + 1):
        try:
            took = provider.capture(reference, 1, attempt) or took
        except TryAgainError:
            continue
    assert provider.refund(reference, 1, attempts) is took


def test_an_event_delivered_twice_gets_the_same_verdict(world: World) -> None:
    order_id = world.place_id({"HOT-01": 10})
    world.publish()
    fact = world.take("inventory", ORDER_PLACED)
    for _ in range(3):
        apply_to_stock(world.shop, fact)
    run_until_quiet(world.shop)
    assert world.order(order_id).state == "CONFIRMED"
    assert STOCK_REJECTED not in world.event_types(order_id)
    end(world)


def test_payment_may_hear_of_the_reservation_before_the_placing(world: World) -> None:
    order_id = world.reserve()
    world.deliver("payment", STOCK_RESERVED)
    assert PAYMENT_CAPTURED not in world.event_types(order_id)
    world.deliver("payment", ORDER_PLACED)
    run_until_quiet(world.shop)
    assert world.order(order_id).state == "CONFIRMED"
    end(world)


def test_stock_may_hear_of_a_cancellation_before_the_placing(world: World) -> None:
    order_id = world.place_id()
    world.publish()
    cancel_order(world.shop, order_id, "ann")
    world.publish()
    world.deliver("inventory", ORDER_CANCELLED)
    run_until_quiet(world.shop)
    assert STOCK_RESERVED not in world.event_types(order_id)
    assert world.level("MUG-01").available == world.level("MUG-01").initial
    end(world)


def test_a_confirmation_before_the_placing_waits(world: World) -> None:
    order = world.settle()
    confirmed = next(e for e in world.bus.published if e.type == ORDER_CONFIRMED)
    stranger = World()
    with pytest.raises(TryAgainError, match=order.order_id):
        apply_to_stock(stranger.shop, confirmed)


def test_a_fact_about_an_unknown_order_waits(world: World) -> None:
    stranger = World()
    stranger.settle()
    fact = next(e for e in stranger.bus.published if e.type == STOCK_RESERVED)
    with pytest.raises(TryAgainError, match="not known"):
        apply_to_order(world.shop, fact)


# -- the customer cancels -------------------------------------------------------------------------------------------


def test_a_pending_order_can_be_cancelled_again_and_again(world: World) -> None:
    order_id = world.place_id()
    first = cancel_order(world.shop, order_id, "ann")
    assert (first.state, first.reason) == ("CANCELLED", "CUSTOMER")
    world.later(1)
    assert cancel_order(world.shop, order_id, "ann") == first
    end(world)
    assert world.event_types(order_id).count(ORDER_CANCELLED) == 1


def test_a_reserved_order_can_be_cancelled_and_gives_its_stock_back(world: World) -> None:
    order_id = world.reserve()
    assert cancel_order(world.shop, order_id, "ann").state == "CANCELLED"
    end(world)
    assert world.level("MUG-01").available == world.level("MUG-01").initial


def test_a_confirmed_order_can_not_be_cancelled(world: World) -> None:
    order = world.settle()
    with pytest.raises(OrderConfirmedError):
        cancel_order(world.shop, order.order_id, "ann")
    end(world)


def test_an_order_that_something_else_cancelled_keeps_its_reason(world: World) -> None:
    order = world.settle(token="decline")
    assert cancel_order(world.shop, order.order_id, "ann").reason == "PAYMENT_DECLINED"


def test_somebody_else_can_not_cancel(world: World) -> None:
    order_id = world.place_id()
    with pytest.raises(OrderNotFoundError):
        cancel_order(world.shop, order_id, "bob")
    assert world.order(order_id).state == "PENDING"


def test_a_cancellation_that_loses_against_the_confirmation_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = world.reserve()
    save = type(world.orders).save

    def confirmed_meanwhile(*arguments: Any) -> Any:
        monkeypatch.setattr(type(world.orders), "save", save)
        run_until_quiet(world.shop)
        return save(*arguments)

    monkeypatch.setattr(type(world.orders), "save", confirmed_meanwhile)
    with pytest.raises(OrderConfirmedError):
        cancel_order(world.shop, order_id, "ann")
    end(world)


def test_a_cancellation_that_never_gets_through_is_no_success(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = world.place_id()
    with monkeypatch.context() as patch:
        patch.setattr(type(world.orders), "save", _collide)
        with pytest.raises(TryAgainError, match="changes too often"):
            cancel_order(world.shop, order_id, "ann")
    assert world.order(order_id).state == "PENDING"


# -- facts that come too late ---------------------------------------------------------------------------------------


def test_money_captured_after_the_cancellation_is_refunded(world: World) -> None:
    order_id = world.reserve()
    cancel_order(world.shop, order_id, "ann")
    world.deliver("payment", ORDER_PLACED, STOCK_RESERVED)
    end(world)
    assert world.order(order_id).state == "CANCELLED"
    assert PAYMENT_CAPTURED in world.event_types(order_id)
    assert PAYMENT_REFUNDED in world.event_types(order_id)


def test_money_of_an_attempt_without_an_answer_is_refunded_when_the_order_is_cancelled(world: World) -> None:
    order_id = reserve_with(world, "timeout_then_ok")
    with pytest.raises(TryAgainError, match="not known"):
        world.deliver("payment", STOCK_RESERVED)
    cancel_order(world.shop, order_id, "ann")
    world.publish()
    world.deliver("payment", ORDER_CANCELLED)
    assert world.payment(order_id).state == "REFUNDED"


def test_an_attempt_that_took_nothing_is_not_refunded(world: World) -> None:
    order_id = reserve_with(world, "flaky")
    with pytest.raises(TryAgainError):
        world.deliver("payment", STOCK_RESERVED)
    cancel_order(world.shop, order_id, "ann")
    world.publish()
    world.deliver("payment", ORDER_CANCELLED)
    assert world.payment(order_id).state == "VOID"
    assert world.payment(order_id).sequence == 0


def test_stock_reserved_after_the_cancellation_is_released(world: World) -> None:
    order_id = world.place_id()
    world.publish()
    cancel_order(world.shop, order_id, "ann")
    world.deliver("inventory", ORDER_PLACED)
    assert world.level("MUG-01").reserved == 1
    end(world)
    assert STOCK_RELEASED in world.event_types(order_id)


def reserve_with(world: World, token: str) -> str:
    """An order whose reservation is on its way to the payment, which knows of its placing."""
    order_id = world.place_id(token=token)
    world.publish()
    world.deliver("inventory", ORDER_PLACED)
    world.publish()
    world.deliver("payment", ORDER_PLACED)
    return order_id


def _collide(*_: object) -> None:
    raise ConflictError
