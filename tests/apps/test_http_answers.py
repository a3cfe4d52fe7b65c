"""What clients get when all is well: pages, caching, replays, probes."""

import hashlib
import json

import pytest
from shop_client import ORDER, Client
from shop_invariants import check_invariants
from shop_world import World

from apps.contracts import OPENAPI
from apps.shop.adapters.memory import run_until_quiet
from apps.shop.application import cache
from apps.shop.application.operate import CATALOG
from apps.shop.domain.products import Product


@pytest.fixture
def client(world: World) -> Client:
    return Client(world)


def test_all_products_are_listed_page_by_page_in_order(client: Client) -> None:
    seen: list[str] = []
    query: dict[str, str] = {"limit": "5"}
    while True:
        page = client.get("/v1/products", **query).body
        seen += [product["sku"] for product in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == sorted(product["sku"] for product in json.loads(CATALOG.read_text()))


def test_a_page_that_ends_with_the_last_product_has_no_cursor(client: Client) -> None:
    assert client.get("/v1/products", limit="12").body["next_cursor"] is None
    assert client.get("/v1/products", limit="11").body["next_cursor"] == "SOCK-01"


def test_availability_is_what_could_be_reserved(client: Client) -> None:
    assert client.get("/v1/products/HOT-01/availability").body["available"] == 10
    client.world.settle({"HOT-01": 4})
    assert client.get("/v1/products/HOT-01/availability").body["available"] == 10, "a moment ago it was"
    client.world.later(cache.FRESH_SECONDS + 1)
    assert client.get("/v1/products/HOT-01/availability").body["available"] == 6


def test_an_answer_that_was_kept_says_its_age_and_the_same_etag(client: Client) -> None:
    first = client.get("/v1/products")
    client.world.later(3)
    second = client.get("/v1/products")
    assert (first.headers["age"], second.headers["age"]) == ("0", "3")
    assert first.headers["etag"] == second.headers["etag"]
    assert "max-age=5" in first.headers["cache-control"]


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}'])
def test_a_caller_that_has_it_is_sent_nothing(client: Client, form: str) -> None:
    etag = client.get("/v1/products/MUG-01").headers["etag"]
    answer = client.get("/v1/products/MUG-01", headers={"if-none-match": form.format(etag)})
    assert (answer.status, answer.text()) == (304, "")
    assert answer.headers["etag"] == etag
    assert client.get("/v1/products/PEN-01", headers={"if-none-match": etag}).status == 200


def test_a_refusal_is_not_kept(client: Client) -> None:
    assert client.get("/v1/products/NEW-01").status == 404
    assert client.world.shop.catalog.add(Product("NEW-01", "New", 100, "EUR"))
    assert client.get("/v1/products/NEW-01").status == 200


def test_what_callers_ask_for_can_not_fill_the_memory(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST", 8)
    for number in range(30):
        client.get("/v1/products", cursor=f"A-{number}")
    assert len(client.world.shop.cache) == 8


def test_two_shops_of_one_process_share_no_answers(client: Client) -> None:
    assert client.get("/v1/products/HOT-01/availability").body["available"] == 10
    other = World()
    other.operate("restock", sku="HOT-01", quantity=5)
    assert Client(other).get("/v1/products/HOT-01/availability").body["available"] == 15


def test_an_accepted_order_says_where_it_is_and_can_be_followed_to_its_end(client: Client) -> None:
    answer = client.order()
    assert answer.body["state"] == "PENDING"
    assert client.get(answer.headers["location"]).body == answer.body
    run_until_quiet(client.world.shop)
    ended = client.get(answer.headers["location"]).body
    assert ended["state"] == "CONFIRMED"
    assert (ended["total_minor"], ended["order_id"]) == (answer.body["total_minor"], answer.body["order_id"])


def test_a_replay_is_the_same_answer_and_says_so(client: Client) -> None:
    client.world.attempts.append(("ann", "key"))
    first = client.order()
    run_until_quiet(client.world.shop)
    again = client.order()
    assert (again.status, again.text(), again.headers["location"]) == (202, first.text(), first.headers["location"])
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    check_invariants(client.world)


def test_the_same_order_written_in_another_way_is_the_same_order(client: Client) -> None:
    first = client.order({**ORDER, "lines": [{"sku": "MUG-01", "quantity": 2}, {"sku": "PEN-01", "quantity": 1}]})
    pieces = [{"sku": "PEN-01", "quantity": 1}, {"sku": "MUG-01", "quantity": 1}, {"sku": "MUG-01", "quantity": 1}]
    again = client.order(json.dumps({"payment_token": "ok", "lines": pieces}, indent=3).encode())
    assert again.headers["idempotency-replayed"] == "true"
    assert again.body == first.body


def test_a_customers_orders_are_listed_newest_first_and_none_is_skipped(client: Client) -> None:
    placed: list[str] = []
    for number in range(7):
        placed.append(client.order(key=f"k{number}").body["order_id"])
        if number % 3 == 0:  # several orders in one millisecond
            client.world.later(1)
    Client(client.world, "bob").order()
    pages: list[list[str]] = []
    query: dict[str, str] = {"limit": "2"}
    while True:
        page = client.get("/v1/orders", **query).body
        pages.append([order["order_id"] for order in page["items"]])
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert [len(page) for page in pages] == [2, 2, 2, 1]
    assert sorted(order_id for page in pages for order_id in page) == sorted(placed)
    moments = [client.world.order(order_id).placed_at for page in pages for order_id in page]
    assert moments == sorted(moments, reverse=True)


def test_orders_are_never_kept_by_caches(client: Client) -> None:
    order_id = client.order().body["order_id"]
    for answer in (
        client.order(),
        client.get("/v1/orders"),
        client.get(f"/v1/orders/{order_id}"),
        client.cancel(order_id),
    ):
        assert answer.headers["cache-control"] == "no-store"


def test_a_cancelled_order_is_cancelled_once(client: Client) -> None:
    order_id = client.order().body["order_id"]
    first = client.cancel(order_id)
    assert (first.body["state"], first.body["reason"]) == ("CANCELLED", "CUSTOMER")
    assert client.cancel(order_id).body == first.body


def test_the_probes_answer_without_a_customer(world: World) -> None:
    nobody = Client(world, None)
    assert nobody.get("/healthz").body == {"status": "ok"}
    assert nobody.get("/readyz").body == {"status": "ready"}
    assert nobody.get("/v1/products").status == 200


def test_meta_names_the_contract_that_is_served(client: Client) -> None:
    meta = client.get("/v1/meta").body
    assert meta["platform"] == "memory"
    assert hashlib.sha256(OPENAPI.read_bytes()).hexdigest().startswith(meta["contract"])


def test_the_payment_token_is_in_no_answer(client: Client) -> None:
    order_id = client.order({**ORDER, "payment_token": "timeout_then_ok"}).body["order_id"]
    run_until_quiet(client.world.shop)
    for answer in (client.get(f"/v1/orders/{order_id}"), client.get("/v1/orders"), client.cancel(order_id)):
        assert "timeout_then_ok" not in answer.text()
