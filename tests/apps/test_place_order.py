"""An order is placed once, whatever the client does."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from shop_invariants import check_invariants
from shop_world import World

from apps.shop.adapters.memory import run_until_quiet
from apps.shop.application import apply_once
from apps.shop.application.place_order import PlacedOrder
from apps.shop.domain.errors import KeyReusedError, OrderInFlightError, ShopFullError, UnknownSkuError
from apps.shop.ports import ConflictError


def orders(world: World) -> list[dict[str, Any]]:
    return [record for record in world.records("orders") if record["kind"] == "order"]


def test_an_order_is_readable_with_the_answer(world: World) -> None:
    placed = world.place({"MUG-01": 2, "PEN-01": 1})
    assert world.order(placed.order.order_id) == placed.order
    assert placed.order.total_minor == 2 * 1450 + 349 + 499
    assert not placed.replayed


def test_the_same_key_gets_the_same_answer_even_when_the_order_has_moved_on(world: World) -> None:
    first = world.place(key="k")
    run_until_quiet(world.shop)
    again = world.place(key="k")
    assert again.order == first.order
    assert again.replayed
    assert len(orders(world)) == 1


def test_the_same_key_with_another_body_is_refused_and_creates_nothing(world: World) -> None:
    world.place({"MUG-01": 1}, key="k")
    for lines, token in (({"MUG-01": 2}, "ok"), ({"PEN-01": 1}, "ok"), ({"MUG-01": 1}, "decline")):
        with pytest.raises(KeyReusedError):
            world.place(lines, token, key="k")
    assert len(orders(world)) == 1


def test_two_customers_may_use_the_same_key(world: World) -> None:
    assert world.place_id(key="k", who="ann") != world.place_id(key="k", who="bob")


def test_a_hundred_threads_with_one_key_get_one_order(world: World) -> None:
    with ThreadPoolExecutor(max_workers=32) as pool:
        answers: list[PlacedOrder] = list(pool.map(lambda _: world.place(key="k"), range(100)))
    assert len({answer.order.order_id for answer in answers}) == 1
    assert sum(not answer.replayed for answer in answers) == 1
    assert len({str(answer.order) for answer in answers}) == 1
    assert len(orders(world)) == 1


def test_an_unknown_product_is_named_and_burns_no_key(world: World) -> None:
    with pytest.raises(UnknownSkuError) as refused:
        world.place({"MUG-01": 1, "NOPE": 1, "NADA": 2}, key="k")
    assert refused.value.skus == ("NADA", "NOPE")
    assert not world.place(key="k").replayed


@pytest.mark.parametrize("applied", [False, True])
def test_a_crash_at_the_one_write_leaves_one_order_for_the_retry(
    world: World, monkeypatch: pytest.MonkeyPatch, applied: bool
) -> None:
    accept = type(world.orders).accept

    def crash(*arguments: Any) -> None:
        if applied:
            accept(*arguments)
        msg = "the process died here"
        raise RuntimeError(msg)

    with monkeypatch.context() as patch, suppress(RuntimeError):
        patch.setattr(type(world.orders), "accept", crash)
        world.place(key="k")
    again = world.place(key="k")
    assert again.replayed is applied
    order_id = again.order.order_id
    assert [order["order_id"] for order in orders(world)] == [order_id]
    world.heal()
    check_invariants(world)


def test_a_key_whose_first_request_is_still_being_stored_is_in_flight(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(apply_once.time, "sleep", slept.append)
    monkeypatch.setattr(type(world.orders), "accept", _collide)
    with pytest.raises(OrderInFlightError):
        world.place(key="k")
    assert slept == [0.01, 0.02, 0.04, 0.08, 0.16]


def test_above_the_limit_orders_are_shed_and_those_that_were_accepted_are_kept() -> None:
    world = World(max_pending_orders=3)
    kept = [world.place_id(key=f"k{n}") for n in range(3)]
    with pytest.raises(ShopFullError):
        world.place(key="k3")
    assert world.place(key="k0").replayed, "a retry is no new order"
    run_until_quiet(world.shop)
    assert {world.order(order_id).state for order_id in kept} == {"CONFIRMED"}
    assert not world.place(key="k3").replayed, "a shed order burns no key"
    world.heal()
    check_invariants(world)


def test_prices_are_those_of_the_moment_of_placing(world: World) -> None:
    placed = world.place({"MUG-01": 1}, key="k")
    listed = world.shop.catalog.listed  # type: ignore[attr-defined]
    listed["MUG-01"] = replace(listed["MUG-01"], price_minor=9999)
    assert world.place({"MUG-01": 1}, key="k").order == placed.order
    assert world.place({"MUG-01": 1}).order.lines[0].unit_price_minor == 9999


def _collide(*_: object) -> None:
    raise ConflictError
