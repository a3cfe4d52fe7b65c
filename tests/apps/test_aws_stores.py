"""DynamoDB as botocore's own model has it: how things are written, what refusals mean, how many requests it takes."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aws_stubs import Stub
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)
from hypothesis import given
from hypothesis import strategies as st
from shop_world import START
from store_adapters import INDEXES

from apps.shop.adapters.aws import items, stores
from apps.shop.adapters.aws import table as table_module
from apps.shop.adapters.aws.items import ItemKey, item_of, outbox_item, state_of
from apps.shop.adapters.aws.stores import DynamoCatalog, DynamoOrders, DynamoPayments, DynamoStock
from apps.shop.adapters.aws.table import ItemTable
from apps.shop.adapters.aws.writes import ConditionError, ItemAdd, ItemPut, load, request, translate_error
from apps.shop.domain import events, orders
from apps.shop.domain.clock import format_time
from apps.shop.domain.errors import TryAgainError
from apps.shop.domain.events import StateChange, make_event
from apps.shop.domain.orders import SHOWN_TO_CUSTOMERS, Order
from apps.shop.domain.payments import Payment
from apps.shop.domain.stock import Reservation, StockLevel
from apps.shop.ports import Acceptance, ConflictError

ORDER_ID = "01890a5d-ac96-774b-bcce-b302099a8057"
NOW = format_time(START)
EVENT = make_event("shop.orders", events.ORDER_CANCELLED, ORDER_ID, sequence=1, now=START, data={"reason": "CUSTOMER"})


def clock() -> Any:
    return START


def failure(code: str, *reasons: str) -> ClientError:
    response: Any = {"Error": {"Code": code}, "CancellationReasons": [{"Code": reason} for reason in reasons]}
    return ClientError(response, "TransactWriteItems")


# -- items and writes -----------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(min_size=1).filter(lambda n: n not in {"pk", "sk", "version"}), JSON, max_size=5))
def test_an_item_survives_the_database(fields: dict[str, Any]) -> None:
    item = {"pk": "p", "sk": "s", **fields}
    stored = request("t", ItemPut(item, version=6))["Put"]["Item"]
    assert load(stored) == {**item, "version": 7}


def test_numbers_come_back_as_the_whole_numbers_they_are() -> None:
    found = load({"whole": {"N": "12"}, "deep": {"M": {"list": {"L": [{"N": "3"}]}}}, "half": {"N": "0.5"}})
    assert found == {"whole": 12, "deep": {"list": [3]}, "half": 0.5}
    assert type(found["whole"]) is int
    assert not isinstance(found["half"], Decimal)


def test_a_new_item_must_be_new_and_a_changed_one_as_it_was_read() -> None:
    new, changed = request("t", ItemPut({"pk": "p", "sk": "s"})), request("t", ItemPut({"pk": "p", "sk": "s"}, 3))
    assert new["Put"]["ConditionExpression"] == "attribute_not_exists(pk)"
    assert changed["Put"]["ConditionExpression"] == "#version = :version"
    assert changed["Put"]["ExpressionAttributeValues"] == {":version": {"N": "3"}}


def test_an_addition_checks_what_it_takes_away() -> None:
    made = request("t", ItemAdd(ItemKey("p", "s"), {"reserved": 2, "available": -2}))["Update"]
    assert made["ConditionExpression"] == "attribute_exists(pk) AND #n0 >= :least0"
    assert made["UpdateExpression"] == "SET #n0 = #n0 + :d0, #n1 = #n1 + :d1"
    assert made["ExpressionAttributeNames"] == {"#n0": "available", "#n1": "reserved"}
    assert made["ExpressionAttributeValues"][":least0"] == {"N": "2"}


def test_an_outbox_item_is_one_that_the_relays_filter_matches() -> None:
    stored = request("t", ItemPut(outbox_item(EVENT, START)))["Put"]["Item"]
    assert stored["kind"] == {"S": "outbox"}
    assert stored["sk"]["S"] == "OUTBOX#shop.orders#000001"


# Items as 0.1.0 wrote them.
OLD_ORDER: Mapping[str, Any] = {
    "pk": f"ORDER#{ORDER_ID}", "sk": "ORDER", "kind": "order", "order_id": ORDER_ID, "customer_id": "ann",
    "state": "RESERVED", "currency": "EUR", "lines": [{"sku": "MUG-01", "qty": 1, "unit_price_minor": 1450}],
    "shipping_minor": 499, "total_minor": 1949, "placed_at": NOW, "updated_at": NOW, "sequence": 1,
    "due_shard": "due#1", "due_at": NOW, "version": 2,
}  # fmt: skip
OLD_RESERVATION: Mapping[str, Any] = {
    "pk": f"ORDER#{ORDER_ID}", "sk": "RESERVATION", "kind": "reservation", "order_id": ORDER_ID,
    "reservation_id": ORDER_ID, "state": "HELD", "wanted": {"MUG-01": 1}, "sequence": 1, "expires_at": NOW,
    "due_shard": "due#1", "due_at": NOW, "version": 1,
}  # fmt: skip
OLD_PAYMENT: Mapping[str, Any] = {
    "pk": f"ORDER#{ORDER_ID}", "sk": "PAYMENT", "kind": "payment", "order_id": ORDER_ID, "payment_id": ORDER_ID,
    "state": "OPEN", "attempt": 1, "sequence": 0, "reserved": True, "amount_minor": 1949, "currency": "EUR",
    "token": "flaky", "version": 3,
}  # fmt: skip
OLD_STOCK: Mapping[str, Any] = {
    "pk": "SKU#MUG-01", "sk": "STOCK", "kind": "stock", "sku": "MUG-01", "available": 9, "reserved": 1, "committed": 0,
    "initial": 10, "restocked": 0, "version": 1,
}  # fmt: skip


@pytest.mark.parametrize(
    ("type_", "old"),
    [(Order, OLD_ORDER), (Reservation, OLD_RESERVATION), (Payment, OLD_PAYMENT), (StockLevel, OLD_STOCK)],
)
def test_items_of_the_last_release_are_read_and_written_as_they_were(type_: type[Any], old: Mapping[str, Any]) -> None:
    state = state_of(type_, old)
    written = item_of(state)
    shards = {"due_shard": items.shard(ORDER_ID)} if "due_shard" in old else {}
    expected = {name: value for name, value in {**old, **shards}.items() if name != "version"}
    assert json.loads(json.dumps(written)) == expected


def test_a_key_of_the_last_release_gets_its_answer() -> None:
    body = {name: OLD_ORDER[name] for name in SHOWN_TO_CUSTOMERS if name in OLD_ORDER}
    old = {"pk": "KEY#1", "sk": "KEY", "order_id": ORDER_ID, "fingerprint": "f", "body": json.dumps(body), "ttl": 1}
    found = items.acceptance_of(old, "ann", "key")
    assert found == Acceptance("key", "f", replace(state_of(Order, OLD_ORDER), due_at=None))


def test_an_ended_order_and_a_settled_reservation_are_due_no_more() -> None:
    ended = orders.cancel(state_of(Order, OLD_ORDER), orders.CUSTOMER, START).state
    settled = replace(state_of(Reservation, OLD_RESERVATION), state="RELEASED")
    for item in (item_of(ended), item_of(settled)):
        assert not {"due_at", "due_shard"} & set(item)


def test_a_token_is_an_item_of_its_own_that_dynamodb_deletes() -> None:
    item = items.token_item(ORDER_ID, "ok:secret", START)
    assert item == {
        "pk": f"ORDER#{ORDER_ID}",
        "sk": "TOKEN",
        "kind": "token",
        "token": "ok:secret",
        "ttl": int(START.timestamp()),
    }
    assert "token" not in items.RECORDS


# -- what refusals mean ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "condition"),
    [
        (failure("ConditionalCheckFailedException"), True),
        (failure("TransactionConflictException"), False),
        (failure("TransactionInProgressException"), False),
        (failure("TransactionCanceledException", "None", "ConditionalCheckFailed", "None"), True),
        (failure("TransactionCanceledException", "ConditionalCheckFailed", "None", "ConditionalCheckFailed"), True),
        (failure("TransactionCanceledException", "None", "TransactionConflict", "None"), False),
        (failure("TransactionCanceledException", "TransactionConflict", "ConditionalCheckFailed"), True),
    ],
)
def test_a_condition_that_did_not_hold_is_distinguished_from_a_collision(error: ClientError, condition: bool) -> None:
    found = translate_error(error)
    assert isinstance(found, ConflictError)
    assert isinstance(found, ConditionError) is condition


@pytest.mark.parametrize(
    "error",
    [
        failure("ProvisionedThroughputExceededException"),
        failure("ThrottlingException"),
        failure("RequestLimitExceeded"),
        failure("TransactionCanceledException", "None", "ThrottlingError", "None"),
        failure("TransactionCanceledException", "ProvisionedThroughputExceeded"),
    ],
)
def test_a_throttled_table_is_tried_again(error: ClientError) -> None:
    assert isinstance(translate_error(error), TryAgainError)


@pytest.mark.parametrize("code", ["InternalServerError", "InternalError", "ServiceUnavailable"])
def test_a_table_that_is_not_available_is_tried_again(code: str) -> None:
    assert isinstance(translate_error(failure(code)), TryAgainError)


@pytest.mark.parametrize(
    "error",
    [
        failure("ValidationException"),
        failure("ResourceNotFoundException"),
        failure("AccessDeniedException"),
        failure("TransactionCanceledException", "None", "ItemCollectionSizeLimitExceeded"),
        failure("TransactionCanceledException"),
    ],
)
def test_any_other_error_stays_what_it_is(error: ClientError) -> None:
    assert translate_error(error) is error


CALLS: Mapping[str, tuple[str, Callable[[ItemTable], object]]] = {
    "look": ("get_item", lambda t: DynamoOrders(t, clock).look(EVENT)),
    "find": ("get_item", lambda t: DynamoPayments(t, clock).find(ORDER_ID)),
    "find acceptance": ("get_item", lambda t: DynamoOrders(t, clock).find_acceptance("ann", "key")),
    "payment token": ("get_item", lambda t: DynamoOrders(t, clock).payment_token(ORDER_ID, NOW)),
    "level": ("get_item", lambda t: DynamoStock(t, clock).level("A")),
    "product": ("get_item", lambda t: DynamoCatalog(t).product("A")),
    "products": ("batch_get_item", lambda t: DynamoCatalog(t).products(["A"])),
    "page": ("query", lambda t: DynamoCatalog(t).page(1)),
    "history": ("query", lambda t: DynamoOrders(t, clock).history("ann", 1)),
    "overdue": ("query", lambda t: DynamoOrders(t, clock).overdue_orders(NOW, 1)),
    "expired": ("query", lambda t: DynamoStock(t, clock).expired_reservations(NOW, 1)),
    "count open": ("query", lambda t: DynamoOrders(t, clock).count_open(1)),
    "claim": ("query", lambda t: DynamoOrders(t, clock).claim(NOW, 1).__enter__()),
    "records": ("scan", lambda t: DynamoOrders(t, clock).records(None, 1)),
    "mark published": ("update_item", lambda t: DynamoOrders(t, clock).mark_published([EVENT], NOW)),
    "note": ("put_item", lambda t: DynamoOrders(t, clock).note(EVENT)),
    "restock": ("update_item", lambda t: DynamoStock(t, clock).restock("A", 1)),
    "save": (
        "transact_write_items",
        lambda t: DynamoPayments(t, clock).save(StateChange(Payment("o", "p")), None, EVENT),
    ),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_of_a_throttled_table_is_tried_again(stub: Stub, call: str) -> None:
    client, stubber = stub("dynamodb")
    operation, do = CALLS[call]
    stubber.add_client_error(operation, "ProvisionedThroughputExceededException", http_status_code=400)
    with pytest.raises(TryAgainError, match="throttled"):
        do(ItemTable(client, "orders"))


@pytest.mark.parametrize("error", [ReadTimeoutError, EndpointConnectionError, ConnectionClosedError])
@pytest.mark.parametrize("call", CALLS)
def test_a_table_that_does_not_answer_may_answer_soon(call: str, error: type[HTTPClientError]) -> None:
    class Silent:
        def __getattr__(self, _: str) -> Callable[..., Any]:
            def ask(**_: Any) -> Any:
                raise error(endpoint_url="http://127.0.0.1:1")

            return ask

    with pytest.raises(TryAgainError, match="does not answer"):
        CALLS[call][1](ItemTable(Silent(), "t"))


def test_stock_that_somebody_else_is_changing_is_not_unknown(stub: Stub) -> None:
    client, stubber = stub("dynamodb")
    stubber.add_client_error("update_item", "TransactionConflictException", http_status_code=400)
    with pytest.raises(TryAgainError, match="being changed"):
        DynamoStock(ItemTable(client, "stock"), clock).restock("A", 1)


def test_items_that_a_batch_left_out_are_asked_for_again(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    client, stubber = stub("dynamodb")
    slept: list[float] = []
    monkeypatch.setattr(table_module.time, "sleep", slept.append)
    keys = [{"pk": {"S": "p"}, "sk": {"S": name}} for name in ("one", "two")]
    stubber.add_response(
        "batch_get_item",
        {"Responses": {"orders": [keys[0]]}, "UnprocessedKeys": {"orders": {"Keys": [keys[1]]}}},
        {"RequestItems": {"orders": {"Keys": keys, "ConsistentRead": True}}},
    )
    stubber.add_response(
        "batch_get_item",
        {"Responses": {"orders": [keys[1]]}, "UnprocessedKeys": {}},
        {"RequestItems": {"orders": {"Keys": [keys[1]], "ConsistentRead": True}}},
    )
    found = ItemTable(client, "orders").get_many([ItemKey("p", "one"), ItemKey("p", "two")])
    assert [item["sk"] for item in found] == ["one", "two"]
    assert len(slept) == 1


def test_items_that_are_left_out_for_good_are_not_taken_for_missing(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, stubber = stub("dynamodb")
    monkeypatch.setattr(table_module.time, "sleep", lambda _: None)
    left = {"orders": {"Keys": [{"pk": {"S": "p"}, "sk": {"S": "s"}}]}}
    for _ in range(table_module.TRIES):
        stubber.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": left})
    with pytest.raises(TryAgainError, match="1 items were not read"):
        ItemTable(client, "orders").get_many([ItemKey("p", "s")])


def test_the_count_of_open_orders_is_asked_for_once_a_second() -> None:
    asked: list[str] = []

    class Counting:
        def query(self, **request: Any) -> dict[str, Any]:
            asked.append(request["ExpressionAttributeValues"][":shard"]["S"])
            return {"Count": 1}

    store = DynamoOrders(ItemTable(Counting(), "orders"), clock)
    assert [store.count_open(5) for _ in range(3)] == [4, 4, 4]
    assert asked == list(items.SHARDS)


def test_a_look_for_what_is_due_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Counter[str]()

    class Endless:
        def query(self, **request: Any) -> dict[str, Any]:
            asked[request["ExpressionAttributeValues"][":shard"]["S"]] += 1
            return {"Items": [], "LastEvaluatedKey": {"pk": {"S": "p"}}}

    assert DynamoOrders(ItemTable(Endless(), "orders"), clock).overdue_orders(NOW, 100) == []
    assert asked == dict.fromkeys(items.SHARDS, stores.DUE_PAGES)


def test_the_architectures_tables_have_the_indexes_that_the_stores_use() -> None:
    stack = Path(__file__).parents[2] / "stacks" / "aws"
    declared = "".join(path.read_text() for path in stack.glob("*.py"))
    for index, (hash_, range_) in INDEXES.items():
        assert f'{{"{index}": {{"hash_key": "{hash_}", "range_key": "{range_}"}}}}' in declared
