"""A deployed shop is sold to with marked payment tokens, and then everything that it has written is searched for them.

Each order goes another way: paid, declined, slow, without an answer at first, set aside and sent back, sold out,
cancelled, and through a function that fails in the middle.
"""

import gzip
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from plane_fixture import eventually
from shop_access import ShopAccess
from shop_deliveries import role_without
from shop_fixture import copied

pytestmark = pytest.mark.plane
SECONDS = 60.0
MARK = f"mark-{uuid.uuid4().hex}"
WAYS = {"paid": "ok", "declined": "decline", "slow": "slow", "unanswered": "timeout_then_ok", "set aside": "flaky"}
ENDS = {"declined": "CANCELLED", "sold out": "CANCELLED", "cancelled": "CANCELLED"}


@dataclass
class Search:
    """The shop after its sales, and what it has written, by where."""

    access: ShopAccess
    orders: dict[str, str] = field(default_factory=dict)
    written: dict[str, list[str]] = field(default_factory=dict)

    def found(self, where: str) -> list[str]:
        """What has a token; it must have been searched in something."""
        assert self.written[where], f"nothing was written to {where}"
        return [text for text in self.written[where] if MARK in text]


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Search]:
    with copied(tmp_path_factory.mktemp("tokens")) as shop:
        shop.json("up", "--engine", "embedded")
        search = Search(ShopAccess(shop))
        tap = tap_bus(search.access)
        hasten(search.access)
        sell(search)
        read(search, tap)
        yield search


def tap_bus(access: ShopAccess) -> str:
    """The URL of a queue that everything on the bus comes to, as it comes to the archive."""
    queues, events, name = access.shop.client("sqs"), access.shop.client("events"), f"tap-{uuid.uuid4().hex[:8]}"
    url = str(queues.create_queue(QueueName=name)["QueueUrl"])
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**allowed, "Resource": arn}]})
    queues.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    bus = access.outputs["busName"]
    events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps({"source": [{"prefix": "shop."}]}))
    events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "tap", "Arn": arn}])
    return url


def hasten(access: ShopAccess) -> None:
    """Let payment's messages come again at once, and end as dead letters after two deliveries."""
    queues, url = access.shop.client("sqs"), access.outputs["queueUrls"]["payment"]
    policy = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]["RedrivePolicy"]
    fewer = json.dumps({**json.loads(policy), "maxReceiveCount": "2"})
    queues.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1", "RedrivePolicy": fewer})


def sell(search: Search) -> None:
    access = search.access
    for way, token in WAYS.items():
        search.orders[way] = order(search, token)
    search.orders["sold out"] = order(search, "ok", sku="OUT-OF-STOCK")
    search.orders["cancelled"] = order(search, "ok")
    access.ask("POST", f"/v1/orders/{search.orders['cancelled']}/cancel")
    refused = access.ask("POST", "/v1/orders", json=body(f"unknown:{MARK}"), headers={"Idempotency-Key": "unknown"})
    assert refused.status_code == 422
    search.written["answers"] = [refused.text]
    poison = json.dumps({"detail": {"type": "shop.order.placed.v2", "data": {}}})
    access.shop.client("sqs").send_message(QueueUrl=access.outputs["queueUrls"]["payment"], MessageBody=poison)
    set_aside = search.orders["set aside"]
    assert access.until(lambda: set_aside in [letter["order_id"] for letter in dead_letters(search)], SECONDS)
    search.written["dead letters"] = peek_dead_letters(access)
    with role_without(access, "payment-role", "dynamodb:PutItem"):
        search.orders["failed in the middle"] = order(search, "ok")
        failed = search.orders["failed in the middle"]
        assert access.until(lambda: failed in [letter["order_id"] for letter in dead_letters(search)], SECONDS)
    search.written["dead letters"] += peek_dead_letters(access)
    for _ in range(10):
        access.shop.invoke("ops", {"action": "redrive", "queue": "payment"})
        if access.until(lambda: all(has_ended(search, way) for way in search.orders), 6):
            break


def order(search: Search, behaviour: str, sku: str = "PEN-01") -> str:
    token = f"{behaviour}:{MARK}"
    key = {"Idempotency-Key": uuid.uuid4().hex}
    answer = search.access.ask("POST", "/v1/orders", json=body(token, sku), headers=key)
    assert answer.status_code == 202, answer.text
    search.written.setdefault("answers", []).append(answer.text)
    return str(answer.json()["order_id"])


def body(token: str, sku: str = "PEN-01") -> Mapping[str, Any]:
    return {"lines": [{"sku": sku, "quantity": 1}], "payment_token": token}


