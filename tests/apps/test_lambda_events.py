"""Functions behind queues, streams, the clock and operators."""

import importlib
import json
from typing import Any

import pytest
from aws_variables import VARIABLES
from lambda_events import PACKAGE, Functions, failures, forget, messages, outbox_items, record, stream

from apps.contracts.environment import ShopEnvironmentError
from apps.shop.adapters.aws.items import item_of, token_item
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
    order_id = functions.world.place_id()
    functions.world.publish()
    batch = messages(functions.world, "inventory")
    batch["Records"] = [record(body, "bad-1"), *batch["Records"], record(body, "bad-2")]
    assert failures(functions.inventory(batch, None)) == ["bad-1", "bad-2"]
    reservation = functions.world.reservation(order_id)
    assert reservation is not None
    assert reservation.state == "HELD"


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
    well, sick = world.place_id(), world.place_id(token="timeout_then_ok")
    world.publish()
    functions.inventory(messages(world, "inventory"), None)
    world.publish()
    batch = messages(world, "payment")
    failed = failures(functions.payment(batch, None))
    again = [entry for entry in batch["Records"] if entry["messageId"] in failed]
    assert [json.loads(entry["body"])["detail"]["subject"] for entry in again] == [sick]
    assert world.payment(well).state == "CAPTURED"
    assert failures(functions.payment({"Records": again}, None)) == []
    assert world.payment(sick).state == "CAPTURED"


def test_the_relay_takes_outbox_records_alone_and_marks_them(functions: Functions) -> None:
    world = functions.world
    order = world.place().order
    items = [item_of(order), token_item(order.order_id, "ok", world.now), *outbox_items(world.orders)]
    assert failures(functions.relay(stream(items), None)) == []
    assert [event.type for event in world.bus.published] == ["shop.order.placed.v2"]
    assert outbox_items(world.orders) == []


def test_the_relay_names_the_first_record_that_was_not_taken(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = functions.world
    for _ in range(15):
        world.place()
    items = outbox_items(world.orders)
    refused = {items[4]["event_id"], items[12]["event_id"]}
    publish = type(world.bus).publish

    def some(bus: Any, events: Any) -> list[str]:
        publish(bus, [event for event in events if event.id not in refused])
        return [event.id for event in events if event.id in refused]

    monkeypatch.setattr(type(world.bus), "publish", some)
    assert failures(functions.relay(stream(items), None)) == ["1004"]
    assert {item["event_id"] for item in outbox_items(world.orders)} == refused


def test_a_closed_bus_fails_the_whole_batch(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object) -> None:
        raise TryAgainError

    functions.world.place()
    monkeypatch.setattr(type(functions.world.bus), "publish", closed)
    items = outbox_items(functions.world.orders)
    with pytest.raises(TryAgainError):
        functions.relay(stream(items), None)
    assert outbox_items(functions.world.orders)


def test_the_sweeper_says_what_it_did(functions: Functions) -> None:
    functions.world.place()
    functions.world.later(601)
    assert functions.sweeper({}, None) == {"published": 1, "unpublished": 0, "expired": 1, "settled": 0, "busy": 0}


@pytest.mark.parametrize("request_", [None, [], "seed", {"action": "drop"}])
def test_a_refused_action_comes_back_as_its_problem(functions: Functions, request_: Any) -> None:
    assert functions.ops(request_, None)["problem"]["code"] == "unknown_action"


def test_operators_act_through_their_own_function(functions: Functions) -> None:
    assert functions.ops({"action": "restock", "sku": "HOT-01", "quantity": 1}, None)["available"] == 11


def test_a_wrong_environment_fails_at_import_with_every_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    forget()
    with pytest.raises(ShopEnvironmentError) as refused:
        importlib.import_module(f"{PACKAGE}.ops")
    forget()
    assert all(f"{name} is missing" in str(refused.value) for name in VARIABLES)
