"""An order's way through stock and payment to its one end."""

import pytest
from shop_invariants import check_invariants
from shop_world import World

from apps.shop.adapters.memory import run_until_quiet
from apps.shop.application import ordering, paying, stocking
from apps.shop.domain.errors import Problem, TryAgainError
from apps.shop.ports import ConflictError
from apps.shop.psp import FakePsp

HAPPY = [
    "shop.order.placed.v1",
    "shop.stock.reserved.v1",
    "shop.payment.captured.v1",
    "shop.order.confirmed.v1",
    "shop.stock.committed.v1",
]


def end(world: World) -> None:
    world.heal()
    check_invariants(world)


def test_an_order_is_confirmed_and_its_stock_sold(world: World) -> None:
    order = world.settled({"MUG-01": 2})
    assert order["state"] == "CONFIRMED"
    assert world.told(order["order_id"]) == HAPPY
    assert world.stock("MUG-01")["committed"] == 2
    end(world)


def test_two_hundred_buyers_of_ten_units_make_ten_confirmed_orders(world: World) -> None:
    placed = [world.place({"HOT-01": 1}, who=f"buyer-{n}").order_id for n in range(200)]
    run_until_quiet(world.shop)
    states = [world.order(order_id)["state"] for order_id in placed]
    assert states.count("CONFIRMED") == 10
    assert states.count("CANCELLED") == 190
    assert (world.stock("HOT-01")["available"], world.stock("HOT-01")["committed"]) == (0, 10)
    end(world)


def test_a_declined_card_cancels_and_releases(world: World) -> None:
    order = world.settled({"MUG-01": 2}, "decline")
    assert (order["state"], order["reason"]) == ("CANCELLED", "PAYMENT_DECLINED")
    assert world.stock("MUG-01")["available"] == world.stock("MUG-01")["initial"]
    end(world)


@pytest.mark.parametrize("lines", [{"OUT-OF-STOCK": 1}, {"MUG-01": 1, "OUT-OF-STOCK": 1}, {"HOT-01": 11}])
def test_a_line_that_is_short_cancels_the_whole_order(world: World, lines: dict[str, int]) -> None:
    order = world.settled(lines)
    assert (order["state"], order["reason"]) == ("CANCELLED", "OUT_OF_STOCK")
    assert "shop.payment.captured.v1" not in world.told(order["order_id"])
    assert world.stock("MUG-01")["reserved"] == 0
    end(world)


def test_a_shortage_says_what_was_asked_and_what_there_is(world: World) -> None:
    order = world.settled({"HOT-01": 11})
    rejected = next(e for e in world.bus.published if e.type == "shop.stock.rejected.v1")
    assert rejected.subject == order["order_id"]
    assert rejected.data["shortages"] == [{"sku": "HOT-01", "requested": 11, "available": 10}]


@pytest.mark.parametrize(
    ("token", "attempts"), [("ok", 1), ("slow", 1), ("timeout_then_ok", 2), ("flaky", 3), ("decline", 1)]
)
def test_a_provider_is_tried_as_often_as_its_token_needs(world: World, token: str, attempts: int) -> None:
    order = world.settled(token=token)
    payment = world.payment(order["order_id"])
    assert payment is not None
    assert payment["attempt"] == attempts
    assert order["state"] == ("CANCELLED" if token == "decline" else "CONFIRMED")
    end(world)


def test_a_slow_provider_is_waited_for() -> None:
    slept: list[float] = []
    assert FakePsp(1.5, sleep=slept.append).capture("order", 1, "slow", 1)
    assert slept == [1.5]


@pytest.mark.parametrize("token", ["flaky", "timeout_then_ok", "ok", "decline"])
@pytest.mark.parametrize("attempts", range(5))
def test_a_refund_gives_back_only_what_an_attempt_took(token: str, attempts: int) -> None:
    psp = FakePsp(0)
    took = token == "timeout_then_ok" and attempts > 0  # the first attempt charged, though nobody heard of it
    for attempt in range(1, attempts + 1):
        try:
            took = psp.capture("order", 1, token, attempt) or took
        except TryAgainError:
            continue
    assert psp.refund("order", 1, token, attempts) is took