def dead_letters(search: Search) -> list[Mapping[str, Any]]:
    answer, _ = search.access.shop.invoke("ops", {"action": "redrive", "queue": "payment", "dry_run": True})
    search.written.setdefault("answers to operators", []).append(json.dumps(answer))
    return answer["letters"]


def peek_dead_letters(access: ShopAccess) -> list[str]:
    """The bodies of payment's dead letters, which stay where they are."""
    url = access.outputs["deadLetterQueues"]["payment"]
    found = access.shop.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [message["Body"] for message in found.get("Messages", [])]


def has_ended(search: Search, way: str) -> bool:
    wanted = ENDS.get(way, "CONFIRMED")
    return search.access.read("orders", search.orders[way], "ORDER").get("state") == wanted


def read(search: Search, tap: str) -> None:
    """Everything that was written, as texts."""
    access, written = search.access, search.written
    client, outputs = access.shop.client, access.outputs
    queues = client("sqs")
    written["events"] = []
    while messages := queues.receive_message(QueueUrl=tap, MaxNumberOfMessages=10).get("Messages", []):
        written["events"] += [message["Body"] for message in messages]
    for store in ("orders", "inventory", "payment"):
        page, _ = access.shop.invoke("ops", {"action": "records", "store": store})
        assert page["cursor"] is None
        written[f"records of {store}"] = [json.dumps(record) for record in page["items"]]
    for table, name in outputs["tableNames"].items():
        pages = client("dynamodb").get_paginator("scan").paginate(TableName=name)
        written[f"table of {table}"] = [json.dumps(item) for page in pages for item in page["Items"]]
    for name, group in outputs["logGroups"].items():
        lines = client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
        written[f"log of {name}"] = [line["message"] for page in lines for line in page["events"]]
    confirmed = search.orders["paid"]
    store = client("s3")

    def objects() -> list[str]:
        bucket = outputs["lake"]["bucketName"]
        pages = store.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
        return [gzip.decompress(store.get_object(Bucket=bucket, Key=key)["Body"].read()).decode() for key in keys]

    def confirmed_is_there() -> bool:
        written["lake"] = objects()
        return any(confirmed in text and "confirmed" in text for text in written["lake"])

    eventually(confirmed_is_there, "the lake's last order", seconds=30)
    answers = [access.ask("GET", f"/v1/orders/{order_id}").text for order_id in search.orders.values()]
    written["answers"] += [access.ask("GET", "/v1/orders").text, *answers]


def test_every_order_came_to_the_end_of_its_way(search: Search) -> None:
    assert [way for way in search.orders if not has_ended(search, way)] == []


def test_no_event_has_a_token(search: Search) -> None:
    assert search.found("events") == []
    types = {json.loads(text)["detail-type"] for text in search.written["events"]}
    assert "shop.order.placed.v2" in types
    assert "shop.order.placed.v1" not in types


def test_no_object_of_the_lake_has_a_token(search: Search) -> None:
    assert search.found("lake") == []
    assert any("shop.order.placed.v2" in text for text in search.written["lake"]), "what is placed comes there too"


def test_no_log_has_a_token(search: Search) -> None:
    logs = [where for where in search.written if where.startswith("log of ") and search.written[where]]
    assert {"log of checkout", "log of payment", "log of ops", "log of relay"} <= set(logs)
    assert [text for where in logs for text in search.found(where)] == []
    assert any("record failed" in text for text in search.written["log of payment"]), "a function failed in the middle"


def test_no_dead_letter_has_a_token(search: Search) -> None:
    assert search.found("dead letters") == []
    assert search.found("answers to operators") == []


def test_no_answer_to_customers_has_a_token(search: Search) -> None:
    assert search.found("answers") == []


@pytest.mark.parametrize("store", ["orders", "inventory", "payment"])
def test_no_record_for_operators_has_a_token(search: Search, store: str) -> None:
    assert search.found(f"records of {store}") == []


def test_in_the_tables_a_token_is_beside_its_order_alone_and_will_be_deleted(search: Search) -> None:
    assert [search.found(f"table of {table}") for table in ("inventory", "payments", "catalog")] == [[], [], []]
    tokens = [json.loads(text) for text in search.found("table of orders")]
    assert sorted(item["pk"]["S"].removeprefix("ORDER#") for item in tokens) == sorted(search.orders.values())
    assert {(item["kind"]["S"], item["sk"]["S"]) for item in tokens} == {("token", "TOKEN")}
    assert all(int(item["ttl"]["N"]) > 0 for item in tokens)
