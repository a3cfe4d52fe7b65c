"""An order is placed once, whatever the client does."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest
from shop_invariants import check_invariants
from shop_world import World

from apps.shop.adapters.memory import run_until_quiet
from apps.shop.application import placing
from apps.shop.application.placing import Placed
from apps.shop.domain.errors import Problem
from apps.shop.ports import ConflictError


def orders(world: World) -> list[dict[str, object]]:
    return [record for record in world.ledger("orders") if record["kind"] == "order"]


def refusal(world: World, *args: object, **named: object) -> Problem:
    with pytest.raises(Problem) as refused:
        world.place(*args, **named)  # type: ignore[arg-type]
    return refused.value


def test_an_order_is_readable_with_the_answer(world: World) -> None:
    placed = world.place({"MUG-01": 2, "PEN-01": 1})
    assert placing.public(world.order(placed.order_id)) == placed.body
    assert placed.body["total_minor"] == 2 * 1450 + 349 + 499
    assert not placed.replayed


def test_the_same_key_gets_the_same_answer_even_when_the_order_has_moved_on(world: World) -> None:
    first = world.place(key="k")
    run_until_quiet(world.shop)
    again = world.place(key="k")
    assert (again.order_id, again.body) == (first.order_id, first.body)
    assert again.replayed
    assert len(orders(world)) == 1


def test_the_same_key_with_another_body_is_refused_and_creates_nothing(world: World) -> None:
    world.place({"MUG-01": 1}, key="k")
    for lines, token in (({"MUG-01": 2}, "ok"), ({"PEN-01": 1}, "ok"), ({"MUG-01": 1}, "decline")):
        found = refusal(world, lines, token, key="k")
        assert (found.status, found.code) == (422, "key_reused")
    assert len(orders(world)) == 1


def test_two_customers_may_use_the_same_key(world: World) -> None:
    assert world.place(key="k", who="ann").order_id != world.place(key="k", who="bob").order_id


def test_a_hundred_threads_with_one_key_get_one_order(world: World) -> None:
    with ThreadPoolExecutor(max_workers=32) as pool:
        answers: list[Placed] = list(pool.map(lambda _: world.place(key="k"), range(100)))
    assert len({answer.order_id for answer in answers}) == 1
    assert sum(not answer.replayed for answer in answers) == 1
    assert len({str(answer.body) for answer in answers}) == 1
    assert len(orders(world)) == 1


def test_an_unknown_product_is_named_and_burns_no_key(world: World) -> None:
    found = refusal(world, {"MUG-01": 1, "NOPE": 1, "NADA": 2}, key="k")
    assert (found.status, found.code) == (422, "unknown_sku")
    assert [field["reason"] for field in found.fields] == ["unknown sku 'NADA'", "unknown sku 'NOPE'"]
    assert not world.place(key="k").replayed


@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_a_crash_at_any_write_leaves_one_order_for_the_retry(
    world: World, monkeypatch: pytest.MonkeyPatch, call: int, applied: bool
) -> None:
    commit, calls = type(world.shop.orders).commit, iter(range(1, 100))

    def crash(table: object, writes: object) -> None:
        dies = next(calls) == call
        if applied or not dies:
            commit(table, writes)  # type: ignore[arg-type]
        if dies:
            msg = "the process died here"
            raise RuntimeError(msg)

    with monkeypatch.context() as patch, suppress(RuntimeError):
        patch.setattr(type(world.shop.orders), "commit", crash)
        world.place(key="k")
    order_id = world.place(key="k").order_id
    assert [order["order_id"] for order in orders(world)] == [order_id]
    world.heal()
    check_invariants(world)


def test_a_key_whose_first_request_is_still_being_stored_is_in_flight(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing.time, "sleep", lambda _: None)
    monkeypatch.setattr(type(world.shop.orders), "commit", _collide)
    found = refusal(world, key="k")
    assert (found.status, found.code, found.retry_after) == (409, "order_in_flight", 1)


def test_above_the_limit_orders_are_shed_and_those_that_were_accepted_are_kept() -> None:
    world = World(max_pending_orders=3)
    kept = [world.place(key=f"k{n}").order_id for n in range(3)]
    found = refusal(world, key="k3")
    assert (found.status, found.code, found.retry_after) == (503, "shop_full", 2)
    assert world.place(key="k0").replayed, "a retry is no new order"
    run_until_quiet(world.shop)
    assert {world.order(order_id)["state"] for order_id in kept} == {"CONFIRMED"}
    assert not world.place(key="k3").replayed, "a shed order burns no key"
    world.heal()
    check_invariants(world)


def test_prices_are_those_of_the_moment_of_placing(world: World) -> None:
    placed = world.place({"MUG-01": 1}, key="k")
    mug = world.shop.catalog.page("CATALOG", "SKU#MUG-01", limit=1)[0]
    world.shop.catalog.commit([replace(_put(mug), item={**mug, "price_minor": 9999})])
    assert world.place({"MUG-01": 1}, key="k").body == placed.body
    assert world.place({"MUG-01": 1}).body["lines"][0]["unit_price_minor"] == 9999


def _put(item: dict[str, object]) -> placing.Put:
    return placing.Put(item, version=item["version"])  # type: ignore[arg-type]


def _collide(*_: object) -> None:
    raise ConflictError
