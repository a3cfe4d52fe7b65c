"""Bad input over HTTP: each gets one clear problem with its documented code, and changes nothing."""

from typing import Any

import pytest
from bad_requests import (
    BAD_CUSTOMERS,
    BAD_KEYS,
    BAD_LIMITS,
    BAD_ORDER_CURSORS,
    BAD_ORDER_IDS,
    BAD_PRODUCT_CURSORS,
    MALFORMED,
    UNREADABLE,
    line,
)
from jsonschema import Draft202012Validator
from shop_client import ORDER, ROUTES, Client, code
from shop_contract import API, registry
from shop_world import World

from apps.shop.application import apply_once
from apps.shop.domain.errors import TryAgainError
from apps.shop.domain.ids import new_id
from apps.shop.entrypoints.http import MAX_BODY_BYTES, ApiRequest, route
from apps.shop.ports import ConflictError

REQUEST = Draft202012Validator({"$ref": f"{API}#/components/schemas/OrderRequest"}, registry=registry())


@pytest.fixture
def client(world: World) -> Client:
    return Client(world)


def nothing_was_stored(client: Client) -> bool:
    return client.world.records("orders") == []


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_order_is_refused_with_the_field(client: Client, what: str) -> None:
    body, field = MALFORMED[what]
    answer = client.order(body)
    assert code(answer) == (422, "bad_order")
    assert field in [error["field"] for error in answer.body["errors"]]
    assert nothing_was_stored(client)
    assert not REQUEST.is_valid(body), "the OpenAPI document would let it pass"


def test_a_line_feed_after_a_sku_is_no_end_of_it(client: Client) -> None:
    # Not in the table: Python's `$`, unlike that of JSON Schema's dialect, also matches before a last line feed.
    assert code(client.order(line(sku="MUG-01\n"))) == (422, "bad_order")


@pytest.mark.parametrize("body", [ORDER, line(quantity=20), line(sku="A" * 32)])
def test_the_document_and_the_shop_agree_on_what_is_well_formed(client: Client, body: Any) -> None:
    assert REQUEST.is_valid(body)
    answer = client.order(body)
    assert answer.status == 202 or code(answer) == (422, "unknown_sku")


def test_all_bad_fields_are_named_at_once(client: Client) -> None:
    answer = client.order({"lines": [{"sku": "x", "quantity": 0}, {"sku": "MUG-01"}], "payment_token": 1, "tip": 2})
    named = {error["field"] for error in answer.body["errors"]}
    assert named == {"lines.0.sku", "lines.0.quantity", "lines.1.quantity", "payment_token", "tip"}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_is_no_json_is_reported_so(client: Client, what: str) -> None:
    assert code(client.order(UNREADABLE[what])) == (400, "not_json")
    assert nothing_was_stored(client)


def test_lines_of_one_product_count_together(client: Client) -> None:
    twice = {**ORDER, "lines": [{"sku": "MUG-01", "quantity": 12}, {"sku": "MUG-01", "quantity": 9}]}
    answer = client.order(twice)
    assert code(answer) == (422, "bad_order")
    assert "MUG-01" in answer.body["detail"]
    assert nothing_was_stored(client)
    twice["lines"][1]["quantity"] = 8  # type: ignore[index]
    assert [(part["sku"], part["qty"]) for part in client.order(twice).body["lines"]] == [("MUG-01", 20)]


def test_an_unknown_product_is_named(client: Client) -> None:
    answer = client.order(line(sku="NOPE"))
    assert code(answer) == (422, "unknown_sku")
    assert "NOPE" in answer.body["detail"]


@pytest.mark.parametrize("token", ["OK", "tok_visa", "ok "])
def test_an_unknown_payment_token_is_refused_without_repeating_it(client: Client, token: str) -> None:
    answer = client.order({**ORDER, "payment_token": token})
    assert code(answer) == (422, "unknown_payment_token")
    assert f"'{token}'" not in answer.text()
    assert nothing_was_stored(client)


