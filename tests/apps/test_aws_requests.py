"""What an order costs: every request that its way to its end makes of DynamoDB, and every item that it writes."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from store_adapters import DynamoStores

from apps.shop.adapters.memory import memory_shop, run_until_quiet
from apps.shop.application.operate import seed
from apps.shop.application.place_order import place_order
from apps.shop.application.shop import Shop

pytestmark = pytest.mark.plane


@pytest.fixture
def stores(endpoint: str) -> DynamoStores:
    return DynamoStores(endpoint)


@pytest.fixture
def shop(stores: DynamoStores) -> Shop:
    """A shop whose stores are DynamoDB's, and whose events go through this process."""
    shop = replace(
        memory_shop(clock=stores.clock),
        catalog=stores.catalog,
        orders=stores.orders,
        stock=stores.stock,
        payments=stores.payments,
        tokens=stores.tokens,
    )
    seed(shop)
    return shop


def count_requests(stores: DynamoStores) -> tuple[Counter[str], Counter[str]]:
    """Requests by operation and written items by operation, from now on."""
    requests, written = Counter[str](), Counter[str]()

    def count(params: dict[str, Any], model: Any, **_: Any) -> None:
        requests[model.name] += 1
        written[model.name] += len(params.get("TransactItems", [1]))

    stores.client.meta.events.register("provide-client-params.dynamodb", count)
    return requests, written


def test_what_a_confirmed_order_of_one_line_asks_of_the_tables(shop: Shop, stores: DynamoStores) -> None:
    requests, written = count_requests(stores)
    placed = place_order(shop, "ann", "key", {"MUG-01": 1}, "ok").order
    assert requests == {"GetItem": 1, "BatchGetItem": 1, "TransactWriteItems": 1}
    assert written["TransactWriteItems"] == 4, "order, key, event, token"
    run_until_quiet(shop)
    found = shop.orders.find(placed.order_id)
    assert found is not None
    assert found.state.state == "CONFIRMED"
    del requests["Query"]  # here outboxes are looked through; streams bring their events otherwise
    requests["GetItem"] -= 1  # the look at the order
    assert requests == {"GetItem": 14, "BatchGetItem": 2, "PutItem": 1, "TransactWriteItems": 7, "UpdateItem": 5}
    assert written["TransactWriteItems"] == 4 + 4 + 2 + 2 + 3 + 3 + 4


def test_what_admission_asks_is_asked_for_all_orders_of_a_second(
    shop: Shop, stores: DynamoStores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.shop.adapters.aws.stores.COUNT_SECONDS", 600)  # a second, on a machine with other work
    limited = replace(shop, settings=replace(shop.settings, max_pending_orders=100))
    place_order(limited, "ann", "first", {"MUG-01": 1}, "ok")
    requests, _ = count_requests(stores)
    place_order(limited, "ann", "second", {"MUG-01": 1}, "ok")
    assert requests["Query"] == 0
