"""What operators may do, what they see, and what nobody sees."""

import json
from dataclasses import replace
from typing import Any

import pytest
from shop_contract import check_event, check_ops
from shop_invariants import check_invariants
from shop_world import World

from apps.shop.adapters.memory import run_until_quiet
from apps.shop.application import ledger, operating
from apps.shop.application.operating import operate
from apps.shop.domain.errors import Problem

TOKEN = "timeout_then_ok"
REFUSED: dict[str, tuple[Any, str]] = {
    "nothing": (None, "unknown_action"),
    "a text": ("seed", "unknown_action"),
    "a list": (["seed"], "unknown_action"),
    "no action": ({}, "unknown_action"),
    "an unknown action": ({"action": "drop"}, "unknown_action"),
    "an action that is a list": ({"action": ["seed"]}, "unknown_action"),
    "an argument that the action does not take": ({"action": "seed", "force": True}, "unknown_argument"),
    "another action's argument": ({"action": "sweep", "table": "orders"}, "unknown_argument"),
    "no table": ({"action": "ledger"}, "unknown_table"),
    "an unknown table": ({"action": "ledger", "table": "catalog"}, "unknown_table"),
    "a table that is an object": ({"action": "ledger", "table": {}}, "unknown_table"),
    "a cursor of one part": ({"action": "ledger", "table": "orders", "cursor": ["ORDER#1"]}, "bad_cursor"),
    "a cursor of three parts": ({"action": "ledger", "table": "orders", "cursor": ["a", "b", "c"]}, "bad_cursor"),
    "a cursor with an empty part": ({"action": "ledger", "table": "orders", "cursor": ["a", ""]}, "bad_cursor"),
    "a cursor of numbers": ({"action": "ledger", "table": "orders", "cursor": [1, 2]}, "bad_cursor"),
    "a cursor that is a text": ({"action": "ledger", "table": "orders", "cursor": "ab"}, "bad_cursor"),
    "nothing to restock": ({"action": "restock", "quantity": 1}, "bad_argument"),
    "a restock of nothing": ({"action": "restock", "sku": "MUG-01", "quantity": 0}, "bad_argument"),
    "a negative restock": ({"action": "restock", "sku": "MUG-01", "quantity": -5}, "bad_argument"),
    "a restock of true": ({"action": "restock", "sku": "MUG-01", "quantity": True}, "bad_argument"),
    "a restock of a text": ({"action": "restock", "sku": "MUG-01", "quantity": "5"}, "bad_argument"),
    "a restock of half a piece": ({"action": "restock", "sku": "MUG-01", "quantity": 0.5}, "bad_argument"),
    "a restock beyond all shelves": ({"action": "restock", "sku": "MUG-01", "quantity": 10**7}, "bad_argument"),
    "a sku that is a number": ({"action": "restock", "sku": 1, "quantity": 1}, "bad_argument"),
    "an unknown product": ({"action": "restock", "sku": "NOPE", "quantity": 1}, "product_not_found"),
    "no queue": ({"action": "redrive"}, "unknown_queue"),
    "an unknown queue": ({"action": "redrive", "queue": "checkout"}, "unknown_queue"),
    "a limit that is a text": ({"action": "redrive", "queue": "orders", "limit": "all"}, "bad_argument"),
    "a limit of zero": ({"action": "redrive", "queue": "orders", "limit": 0}, "bad_argument"),
    "a sweep ahead of time where no faults are allowed": ({"action": "sweep", "ahead_seconds": 60}, "faults_disabled"),
    "a dry run that is a text": ({"action": "redrive", "queue": "orders", "dry_run": "false"}, "bad_argument"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_bad_request_is_refused_and_changes_nothing(world: World, what: str) -> None:
    request, code = REFUSED[what]
    before = [world.ledger(table) for table in ("orders", "inventory", "payments")]
    with pytest.raises(Problem) as refused:
        operate(world.shop, request)
    assert refused.value.code == code
    assert len(refused.value.detail) < 200
    check_ops(request, {"problem": refused.value.body()})
    assert [world.ledger(table) for table in ("orders", "inventory", "payments")] == before


def test_seeding_twice_changes_nothing(world: World) -> None:
    world.settled({"HOT-01": 3})
    before = world.ledger("inventory")
    assert world.operate("seed") == {"created": 0}
    assert world.ledger("inventory") == before


def test_a_sweeper_whose_clock_is_ahead_ends_orders_early_and_breaks_nothing(world: World) -> None:
    trial = replace(world.shop, settings=replace(world.shop.settings, faults_enabled=True))
    request = {"action": "sweep", "ahead_seconds": 3_600}
    placed = world.place({"MUG-01": 1})
    answer = operate(trial, request)
    check_ops(request, answer)
    assert answer["expired"] == 1
    assert world.order(placed.order_id)["reason"] == "EXPIRED"
    world.heal()
    check_invariants(world)


def test_a_restocked_product_sells_again(world: World) -> None:
    assert world.settled({"OUT-OF-STOCK": 1})["state"] == "CANCELLED"
    assert world.operate("restock", sku="OUT-OF-STOCK", quantity=2) == {"sku": "OUT-OF-STOCK", "available": 2}
    assert world.settled({"OUT-OF-STOCK": 1})["state"] == "CONFIRMED"
    world.heal()
    check_invariants(world)


def test_the_ledger_shows_every_record_of_every_kind(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operating, "PAGE", 3)
    for token in ("ok", "decline", TOKEN):
        world.settled(token=token)
    seen = {table: world.ledger(table) for table in ("orders", "inventory", "payments")}
    for table, store in (("orders", "orders"), ("inventory", "inventory"), ("payments", "payments")):
        stored = getattr(world.shop, store).scan(limit=10_000)[0]
        assert [(r["pk"], r["sk"]) for r in seen[table]] == [(r["pk"], r["sk"]) for r in stored]
    assert {record["kind"] for book in seen.values() for record in book} == set(ledger.SHOWN)


def test_the_ledgers_events_are_whole_but_for_secrets(world: World) -> None:
    order = world.settled(token=TOKEN)
    told = [record["event"] for record in world.ledger("orders") if record["kind"] == "outbox"]
    placed, confirmed = sorted(told, key=lambda event: event["sequence"])
    check_event(confirmed)
    assert "payment_token" not in placed["data"]
    check_event({**placed, "data": {**placed["data"], "payment_token": TOKEN}})
    assert placed["subject"] == order["order_id"]


def test_the_payment_token_is_stored_and_yet_shown_to_nobody(world: World) -> None:
    world.settled(token=TOKEN)
    world.settled(token="decline")
    stores = (world.shop.orders, world.shop.payments)
    assert all(TOKEN in json.dumps(store.scan(limit=100)[0]) for store in stores), "or this test proves nothing"
    for table in ("orders", "inventory", "payments"):
        shown = json.dumps(world.ledger(table))
        assert TOKEN not in shown
        assert '"decline"' not in shown


def test_a_field_that_nobody_put_on_the_list_stays_out(world: World) -> None:
    order = world.order(world.place().order_id)
    assert ledger.shown({**order, "card_number": "4111"}) == ledger.shown(order)
    assert ledger.shown({"pk": "p", "sk": "s", "kind": "a new kind", "secret": 1}) == {
        "pk": "p",
        "sk": "s",
        "kind": "a new kind",
    }


def test_dead_letters_are_shown_without_their_content(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.shop.psp.FLAKY_ATTEMPTS", 99)
    world.place(token="flaky")
    run_until_quiet(world.shop)
    for _ in range(2):
        shown = world.operate("redrive", queue="payment", dry_run=True)
        assert (shown["found"], shown["moved"], len(shown["letters"])) == (1, 0, 1)
        assert "flaky" not in json.dumps(shown)
    assert world.operate("redrive", queue="payment", limit=1)["moved"] == 1
    assert world.operate("redrive", queue="payment")["found"] == 0
