"""Functions behind the API: what API Gateway sends, and what it gets back."""

import base64
import json
from collections.abc import Callable

import pytest
from lambda_events import PACKAGE, Functions, check_response, drive, http
from shop_client import ORDER
from shop_invariants import check_invariants
from shop_world import World


def test_an_order_goes_from_the_api_through_streams_and_queues_to_its_end(functions: Functions) -> None:
    functions.world.attempts.append(("ann", "key"))
    placed = check_response("POST", "/v1/orders", functions.checkout(http("POST", "/v1/orders", ORDER), None))
    assert placed.status == 202
    drive(functions)
    path = placed.headers["location"]
    shown = check_response("GET", path, functions.checkout(http("GET", path), None))
    assert shown.body["state"] == "CONFIRMED"
    listed = check_response("GET", "/v1/products", functions.catalog(http("GET", "/v1/products"), None))
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
    response = check_response("POST", "/v1/orders", answer)
    assert (response.status, response.body["code"]) == (400, "not_json")


def test_an_event_with_nothing_in_it_is_a_path_that_does_not_exist(functions: Functions) -> None:
    response = check_response("GET", "/", functions.catalog({}, None))
    assert response.body["code"] == "no_such_path"


def test_paths_and_queries_arrive_decoded(functions: Functions) -> None:
    shown = functions.catalog(http("GET", "/v1/products/MUG%2D01"), None)
    assert json.loads(shown["body"])["sku"] == "MUG-01"
    page = functions.catalog(http("GET", "/v1/products", queryStringParameters={"limit": "2"}), None)
    assert len(json.loads(page["body"])["items"]) == 2


def test_the_customer_is_the_tokens_subject(cold_start: Callable[[World], Functions]) -> None:
    functions = cold_start(World(auth_mode="jwt"))
    claims = {"authorizer": {"jwt": {"claims": {"sub": "ann-sub"}, "scopes": None}}}
    answer = functions.checkout(http("POST", "/v1/orders", ORDER, context=claims), None)
    order_id = json.loads(answer["body"])["order_id"]
    assert functions.world.order(order_id).customer_id == "ann-sub"
    for nobody in ({}, {"authorizer": None}, {"authorizer": {"jwt": None}}):
        refused = functions.checkout(http("POST", "/v1/orders", ORDER, context=nobody), None)
        assert check_response("POST", "/v1/orders", refused).body["code"] == "not_authenticated"


def test_a_fault_is_logged_and_answered_without_its_details(
    functions: Functions, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        msg = "the disk of db-3 is on fire"
        raise OSError(msg)

    monkeypatch.setattr(type(functions.world.orders), "find_acceptance", broken)
    response = check_response("POST", "/v1/orders", functions.checkout(http("POST", "/v1/orders", ORDER), None))
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
    monkeypatch.setattr(f"{PACKAGE}.api._accepted_values", lambda _: ("current", "previous"))
    answer = handler(http("POST", "/v1/orders", ORDER, headers={"x-origin-verify": sent}), None)
    assert check_response("POST", "/v1/orders", answer).status == status


def test_a_secret_that_can_not_be_read_lets_nobody_in(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_: str) -> None:
        msg = "AccessDeniedException"
        raise PermissionError(msg)

    monkeypatch.setenv("ORIGIN_VERIFY_SECRET_ARN", "arn")
    handler = functions.checkout
    monkeypatch.setattr(f"{PACKAGE}.api._accepted_values", denied)
    assert check_response("POST", "/v1/orders", handler(http("POST", "/v1/orders", ORDER), None)).status == 500
    assert functions.world.records("orders") == []
