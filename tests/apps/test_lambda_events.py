"""Functions behind queues, streams, the clock and operators."""

import importlib
import json
from typing import Any

import pytest
from aws_variables import VARIABLES
from lambda_events import PACKAGE, Functions, drive, failures, forget, http, image, messages, record
from shop_client import ORDER

from apps.contracts.environment import ShopEnvironmentError
from apps.shop.domain.errors import TryAgainError
from apps.shop.domain.ids import new_id


@pytest.mark.parametrize(
    "body",
    [
        "",
        "no json",
        "[]",
        "null",
        {},
        {"detail": None},
        {"detail": {"type": "shop.order.placed.v1"}},
        {"detail": {"specversion": "1.0", "type": "someone.elses.v1"}},
    ],
)
def test_an_unreadable_message_fails_alone(functions: Functions, body: Any) -> None:
    order_id = functions.world.place().order_id
    functions.world.publish()
    batch = messages(functions.world, "inventory")
    batch["Records"] = [record(body, "bad-1"), *batch["Records"], record(body, "bad-2")]
    assert failures(functions.inventory(batch, None)) == ["bad-1", "bad-2"]
    assert (functions.world.reservation(order_id) or {})["state"] == "HELD"


def test_an_event_whose_data_is_not_what_its_type_promises_fails_alone(functions: Functions) -> None:
    world = functions.world
    world.place()
    world.publish()
    batch = messages(world, "payment")
    hollow = json.loads(batch["Records"][0]["body"])
    hollow["detail"] |= {"id": new_id(), "data": {"order_id": hollow["detail"]["subject"]}}
    assert failures(functions.payment({"Records": [record(hollow, "hollow"), *batch["Records"]]}, None)) == ["hollow"]


def test_a_provider_without_an_answer_brings_the_message_back(functions: Functions) -> None:
    world = functions.world
    well, sick = world.place().order_id, world.place(token="timeout_then_ok").order_id
    world.publish()
    functions.inventory(messages(world, "inventory"), None)
    world.publish()
    batch = messages(world, "payment")
    failed = failures(functions.payment(batch, None))
    again = [entry for entry in batch["Records"] if entry["messageId"] in failed]
    assert [json.loads(entry["body"])["detail"]["subject"] for entry in again] == [sick]
    assert (world.payment(well) or {})["state"] == "CAPTURED"
    assert failures(functions.payment({"Records": again}, None)) == []
    assert (world.payment(sick) or {})["state"] == "CAPTURED"


def test_the_relay_takes_outbox_records_alone_and_marks_them(functions: Functions) -> None:
    world = functions.world
    world.place()
    items = world.shop.orders.scan(limit=100)[0]
    assert {item["kind"] for item in items} == {"order", "key", "outbox"}
    answer = functions.relay({"Records": [image(item, number) for number, item in enumerate(items)]}, None)
    assert failures(answer) == []
    assert [event.type for event in world.bus.published] == ["shop.order.placed.v1"]
    assert world.shop.orders.unpublished() == []  # type: ignore[attr-defined]


def test_the_relay_names_the_first_record_that_was_not_taken(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = functions.world
    for _ in range(15):
        world.place()
    items = world.shop.orders.unpublished()  # type: ignore[attr-defined]
    refused = {items[4]["event_id"], items[12]["event_id"]}
    publish = type(world.bus).publish

    def some(bus: Any, events: Any) -> list[str]:
        publish(bus, [event for event in events if event.id not in refused])
        return [event.id for event in events if event.id in refused]

    monkeypatch.setattr(type(world.bus), "publish", some)
    answer = functions.relay({"Records": [image(item, number) for number, item in enumerate(items)]}, None)
    assert failures(answer) == ["1004"]
    assert {item["event_id"] for item in world.shop.orders.unpublished()} == refused  # type: ignore[attr-defined]


def test_a_closed_bus_fails_the_whole_batch(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object) -> None:
        raise TryAgainError

    functions.world.place()
    monkeypatch.setattr(type(functions.world.bus), "publish", closed)
    items = functions.world.shop.orders.unpublished()  # type: ignore[attr-defined]
    with pytest.raises(TryAgainError):
        functions.relay({"Records": [image(item, number) for number, item in enumerate(items)]}, None)
    assert functions.world.shop.orders.unpublished()  # type: ignore[attr-defined]


def test_the_sweeper_says_what_it_did(functions: Functions) -> None:
    functions.world.place()
    functions.world.later(601)
    assert functions.sweeper({}, None) == {"published": 1, "unpublished": 0, "expired": 1, "settled": 0, "busy": 0}


@pytest.mark.parametrize("request_", [None, [], "seed", {"action": "drop"}])
def test_a_refused_action_comes_back_as_its_problem(functions: Functions, request_: Any) -> None:
    assert functions.ops(request_, None)["problem"]["code"] == "unknown_action"


def test_operators_act_through_their_own_function(functions: Functions) -> None:
    assert functions.ops({"action": "restock", "sku": "HOT-01", "quantity": 1}, None)["available"] == 11


def test_the_payment_token_is_in_no_log_and_no_answer_to_operators(
    functions: Functions, capsys: pytest.CaptureFixture[str]
) -> None:
    token = "timeout_then_ok"
    functions.checkout(http("POST", "/v1/orders", {**ORDER, "payment_token": token}), None)
    drive(functions)
    functions.payment({"Records": [record({"detail": {"data": {"payment_token": token}}}, "bad")]}, None)
    functions.checkout(http("POST", "/v1/orders", {**ORDER, "payment_token": token, "tip": 1}), None)
    logged = capsys.readouterr().out
    assert '"record comes again"' in logged, "or nothing was logged where it matters"
    assert '"record failed"' in logged
    answers = [functions.ops({"action": "ledger", "table": table}, None) for table in ("orders", "payments")]
    assert token not in logged + json.dumps(answers)


def test_a_wrong_environment_fails_at_import_with_every_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    forget()
    with pytest.raises(ShopEnvironmentError) as refused:
        importlib.import_module(f"{PACKAGE}.ops")
    forget()
    assert all(f"{name} is missing" in str(refused.value) for name in VARIABLES)
