"""DynamoDB as botocore's own model has it: how records are written, and what refusals mean."""

from collections.abc import Callable
from decimal import Decimal
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

from apps.shop.adapters.aws import table as table_module
from apps.shop.adapters.aws.table import DynamoTable
from apps.shop.adapters.aws.writes import load, meaning, request
from apps.shop.application.records import outbox
from apps.shop.domain.errors import TryAgainError
from apps.shop.domain.events import event
from apps.shop.ports import Adjust, ConflictError, Key, Put

ORDER_ID = "01890a5d-ac96-774b-bcce-b302099a8057"


def failure(code: str, *reasons: str) -> ClientError:
    response: Any = {"Error": {"Code": code}, "CancellationReasons": [{"Code": reason} for reason in reasons]}
    return ClientError(response, "TransactWriteItems")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(min_size=1).filter(lambda n: n not in {"pk", "sk", "version"}), JSON, max_size=5))
def test_a_record_survives_the_database(fields: dict[str, Any]) -> None:
    item = {"pk": "p", "sk": "s", **fields}
    stored = request("t", Put(item, version=6))["Put"]["Item"]
    assert load(stored) == {**item, "version": 7}


def test_numbers_come_back_as_the_whole_numbers_they_are() -> None:
    found = load({"whole": {"N": "12"}, "deep": {"M": {"list": {"L": [{"N": "3"}]}}}, "half": {"N": "0.5"}})
    assert found == {"whole": 12, "deep": {"list": [3]}, "half": 0.5}
    assert type(found["whole"]) is int
    assert not isinstance(found["half"], Decimal)


def test_a_new_record_must_be_new_and_a_changed_one_as_it_was_read() -> None:
    new, changed = request("t", Put({"pk": "p", "sk": "s"})), request("t", Put({"pk": "p", "sk": "s"}, version=3))
    assert new["Put"]["ConditionExpression"] == "attribute_not_exists(pk)"
    assert changed["Put"]["ConditionExpression"] == "#version = :version"
    assert changed["Put"]["ExpressionAttributeValues"] == {":version": {"N": "3"}}


def test_an_adjustment_checks_what_it_takes_away() -> None:
    made = request("t", Adjust(Key("p", "s"), {"reserved": 2, "available": -2}))["Update"]
    assert made["ConditionExpression"] == "attribute_exists(pk) AND #n0 >= :least0"
    assert made["UpdateExpression"] == "SET #n0 = #n0 + :d0, #n1 = #n1 + :d1"
    assert made["ExpressionAttributeNames"] == {"#n0": "available", "#n1": "reserved"}
    assert made["ExpressionAttributeValues"][":least0"] == {"N": "2"}


WRITES = [Put({"pk": "a", "sk": "1"}), Adjust(Key("b", "2"), {"n": 1}), Put({"pk": "c", "sk": "3"})]


@pytest.mark.parametrize(
    ("error", "failed"),
    [
        (failure("ConditionalCheckFailedException"), (Key("a", "1"),)),
        (failure("TransactionConflictException"), ()),
        (failure("TransactionInProgressException"), ()),
        (failure("TransactionCanceledException", "None", "ConditionalCheckFailed", "None"), (Key("b", "2"),)),
        (
            failure("TransactionCanceledException", "ConditionalCheckFailed", "None", "ConditionalCheckFailed"),
            (Key("a", "1"), Key("c", "3")),
        ),
        (failure("TransactionCanceledException", "None", "TransactionConflict", "None"), ()),
        (failure("TransactionCanceledException", "TransactionConflict", "ConditionalCheckFailed"), (Key("b", "2"),)),
    ],
)
def test_a_condition_that_did_not_hold_names_its_records(error: ClientError, failed: tuple[Key, ...]) -> None:
    found = meaning(error, WRITES)
    assert isinstance(found, ConflictError)
    assert found.failed == failed


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
    assert isinstance(meaning(error, WRITES), TryAgainError)


@pytest.mark.parametrize("code", ["InternalServerError", "InternalError", "ServiceUnavailable"])
def test_a_table_that_is_not_available_is_tried_again(code: str) -> None:
    assert isinstance(meaning(failure(code), WRITES), TryAgainError)


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
    assert meaning(error, WRITES) is error


def test_reads_of_a_throttled_table_are_tried_again(stub: Stub) -> None:
    client, stubber = stub("dynamodb")
    table = DynamoTable(client, "orders")
    reads: list[tuple[str, Callable[[], object]]] = [
        ("get_item", lambda: table.get(Key("p", "s"))),
        ("batch_get_item", lambda: table.many([Key("p", "s")])),
        ("query", lambda: table.page("p", "s", limit=1)),
        ("query", lambda: table.due("2026", limit=1)),
        ("query", lambda: table.of_customer("ann", limit=1)),
        ("query", lambda: table.waiting(1)),
        ("scan", lambda: table.scan(limit=1)),
        ("update_item", lambda: table.settle(Key("p", "s"), "2026", 1)),
    ]
    for operation, read in reads:
        stubber.add_client_error(operation, "ProvisionedThroughputExceededException", http_status_code=400)
        with pytest.raises(TryAgainError):
            read()


def test_records_that_a_batch_left_out_are_asked_for_again(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
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
    found = DynamoTable(client, "orders").many([Key("p", "one"), Key("p", "two")])
    assert [item["sk"] for item in found] == ["one", "two"]
    assert len(slept) == 1


def test_records_that_are_left_out_for_good_are_not_taken_for_missing(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, stubber = stub("dynamodb")
    monkeypatch.setattr(table_module.time, "sleep", lambda _: None)
    left = {"orders": {"Keys": [{"pk": {"S": "p"}, "sk": {"S": "s"}}]}}
    for _ in range(table_module.TRIES):
        stubber.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": left})
    with pytest.raises(TryAgainError, match="1 records were not read"):
        DynamoTable(client, "orders").many([Key("p", "s")])


def test_an_outbox_record_is_an_item_that_the_relays_filter_matches() -> None:
    told = event("shop.orders", "shop.order.cancelled.v1", ORDER_ID, sequence=1, now=START, data={})
    stored = request("t", outbox(told, resend_after=60, now=START))["Put"]["Item"]
    assert stored["kind"] == {"S": "outbox"}
    assert stored["sk"]["S"] == "OUTBOX#shop.orders#000001"


@pytest.mark.parametrize("error", [ReadTimeoutError, EndpointConnectionError, ConnectionClosedError])
def test_a_table_that_does_not_answer_may_answer_soon(error: type[HTTPClientError]) -> None:
    class Silent:
        def __getattr__(self, _: str) -> Callable[..., Any]:
            def call(**_: Any) -> Any:
                raise error(endpoint_url="http://127.0.0.1:1")

            return call

    table = DynamoTable(Silent(), "t")
    key = Key("p", "s")
    put = Put({"pk": "p", "sk": "s"})
    for ask in (
        lambda: table.get(key),
        lambda: table.many([key]),
        lambda: table.commit([put]),
        lambda: table.commit([put, Put({"pk": "p", "sk": "other"})]),
        lambda: table.settle(key, "now", 1),
        lambda: table.scan(limit=1),
    ):
        with pytest.raises(TryAgainError, match="does not answer"):
            ask()
