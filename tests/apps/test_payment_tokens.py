"""Payment tokens are beside their orders until these have ended, and nowhere else: each test plants marked ones.

What a deployed shop writes is searched in tests/e2e/test_payment_tokens.py.
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from lambda_events import Functions, drive, failures, http, record
from shop_client import ORDER, Client
from shop_invariants import check_invariants
from shop_world import DEADLINE, World
from store_adapters import DynamoStores

from apps.shop.adapters.memory import memory_shop, run_until_quiet
from apps.shop.application.cancel_order import cancel_order
from apps.shop.application.charge_payment import apply_to_payment
from apps.shop.application.consumers import CONSUMERS
from apps.shop.application.operate import seed
from apps.shop.application.place_order import TOKEN_KEPT_SECONDS, place_order
from apps.shop.domain.clock import format_time
from apps.shop.domain.errors import TryAgainError
from apps.shop.domain.events import ORDER_CANCELLED, ORDER_PLACED, ORDER_PLACED_V1, STOCK_RESERVED
from apps.shop.provider import TOKENS

MARK = "a-mark-like-no-other"


def marked(behaviour: str) -> str:
    return f"{behaviour}:{MARK}-{uuid.uuid4().hex[:8]}"


def everything(world: World) -> str:
    """All that the shop in memory has written, but for the one place where tokens belong."""
    orders, stock, payments = world.stores()
    stores = [(store.states, store.outbox, store.inbox) for store in (orders, stock, payments)]
    bus = [event.envelope() for event in world.bus.published]
    return repr([stores, orders.acceptances, stock.levels, bus, world.bus.queues, world.bus.dead, world.all_records()])


def without_reprs(world: World) -> list[str | None]:
    """Tokens in payments, which their `repr` leaves out."""
    return [stored.state.token for stored in world.payments.states.values()]


def test_a_token_is_beside_its_order_and_nowhere_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    cancel_order(world.shop, world.reserve(), "ann")
    placed = {behaviour: world.place_id(token=marked(behaviour)) for behaviour in TOKENS}
    run_until_quiet(world.shop)
    monkeypatch.setattr("apps.shop.provider.FLAKY_ATTEMPTS", 99)
    sick = world.place_id(token=marked("flaky"))
    run_until_quiet(world.shop)
    assert any(world.bus.dead.values())
    world.operate("redrive", queue="payment", dry_run=True)
    monkeypatch.setattr("apps.shop.provider.FLAKY_ATTEMPTS", 2)
    assert world.operate("redrive", queue="payment")["moved"] == 1
    world.heal()
    assert world.order(sick).state == "CONFIRMED"
    assert {world.order(order_id).state for name, order_id in placed.items() if name != "decline"} == {"CONFIRMED"}
    check_invariants(world)
    assert MARK not in everything(world)
    assert set(without_reprs(world)) == {None}
    assert MARK in repr(world.orders.tokens), "or this test proves nothing"


def test_an_answer_and_a_refusal_repeat_no_token(world: World) -> None:
    client = Client(world)
    first = client.order({**ORDER, "payment_token": marked("ok")})
    answers = [
        first,
        client.order({**ORDER, "payment_token": marked("decline")}),
        client.order({**ORDER, "payment_token": f"{MARK} nobody knows"}, key="other"),
        client.order({**ORDER, "payment_token": MARK * 9}, key="other"),
        client.order({**ORDER, "payment_token": [MARK]}, key="other"),
        client.order({**ORDER, "payment_token": marked("ok"), "lines": [{"sku": "NOPE", "quantity": 1}]}, key="other"),
        client.get(first.headers["location"]),
        client.get("/v1/orders"),
    ]
    assert [answer.status for answer in answers] == [202, 422, 422, 422, 422, 422, 200, 200]
    assert MARK not in "".join(answer.text() for answer in answers)


def test_no_log_has_a_token(
    functions: Functions, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Orders of every kind, poison that names a token, a store that fails in the middle, operators who look."""
    world = functions.world
    monkeypatch.setitem(CONSUMERS, "payment", apply_to_payment)  # without the tests' checks, whose failures show all
    for number, behaviour in enumerate(TOKENS):
        body = {**ORDER, "payment_token": marked(behaviour)}
        key = {"Idempotency-Key": f"k{number}"}
        assert functions.checkout(http("POST", "/v1/orders", body, headers=key), None)["statusCode"] == 202
    drive(functions)
    functions.checkout(http("POST", "/v1/orders", {**ORDER, "payment_token": marked("ok"), "tip": 1}), None)
    hollow = {"detail": {"type": ORDER_PLACED_V1, "data": {"payment_token": marked("ok")}}}
    assert failures(functions.payment({"Records": [record(hollow, "bad")]}, None)) == ["bad"]
    old = world.as_before(world.place_id(), marked("ok"))
    lacking = {**old.envelope(), "data": {"order_id": old.subject, "payment_token": marked("ok")}}
    assert failures(functions.payment({"Records": [record({"detail": lacking}, "bad")]}, None)) == ["bad"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(world.orders), "accept", broken)
        body = {**ORDER, "payment_token": marked("ok")}
        answer = functions.checkout(http("POST", "/v1/orders", body, headers={"Idempotency-Key": "last"}), None)
        assert answer["statusCode"] == 500
    answers = [functions.ops({"action": "records", "store": store}, None) for store in ("orders", "payment")]
    logged = capsys.readouterr().out
    for line in ('"record comes again"', '"record failed"', '"request failed"', "the disk of db-3 is on fire"):
        assert line in logged, "or nothing was logged where it matters"
    assert MARK not in logged + json.dumps([answers, answer])


