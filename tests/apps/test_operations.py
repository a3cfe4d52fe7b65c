"""What operators may do, what they see, and what nobody sees."""

import json
from dataclasses import replace
from typing import Any

import pytest
from shop_contract import check_event, check_ops
from shop_invariants import check_invariants
from shop_world import World

from apps.shop.adapters.memory import run_until_quiet
from apps.shop.application.show_records import FIELDS, show_record
from apps.shop.domain.payments import Payment
from apps.shop.entrypoints import operations
from apps.shop.entrypoints.operations import carry_out
from apps.shop.entrypoints.problems import ApiProblem
from apps.shop.ports import OutboxRecord

TOKEN = "timeout_then_ok:4f1c9a"
REFUSED: dict[str, tuple[Any, str]] = {
    "nothing": (None, "unknown_action"),
    "a text": ("seed", "unknown_action"),
    "a list": (["seed"], "unknown_action"),
    "no action": ({}, "unknown_action"),
    "an unknown action": ({"action": "drop"}, "unknown_action"),
    "an action that is a list": ({"action": ["seed"]}, "unknown_action"),
    "an argument that the action does not take": ({"action": "seed", "force": True}, "unknown_argument"),
    "another action's argument": ({"action": "sweep", "store": "orders"}, "unknown_argument"),
    "no store": ({"action": "records"}, "unknown_store"),
    "an unknown store": ({"action": "records", "store": "catalog"}, "unknown_store"),
    "the last release's name of a store": ({"action": "records", "store": "payments"}, "unknown_store"),
    "a store that is an object": ({"action": "records", "store": {}}, "unknown_store"),
    "the last release's action": ({"action": "ledger", "table": "orders"}, "unknown_action"),
    "the last release's cursor": ({"action": "records", "store": "orders", "cursor": ["ORDER#1", "X"]}, "bad_cursor"),
    "a cursor that is a number": ({"action": "records", "store": "orders", "cursor": 1}, "bad_cursor"),
    "an empty cursor": ({"action": "records", "store": "orders", "cursor": ""}, "bad_cursor"),
    "a cursor that no page came with": ({"action": "records", "store": "orders", "cursor": "ab"}, "bad_cursor"),
    "nothing to restock": ({"action": "restock", "quantity": 1}, "bad_argument"),
    "a restock of nothing": ({"action": "restock", "sku": "MUG-01", "quantity": 0}, "bad_argument"),
    "a negative restock": ({"action": "restock", "sku": "MUG-01", "quantity": -5}, "bad_argument"),
    "a restock of true": ({"action": "restock", "sku": "MUG-01", "quantity": True}, "bad_argument"),
    "a restock of a text": ({"action": "restock", "sku": "MUG-01", "quantity": "5"}, "bad_argument"),
    "a restock of half a piece": ({"action": "restock", "sku": "MUG-01", "quantity": 0.5}, "bad_argument"),
    "a restock beyond all warehouses": ({"action": "restock", "sku": "MUG-01", "quantity": 10**7}, "bad_argument"),
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
    before = world.all_records()
    with pytest.raises(ApiProblem) as refused:
        carry_out(world.shop, request)
    assert refused.value.code == code
    assert len(refused.value.detail) < 200
    check_ops(request, {"problem": refused.value.body()})
    assert world.all_records() == before


def test_seeding_twice_changes_nothing(world: World) -> None:
    world.settle({"HOT-01": 3})
    before = world.records("inventory")
    assert world.operate("seed") == {"created": 0}
    assert world.records("inventory") == before


def test_a_sweeper_whose_clock_is_ahead_ends_orders_early_and_breaks_nothing(world: World) -> None:
    trial = replace(world.shop, settings=replace(world.shop.settings, faults_enabled=True))
    request = {"action": "sweep", "ahead_seconds": 3_600}
    placed = world.place({"MUG-01": 1})
    answer = carry_out(trial, request)
    check_ops(request, answer)
    assert answer["expired"] == 1
    assert world.order(placed.order.order_id).reason == "EXPIRED"
    world.heal()
    check_invariants(world)


def test_a_restocked_product_sells_again(world: World) -> None:
    assert world.settle({"OUT-OF-STOCK": 1}).state == "CANCELLED"
    assert world.operate("restock", sku="OUT-OF-STOCK", quantity=2) == {"sku": "OUT-OF-STOCK", "available": 2}
    assert world.settle({"OUT-OF-STOCK": 1}).state == "CONFIRMED"
    world.heal()
    check_invariants(world)


def test_records_of_every_kind_are_shown_page_by_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for token in ("ok", "decline", TOKEN):
        world.settle(token=token)
    whole = world.all_records()
    monkeypatch.setattr(operations, "PAGE", 3)
    assert world.all_records() == whole
    orders, stock, payments = world.stores()
    assert [len(records) for records in whole.values()] == [
        len(orders.states) + len(orders.acceptances) + len(orders.outbox) + len(orders.inbox),
        len(stock.states) + len(stock.levels) + len(stock.outbox) + len(stock.inbox),
        len(payments.states) + len(payments.outbox) + len(payments.inbox),
    ]
    assert {record["kind"] for records in whole.values() for record in records} == {kind for kind, _ in FIELDS.values()}


def test_events_in_records_are_whole(world: World) -> None:
    order = world.settle(token=TOKEN)
    shown = [record["event"] for record in world.records("orders") if record["kind"] == "outbox"]
    placed, confirmed = sorted(shown, key=lambda event: event["sequence"])
    check_event(confirmed)
    check_event(placed)
    assert placed["subject"] == order.order_id


def test_an_event_of_the_last_release_is_shown_without_its_secret(world: World) -> None:
    world.place()
    (record,) = world.orders.outbox.values()
    data = {**record.event.data, "payment_token": TOKEN}
    old = replace(record, event=replace(record.event, type="shop.order.placed.v1", data=data))
    check_event(old.event.envelope())
    assert isinstance(old, OutboxRecord)
    shown = show_record(old)
    assert TOKEN not in json.dumps(shown)
    check_event({**shown["event"], "data": {**shown["event"]["data"], "payment_token": TOKEN}})


def test_a_field_that_nobody_put_on_the_list_stays_out() -> None:
    payment = Payment("o", "p", amount_minor=1, currency="EUR", reference="its name at the provider", token=TOKEN)
    assert show_record(payment) == {
        "kind": "payment",
        "order_id": "o",
        "payment_id": "p",
        "state": "OPEN",
        "attempt": 0,
        "sequence": 0,
        "reserved": False,
        "amount_minor": 1,
        "currency": "EUR",
    }
    assert TOKEN not in repr(payment)


def test_dead_letters_are_shown_without_their_content(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.shop.provider.FLAKY_ATTEMPTS", 99)
    world.place(token="flaky")
    run_until_quiet(world.shop)
    for _ in range(2):
        shown = world.operate("redrive", queue="payment", dry_run=True)
        assert (shown["found"], shown["moved"], len(shown["letters"])) == (1, 0, 1)
        assert "flaky" not in json.dumps(shown)
    assert world.operate("redrive", queue="payment", limit=1)["moved"] == 1
    assert world.operate("redrive", queue="payment")["found"] == 0