@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, 10_000_000])
def test_a_body_above_the_limit_is_refused_before_it_is_read(client: Client, size: int) -> None:
    answer = client.order(b"[" * size)
    assert code(answer) == (413, "body_too_large")
    assert str(MAX_BODY_BYTES) in answer.body["detail"]
    assert code(client.send("POST", f"/v1/orders/{new_id()}/cancel", body=b"x" * size)) == (413, "body_too_large")


def test_a_body_at_the_limit_is_read(client: Client) -> None:
    assert code(client.order(b"[".ljust(MAX_BODY_BYTES))) == (400, "not_json")


@pytest.mark.parametrize("what", BAD_KEYS)
def test_without_a_usable_idempotency_key_nothing_is_ordered(client: Client, what: str) -> None:
    assert code(client.order(key=BAD_KEYS[what])) == (400, "idempotency_key_required")
    assert nothing_was_stored(client)


@pytest.mark.parametrize("name", BAD_CUSTOMERS)
def test_a_name_that_can_be_no_customer_is_nobody(world: World, name: str) -> None:
    assert code(Client(world, name).order()) == (401, "not_authenticated")
    assert code(Client(world, name).get("/v1/orders")) == (401, "not_authenticated")


def test_nobody_sees_and_cancels_nothing(world: World) -> None:
    order_id = Client(world).order().body["order_id"]
    nobody = Client(world, None)
    refused = (nobody.get("/v1/orders"), nobody.get(f"/v1/orders/{order_id}"), nobody.cancel(order_id), nobody.order())
    assert [code(answer) for answer in refused] == [(401, "not_authenticated")] * 4
    assert world.order(order_id).state == "PENDING"


def test_with_tokens_the_header_is_worth_nothing() -> None:
    world = World(auth_mode="jwt")
    answer = Client(world, "ann").order()
    assert code(answer) == (401, "not_authenticated")
    assert answer.headers["www-authenticate"] == "Bearer"
    order_id = Client(world, "bob", subject="auth0|ann").order().body["order_id"]
    assert world.order(order_id).customer_id == "auth0|ann"


def test_somebody_elses_order_is_not_found_like_one_that_does_not_exist(client: Client) -> None:
    order_id, none = client.order().body["order_id"], new_id()
    stranger = Client(client.world, "bob")
    theirs, missing = stranger.get(f"/v1/orders/{order_id}"), stranger.get(f"/v1/orders/{none}")
    assert code(theirs) == code(missing) == (404, "order_not_found")
    assert theirs.text().replace(order_id, "") == missing.text().replace(none, "")
    assert code(stranger.cancel(order_id)) == (404, "order_not_found")
    assert stranger.get("/v1/orders").body["items"] == []
    assert client.get(f"/v1/orders/{order_id}").body["state"] == "PENDING"


@pytest.mark.parametrize("order_id", BAD_ORDER_IDS)
def test_what_can_be_no_order_is_not_found(client: Client, order_id: str) -> None:
    for answer in (client.get(f"/v1/orders/{order_id}"), client.cancel(order_id)):
        assert code(answer) == (404, "order_not_found")
        assert len(answer.body["detail"]) < 100


@pytest.mark.parametrize("sku", ["NOPE", "mug-01", "A" * 33, "x" * 5000, "MUG 01", "ä", "MUG-01\n"])
def test_what_can_be_no_product_is_not_found(client: Client, sku: str) -> None:
    for path in (f"/v1/products/{sku}", f"/v1/products/{sku}/availability"):
        answer = client.get(path)
        assert code(answer) == (404, "product_not_found")
        assert len(answer.body["detail"]) < 100


@pytest.mark.parametrize("path", ["/v1/products", "/v1/orders"])
@pytest.mark.parametrize("limit", BAD_LIMITS)
def test_a_bad_limit_is_refused(client: Client, path: str, limit: str) -> None:
    answer = client.get(path, limit=limit)
    assert code(answer) == (400, "bad_limit")
    assert "1 to 100" in answer.body["detail"]