def broken(*_: object) -> None:
    msg = "the disk of db-3 is on fire"
    raise OSError(msg)


# -- on DynamoDB ----------------------------------------------------------------------------------------------------


@pytest.mark.plane
def test_in_dynamodb_a_token_is_in_an_item_of_its_own_alone(endpoint: str) -> None:
    stores = DynamoStores(endpoint)
    shop = replace(
        memory_shop(clock=stores.clock),
        catalog=stores.catalog,
        orders=stores.orders,
        stock=stores.stock,
        payments=stores.payments,
        tokens=stores.tokens,
    )
    seed(shop)
    tokens = {behaviour: marked(behaviour) for behaviour in TOKENS if behaviour != "slow"}
    for number, token in enumerate(tokens.values()):
        place_order(shop, "ann", f"k{number}", {"MUG-01": 1}, token)
    run_until_quiet(shop)
    items = [item for item in scanned(stores) if MARK in json.dumps(item)]
    assert {item["kind"]["S"] for item in items} == {"token"}
    assert sorted(item["token"]["S"] for item in items) == sorted(tokens.values())
    assert all(set(item) == {"pk", "sk", "kind", "token", "ttl", "version"} for item in items)


def scanned(stores: DynamoStores) -> Iterator[Mapping[str, Any]]:
    for name in (stores.orders, stores.stock, stores.payments, stores.catalog):
        table = name._table._name
        for page in stores.client.get_paginator("scan").paginate(TableName=table):
            yield from page["Items"]


# -- it expires -----------------------------------------------------------------------------------------------------


def test_a_token_outlives_its_orders_deadline_by_an_hour(world: World) -> None:
    order_id = world.place_id(token=marked("ok"))
    kept = DEADLINE + TOKEN_KEPT_SECONDS
    world.later(kept - 1)
    assert world.shop.tokens.payment_token(order_id, format_time(world.now)) is not None
    world.later(1)
    assert world.shop.tokens.payment_token(order_id, format_time(world.now)) is None