def test_an_event_delivered_twice_gets_the_same_verdict(world: World) -> None:
    placed = world.place({"HOT-01": 10})
    world.publish()
    fact = world.take("inventory", "shop.order.placed.v1")
    for _ in range(3):
        stocking.handle(world.shop, fact)
    run_until_quiet(world.shop)
    assert world.order(placed.order_id)["state"] == "CONFIRMED"
    assert "shop.stock.rejected.v1" not in world.told(placed.order_id)
    end(world)


def test_payment_may_hear_of_the_reservation_before_the_placing(world: World) -> None:
    order_id = world.reserved()
    placed = world.take("payment", "shop.order.placed.v1")
    paying.handle(world.shop, world.take("payment", "shop.stock.reserved.v1"))
    assert "shop.payment.captured.v1" not in world.told(order_id)
    paying.handle(world.shop, placed)
    run_until_quiet(world.shop)
    assert world.order(order_id)["state"] == "CONFIRMED"
    end(world)


def test_stock_may_hear_of_a_cancellation_before_the_placing(world: World) -> None:
    order_id = world.place().order_id
    world.publish()
    ordering.cancel(world.shop, order_id, "ann")
    world.publish()
    stocking.handle(world.shop, world.take("inventory", "shop.order.cancelled.v1"))
    run_until_quiet(world.shop)
    assert "shop.stock.reserved.v1" not in world.told(order_id)
    assert world.stock("MUG-01")["available"] == world.stock("MUG-01")["initial"]
    end(world)


def test_a_confirmation_before_the_placing_waits(world: World) -> None:
    order = world.settled()
    confirmed = next(e for e in world.bus.published if e.type == "shop.order.confirmed.v1")
    stranger = World()
    with pytest.raises(TryAgainError, match=order["order_id"]):
        stocking.handle(stranger.shop, confirmed)


def test_a_fact_about_an_unknown_order_waits(world: World) -> None:
    stranger = World()
    stranger.settled()
    fact = next(e for e in stranger.bus.published if e.type == "shop.stock.reserved.v1")
    with pytest.raises(TryAgainError, match="not known"):
        ordering.handle(world.shop, fact)


# -- the customer cancels -------------------------------------------------------------------------------------------


def test_a_pending_order_can_be_cancelled_again_and_again(world: World) -> None:
    order_id = world.place().order_id
    first = ordering.cancel(world.shop, order_id, "ann")
    assert (first["state"], first["reason"]) == ("CANCELLED", "CUSTOMER")
    world.later(1)
    assert ordering.cancel(world.shop, order_id, "ann") == first
    end(world)
    assert world.told(order_id).count("shop.order.cancelled.v1") == 1


def test_a_reserved_order_can_be_cancelled_and_gives_its_stock_back(world: World) -> None:
    order_id = world.reserved()
    assert ordering.cancel(world.shop, order_id, "ann")["state"] == "CANCELLED"
    end(world)
    assert world.stock("MUG-01")["available"] == world.stock("MUG-01")["initial"]


def test_a_confirmed_order_can_not_be_cancelled(world: World) -> None:
    order = world.settled()
    with pytest.raises(Problem) as refused:
        ordering.cancel(world.shop, order["order_id"], "ann")
    assert (refused.value.status, refused.value.code) == (409, "order_confirmed")
    end(world)


def test_an_order_that_something_else_cancelled_keeps_its_reason(world: World) -> None:
    order = world.settled(token="decline")
    assert ordering.cancel(world.shop, order["order_id"], "ann")["reason"] == "PAYMENT_DECLINED"


