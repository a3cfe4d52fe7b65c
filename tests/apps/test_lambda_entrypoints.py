"""Lambda functions over the shop in this process: what AWS sends, and what it gets back."""

import base64
import importlib
import json
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer
from shop_client import ORDER
from shop_contract import check_answer
from shop_invariants import check_invariants
from shop_world import World

import apps.shop.adapters.aws.shop as aws_shop
from apps.shop.application.healing import relay
from apps.shop.config import ConfigError
from apps.shop.domain.errors import TryAgainError
from apps.shop.domain.ids import new_id
from apps.shop.entrypoints.http import Response
from apps.shop.ports import Item

PACKAGE = "apps.shop.entrypoints.aws_lambda"
Handler = Callable[[Any, Any], dict[str, Any]]


class Functions:
    """Functions of one cold start over one shop."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __getattr__(self, name: str) -> Handler:
        return importlib.import_module(f"{PACKAGE}.{name}").handler


@pytest.fixture
def functions(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Functions]:
    """The entry points, imported anew as a new execution environment does; the shop they build is the world's."""
    monkeypatch.setattr(aws_shop, "shop_on_aws", lambda _: world.shop)
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", f"shop-{uuid.uuid4()}")  # the logger keeps its stream by this name
    monkeypatch.delenv("ORIGIN_VERIFY_SECRET_ARN", raising=False)
    _forget()
    yield Functions(world)
    _forget()


def _forget() -> None:
    for name in [name for name in sys.modules if name.startswith(f"{PACKAGE}.")]:
        del sys.modules[name]


def http(method: str, path: str, body: Any = None, **fields: Any) -> dict[str, Any]:
    """What an HTTP API sends, payload format 2.0."""
    headers = {"X-Customer-Id": "ann", "Idempotency-Key": "key", **fields.pop("headers", {})}
    return {
        "version": "2.0",
        "rawPath": path,
        "headers": headers,
        "requestContext": {"http": {"method": method, "path": path}, "requestId": "r-1", **fields.pop("context", {})},
        "body": body if body is None or isinstance(body, str) else json.dumps(body),
        "isBase64Encoded": False,
        **fields,
    }


def checked(method: str, path: str, answer: Mapping[str, Any]) -> Response:
    body = json.loads(answer["body"]) if answer["body"] else None
    response = Response(answer["statusCode"], body, answer["headers"])
    check_answer(method, path, response)
    assert answer["headers"]["x-content-type-options"] == "nosniff"
    return response


def messages(world: World, queue: str) -> dict[str, Any]:
    """Everything that waits for a consumer, as SQS hands over what EventBridge sent."""
    waiting = world.bus.queues[queue]
    events = [waiting.popleft()[0] for _ in range(len(waiting))]
    return {"Records": [record({"detail": event.envelope()}, f"m-{n}") for n, event in enumerate(events)]}


def record(body: Any, message_id: str) -> dict[str, Any]:
    return {"messageId": message_id, "body": body if isinstance(body, str) else json.dumps(body)}


def image(item: Item, number: int) -> dict[str, Any]:
    """A record of a table's stream."""
    new = {name: TypeSerializer().serialize(value) for name, value in item.items()}
    return {"eventName": "INSERT", "dynamodb": {"NewImage": new, "SequenceNumber": str(1000 + number)}}


def failures(answer: Mapping[str, Any]) -> list[str]:
    return [entry["itemIdentifier"] for entry in answer["batchItemFailures"]]


def drive(functions: Functions) -> None:
    """Everything through the functions until nothing moves."""
    world = functions.world
    for _ in range(20):
        for table in (world.shop.orders, world.shop.inventory, world.shop.payments):
            left = table.unpublished()  # type: ignore[attr-defined]
            stream = {"Records": [image(item, number) for number, item in enumerate(left)]}
            assert failures(functions.relay(stream, None)) == []
        for queue in world.bus.queues:
            getattr(functions, queue)(messages(world, queue), None)


def test_an_order_goes_from_the_api_through_streams_and_queues_to_its_end(functions: Functions) -> None:
    functions.world.attempts.append(("ann", "key"))
    placed = checked("POST", "/v1/orders", functions.checkout(http("POST", "/v1/orders", ORDER), None))
    assert placed.status == 202
    drive(functions)
    path = placed.headers["location"]
    shown = checked("GET", path, functions.checkout(http("GET", path), None))
    assert shown.body["state"] == "CONFIRMED"
    listed = checked("GET", "/v1/products", functions.catalog(http("GET", "/v1/products"), None))
    assert len(listed.body["items"]) == 12
    check_invariants(functions.world)


def test_a_body_in_base64_is_the_same_order(functions: Functions) -> None:
    event = http("POST", "/v1/orders", base64.b64encode(json.dumps(ORDER).encode()).decode(), isBase64Encoded=True)
    assert functions.checkout(event, None)["statusCode"] == 202


@pytest.mark.parametrize(
    ("body", "encoded"), [("%%%", True), ("AAA", True), ("//79", True), (None, False), ("\ud800", False), ("", True)]
)
def test_a_body_that_can_not_be_decoded_is_no_json(functions: Functions, body: str | None, encoded: bool) -> None:
    answer = functions.checkout(http("POST", "/v1/orders", body, isBase64Encoded=encoded), None)
    response = checked("POST", "/v1/orders", answer)
    assert (response.status, response.body["code"]) == (400, "not_json")


def test_an_event_with_nothing_in_it_is_a_path_that_does_not_exist(functions: Functions) -> None:
    response = checked("GET", "/", functions.catalog({}, None))
    assert response.body["code"] == "no_such_path"