def test_without_its_token_an_order_is_not_charged_and_its_cancellation_settles_all(world: World) -> None:
    order_id = world.reserve()
    world.deliver("payment", ORDER_PLACED)
    reserved = world.take("payment", STOCK_RESERVED)
    world.later(DEADLINE + TOKEN_KEPT_SECONDS)
    with pytest.raises(TryAgainError, match=f"token of order {order_id} has expired"):
        apply_to_payment(world.shop, reserved)
    assert world.payment(order_id).attempt == 0
    world.sweep()
    world.publish()
    world.deliver("payment", ORDER_CANCELLED)
    assert world.payment(order_id).state == "VOID"
    apply_to_payment(world.shop, reserved)
    world.heal()
    check_invariants(world)


def test_what_was_begun_is_ended_without_the_token(world: World) -> None:
    """A card that times out was charged: the money goes back however late the cancellation is heard of."""
    order_id = world.place_id(token=marked("timeout_then_ok"))
    world.publish()
    world.deliver("inventory", ORDER_PLACED)
    world.publish()
    world.deliver("payment", ORDER_PLACED)
    with pytest.raises(TryAgainError, match="did not answer"):
        world.deliver("payment", STOCK_RESERVED)
    cancel_order(world.shop, order_id, "ann")
    world.later(DEADLINE + TOKEN_KEPT_SECONDS + 1)
    world.publish()
    world.deliver("payment", ORDER_CANCELLED)
    assert world.payment(order_id).state == "REFUNDED"


# -- while the last release's orders are under way ------------------------------------------------------------------


@pytest.mark.parametrize("behaviour", TOKENS)
@pytest.mark.parametrize("early", [True, False])
def test_an_order_of_the_last_release_comes_to_its_end(world: World, behaviour: str, early: bool) -> None:
    order_id = world.place_as_before(token=marked(behaviour))
    world.publish()
    if early:
        world.deliver("payment", ORDER_PLACED_V1)
        assert without_reprs(world) != [None], "until it is charged it is needed"
    run_until_quiet(world.shop)
    assert world.order(order_id).state == ("CANCELLED" if behaviour == "decline" else "CONFIRMED")
    assert without_reprs(world) == [None], "and no longer"
    world.heal()
    check_invariants(world)


def test_the_token_of_a_cancelled_order_of_the_last_release_is_forgotten(world: World) -> None:
    order_id = world.place_as_before(token=marked("ok"))
    world.publish()
    world.deliver("payment", ORDER_PLACED_V1)
    cancel_order(world.shop, order_id, "ann")
    run_until_quiet(world.shop)
    assert (world.payment(order_id).state, without_reprs(world)) == ("VOID", [None])


def test_the_token_of_an_order_that_is_heard_of_after_its_cancellation_is_not_kept(world: World) -> None:
    order_id = world.place_as_before(token=marked("ok"))
    world.publish()
    cancel_order(world.shop, order_id, "ann")
    world.publish()
    world.deliver("payment", ORDER_CANCELLED, ORDER_PLACED_V1)
    assert (world.payment(order_id).state, without_reprs(world)) == ("VOID", [None])


def test_a_payment_that_the_last_release_had_begun_is_ended(world: World) -> None:
    """0.1.0 kept the token with the payment, and no reference; its attempt may have been charged."""
    order_id = world.place_as_before(token=marked("timeout_then_ok"))
    world.publish()
    world.deliver("inventory", ORDER_PLACED_V1)
    world.publish()
    world.deliver("payment", ORDER_PLACED_V1)
    with suppress(TryAgainError):
        world.deliver("payment", STOCK_RESERVED)
    begun = world.payments.states[order_id]
    old = replace(begun.state, reference=None, token=marked("timeout_then_ok"))
    world.payments.states[order_id] = replace(begun, state=old)
    cancel_order(world.shop, order_id, "ann")
    world.publish()
    world.deliver("payment", ORDER_CANCELLED)
    assert world.payment(order_id).state == "REFUNDED"
    assert without_reprs(world) == [None]