@pytest.mark.parametrize(
    ("path", "cursor"),
    [("/v1/products", c) for c in BAD_PRODUCT_CURSORS] + [("/v1/orders", c) for c in BAD_ORDER_CURSORS],
)
def test_a_cursor_that_no_page_gave_is_refused(client: Client, path: str, cursor: str) -> None:
    assert code(client.get(path, cursor=cursor)) == (400, "bad_cursor")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/orders", "GET, POST"),
        ("PUT", "/v1/orders/1", "GET"),
        ("GET", "/v1/orders/1/cancel", "POST"),
        ("POST", "/v1/products", "GET"),
        ("PATCH", "/healthz", "GET"),
    ],
)
def test_a_method_that_a_path_does_not_take_is_refused_with_those_it_takes(
    client: Client, method: str, path: str, allowed: str
) -> None:
    answer = client.send(method, path)
    assert code(answer) == (405, "method_not_allowed")
    assert answer.headers["allow"] == allowed


def test_methods_are_case_sensitive(client: Client) -> None:
    # https://www.rfc-editor.org/rfc/rfc9110#section-9.1
    assert code(route(client.world.shop, ROUTES, ApiRequest("get", "/healthz"))) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "path",
    ["/", "", "/v1", "/v1/", "/v1/orders/", "/v2/orders", "/v1/orders/1/2", "/v1/products//availability", "/%00"],
)
def test_a_path_that_does_not_exist_is_reported_so(client: Client, path: str) -> None:
    assert code(client.get(path)) == (404, "no_such_path")


def test_a_long_path_is_not_sent_back_whole(client: Client) -> None:
    assert len(client.get("/" + "x" * 100_000).text()) < 1_000


def test_a_busy_store_is_no_fault_and_says_when_to_come_back(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def throttled(*_: object, **__: object) -> None:
        msg = "table orders-7 is throttled"
        raise TryAgainError(msg)

    for store, names in (
        (client.world.shop.orders, ("find", "find_acceptance", "accept", "history", "save")),
        (client.world.shop.catalog, ("page", "product", "products")),
    ):
        for name in names:
            monkeypatch.setattr(store, name, throttled)
    order_id = new_id()
    answers = [
        client.order(),
        client.get("/v1/orders"),
        client.get(f"/v1/orders/{order_id}"),
        client.cancel(order_id),
        client.get("/v1/products"),
        client.get("/v1/products/MUG-01"),
    ]
    assert {code(answer) for answer in answers} == {(503, "busy")}
    assert {answer.headers["retry-after"] for answer in answers} == {"1"}
    assert not [answer for answer in answers if "orders-7" in answer.text()], "names of tables are nobody's business"


def test_a_store_that_does_not_answer_is_not_ready_and_yet_alive(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        msg = "connection refused by 10.0.0.7"
        raise OSError(msg)

    monkeypatch.setattr(client.world.shop.catalog, "product", gone)
    answer = client.get("/readyz")
    assert code(answer) == (503, "not_ready")
    assert "10.0.0.7" not in answer.text()
    assert client.get("/healthz").status == 200


def test_a_full_shop_says_when_to_come_back() -> None:
    client = Client(World(max_pending_orders=1))
    assert client.order(key="one").status == 202
    answer = client.order(key="two")
    assert code(answer) == (503, "shop_full")
    assert answer.headers["retry-after"] == "2"


def test_a_key_in_flight_says_when_to_come_back(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def collide(*_: object) -> None:
        raise ConflictError

    monkeypatch.setattr(apply_once.time, "sleep", lambda _: None)
    monkeypatch.setattr(client.world.shop.orders, "accept", collide)
    answer = client.order()
    assert code(answer) == (409, "order_in_flight")
    assert answer.headers["retry-after"] == "1"


def test_a_confirmed_order_is_not_cancelled(client: Client) -> None:
    order = client.world.settle()
    assert code(client.cancel(order.order_id)) == (409, "order_confirmed")