def test_paths_and_queries_arrive_decoded(functions: Functions) -> None:
    shown = functions.catalog(http("GET", "/v1/products/MUG%2D01"), None)
    assert json.loads(shown["body"])["sku"] == "MUG-01"
    page = functions.catalog(http("GET", "/v1/products", queryStringParameters={"limit": "2"}), None)
    assert len(json.loads(page["body"])["items"]) == 2


def test_the_customer_is_the_tokens_subject() -> None:
    world = World(auth_mode="jwt")
    claims = {"authorizer": {"jwt": {"claims": {"sub": "ann-sub"}, "scopes": None}}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aws_shop, "shop_on_aws", lambda _: world.shop)
        patch.setenv("POWERTOOLS_SERVICE_NAME", str(uuid.uuid4()))
        _forget()
        functions = Functions(world)
        answer = functions.checkout(http("POST", "/v1/orders", ORDER, context=claims), None)
        order_id = json.loads(answer["body"])["order_id"]
        assert world.order(order_id)["customer_id"] == "ann-sub"
        for nobody in ({}, {"authorizer": None}, {"authorizer": {"jwt": None}}):
            refused = functions.checkout(http("POST", "/v1/orders", ORDER, context=nobody), None)
            assert checked("POST", "/v1/orders", refused).body["code"] == "not_authenticated"
    _forget()


def test_a_fault_is_logged_and_told_without_its_details(
    functions: Functions, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        msg = "the disk of db-3 is on fire"
        raise OSError(msg)

    monkeypatch.setattr(type(functions.world.shop.orders), "get", broken)
    response = checked("POST", "/v1/orders", functions.checkout(http("POST", "/v1/orders", ORDER), None))
    assert (response.status, response.body["code"]) == (500, "internal_error")
    assert response.headers["retry-after"] == "1"
    assert "db-3" not in response.text()
    assert "db-3" in capsys.readouterr().out


@pytest.mark.parametrize(("sent", "status"), [("current", 202), ("previous", 202), ("other", 403), ("", 403)])
def test_orders_come_through_the_edge_where_it_is_to_be_verified(
    functions: Functions, monkeypatch: pytest.MonkeyPatch, sent: str, status: int
) -> None:
    monkeypatch.setenv("ORIGIN_VERIFY_SECRET_ARN", "arn:aws:secretsmanager:us-east-1:123456789012:secret:origin")
    handler = functions.checkout
    monkeypatch.setattr(f"{PACKAGE}.api._accepted", lambda _: ("current", "previous"))
    answer = handler(http("POST", "/v1/orders", ORDER, headers={"x-origin-verify": sent}), None)
    assert checked("POST", "/v1/orders", answer).status == status


def test_a_secret_that_can_not_be_read_lets_nobody_in(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_: str) -> None:
        msg = "AccessDeniedException"
        raise PermissionError(msg)

    monkeypatch.setenv("ORIGIN_VERIFY_SECRET_ARN", "arn")
    handler = functions.checkout
    monkeypatch.setattr(f"{PACKAGE}.api._accepted", denied)
    assert checked("POST", "/v1/orders", handler(http("POST", "/v1/orders", ORDER), None)).status == 500
    assert functions.world.ledger("orders") == []


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
    relay(functions.world.shop, functions.world.shop.orders, functions.world.shop.orders.unpublished())  # type: ignore[attr-defined]
    batch = messages(functions.world, "inventory")
    batch["Records"] = [record(body, "bad-1"), *batch["Records"], record(body, "bad-2")]
    assert failures(functions.inventory(batch, None)) == ["bad-1", "bad-2"]
    assert (functions.world.reservation(order_id) or {})["state"] == "HELD"


def test_an_event_whose_data_is_not_what_its_type_promises_fails_alone(functions: Functions) -> None:
    world = functions.world
    world.place()
    relay(world.shop, world.shop.orders, world.shop.orders.unpublished())  # type: ignore[attr-defined]
    batch = messages(world, "payment")
    hollow = json.loads(batch["Records"][0]["body"])
    hollow["detail"] |= {"id": new_id(), "data": {"order_id": hollow["detail"]["subject"]}}
    assert failures(functions.payment({"Records": [record(hollow, "hollow"), *batch["Records"]]}, None)) == ["hollow"]


def test_a_provider_without_an_answer_brings_the_message_back(functions: Functions) -> None:
    world = functions.world
    order_id = world.reserved()
    order = world.order(order_id)
    batch = messages(world, "payment")
    assert failures(functions.payment(batch, None)) == []
    assert (world.payment(order_id) or {})["amount_minor"] == order["total_minor"]
    sick = world.place(token="timeout_then_ok").order_id
    drive_once = messages
    relay(world.shop, world.shop.orders, world.shop.orders.unpublished())  # type: ignore[attr-defined]
    functions.inventory(drive_once(world, "inventory"), None)
    relay(world.shop, world.shop.inventory, world.shop.inventory.unpublished())  # type: ignore[attr-defined]
    batch = messages(world, "payment")
    failed = failures(functions.payment(batch, None))
    assert len(failed) == 1
    again = {"Records": [r for r in batch["Records"] if r["messageId"] in failed]}
    assert failures(functions.payment(again, None)) == []
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
        raise TryAgainError("closed")  # noqa: EM101

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
    for name in (*aws_shop.TABLES, "EVENT_BUS"):
        monkeypatch.delenv(name, raising=False)
    _forget()
    with pytest.raises(ConfigError, match="CATALOG_TABLE, ORDERS_TABLE, INVENTORY_TABLE, PAYMENTS_TABLE, EVENT_BUS"):
        importlib.import_module(f"{PACKAGE}.runtime")
    _forget()