def test_somebody_else_can_not_cancel(world: World) -> None:
    order_id = world.place().order_id
    with pytest.raises(Problem) as refused:
        ordering.cancel(world.shop, order_id, "bob")
    assert refused.value.code == "order_not_found"
    assert world.order(order_id)["state"] == "PENDING"


def test_a_cancellation_that_loses_against_the_confirmation_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = world.reserved()
    commit = type(world.shop.orders).commit

    def confirmed_meanwhile(table: object, writes: object) -> None:
        monkeypatch.setattr(type(world.shop.orders), "commit", commit)
        run_until_quiet(world.shop)
        commit(table, writes)  # type: ignore[arg-type]

    monkeypatch.setattr(type(world.shop.orders), "commit", confirmed_meanwhile)
    with pytest.raises(Problem) as refused:
        ordering.cancel(world.shop, order_id, "ann")
    assert refused.value.code == "order_confirmed"
    end(world)


def test_a_cancellation_that_never_gets_through_is_no_success(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = world.place().order_id
    with monkeypatch.context() as patch:
        patch.setattr(type(world.shop.orders), "commit", _collide)
        with pytest.raises(TryAgainError, match="changes too often"):
            ordering.cancel(world.shop, order_id, "ann")
    assert world.order(order_id)["state"] == "PENDING"


# -- facts that come too late ---------------------------------------------------------------------------------------


def test_money_captured_after_the_cancellation_is_refunded(world: World) -> None:
    order_id = world.reserved()
    ordering.cancel(world.shop, order_id, "ann")
    for type_ in ("shop.order.placed.v1", "shop.stock.reserved.v1"):
        paying.handle(world.shop, world.take("payment", type_))
    end(world)
    assert world.order(order_id)["state"] == "CANCELLED"
    assert "shop.payment.captured.v1" in world.told(order_id)
    assert "shop.payment.refunded.v1" in world.told(order_id)


def test_money_of_an_attempt_without_an_answer_is_refunded_when_the_order_is_cancelled(world: World) -> None:
    order_id = world.place(token="timeout_then_ok").order_id
    world.publish()
    stocking.handle(world.shop, world.take("inventory", "shop.order.placed.v1"))
    world.publish()
    paying.handle(world.shop, world.take("payment", "shop.order.placed.v1"))
    with pytest.raises(TryAgainError, match="not known"):
        paying.handle(world.shop, world.take("payment", "shop.stock.reserved.v1"))
    ordering.cancel(world.shop, order_id, "ann")
    world.publish()
    paying.handle(world.shop, world.take("payment", "shop.order.cancelled.v1"))
    assert (world.payment(order_id) or {})["state"] == "REFUNDED"


def test_an_attempt_that_took_nothing_is_not_refunded(world: World) -> None:
    order_id = world.place(token="flaky").order_id
    world.publish()
    stocking.handle(world.shop, world.take("inventory", "shop.order.placed.v1"))
    world.publish()
    paying.handle(world.shop, world.take("payment", "shop.order.placed.v1"))
    with pytest.raises(TryAgainError):
        paying.handle(world.shop, world.take("payment", "shop.stock.reserved.v1"))
    ordering.cancel(world.shop, order_id, "ann")
    world.publish()
    paying.handle(world.shop, world.take("payment", "shop.order.cancelled.v1"))
    assert (world.payment(order_id) or {})["state"] == "VOID"
    assert (world.payment(order_id) or {})["sequence"] == 0


def test_stock_reserved_after_the_cancellation_is_released(world: World) -> None:
    order_id = world.place().order_id
    world.publish()
    ordering.cancel(world.shop, order_id, "ann")
    stocking.handle(world.shop, world.take("inventory", "shop.order.placed.v1"))
    assert world.stock("MUG-01")["reserved"] == 1
    end(world)
    assert "shop.stock.released.v1" in world.told(order_id)


def _collide(*_: object) -> None:
    raise ConflictError
