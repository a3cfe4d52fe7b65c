"""What a deployed shop does, each thing by itself: one function of the stack or one path through it.

A behaviour answers with what went wrong, or nothing. Most call one function with the event that it would get, so that a
refusal shows at once and in that function.
"""

import base64
import itertools
import json
import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from shop_fixture import Shop

from apps.shop.adapters.aws.table import DynamoTable
from apps.shop.application.records import changed, order_pk, outbox, shard
from apps.shop.domain.clock import text
from apps.shop.domain.events import event
from apps.shop.domain.ids import new_id
from apps.shop.ports import Item, Key, Put

SKUS = ("MUG-01", "TEE-01", "BAG-01", "PEN-01")
LINES = [{"sku": "PEN-01", "qty": 1, "unit_price_minor": 349}]
SOURCES = {"orders": "shop.orders", "inventory": "shop.inventory", "payments": "shop.payment"}
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SALE_SECONDS = 20.0
COUNTED_SECONDS = 1.1
RATE_SECONDS = 5.0
LOOK_SECONDS = 0.03
# An order takes a fifth of this to its end.
GRACE_SECONDS = 0.8


@dataclass
class Ground:
    """A deployed shop, and its tables as somebody with all rights sees them."""

    shop: Shop
    outputs: Mapping[str, Any] = field(init=False)
    given_up: Callable[[], bool] = field(default=lambda: False)
    """Whether waiting on has become pointless."""
    turn: "itertools.count[int]" = field(default_factory=itertools.count)
    """Answers are cached by what was asked; so it is something else each time."""

    def __post_init__(self) -> None:
        self.outputs = self.shop.outputs
        client = self.shop.client("dynamodb")
        self.tables = {name: DynamoTable(client, table) for name, table in self.outputs["tableNames"].items()}

    def ask(self, method: str, path: str, **request: Any) -> Any:
        return self.shop.http.request(method, self.outputs["apiUrl"] + path, **request)

    def ordered(self) -> Any:
        """The answer to an order; a customer who is turned away for the rate alone comes again."""
        body = {"lines": [{"sku": "PEN-01", "quantity": 1}], "payment_token": "ok"}
        key, deadline = str(uuid.uuid4()), time.monotonic() + RATE_SECONDS
        while True:
            answer = self.ask("POST", "/v1/orders", json=body, headers={"Idempotency-Key": key})
            if answer.status_code != 429 or time.monotonic() > deadline:
                return answer
            time.sleep(0.2)  # between two requests of a customer who is too fast

    def read(self, table: str, order_id: str, kind: str) -> Item:
        return self.tables[table].get(Key(order_pk(order_id), kind)) or {}

    def until(self, done: Callable[[], bool], seconds: float = SALE_SECONDS) -> bool:
        """Whether a condition came true; once there is no hope it must be soon."""
        deadline, hope, asked = time.monotonic() + seconds, True, 0.0
        while not done():
            now = time.monotonic()
            if now > deadline:
                return False
            if hope and now - asked > 5 * LOOK_SECONDS:
                hope, asked = not self.given_up(), now
                deadline = deadline if hope else now + GRACE_SECONDS
            time.sleep(LOOK_SECONDS)  # between two looks
        return True


Behaviour = Callable[[Ground], str]


def _http(method: str, path: Callable[[Ground], str], status: int = 200) -> Behaviour:
    def behaviour(ground: Ground) -> str:
        answer = ground.ask(method, path(ground))
        return "" if answer.status_code == status else f"{method} answers {answer.status_code}"

    return behaviour


def place(ground: Ground) -> str:
    """An order is taken."""
    answer = ground.ordered()
    return "" if answer.status_code == 202 else f"POST /v1/orders answers {answer.status_code}"


def counted(ground: Ground) -> str:
    """Orders that wait are counted before one is taken; the count is a second old at most."""
    failure = place(ground)
    time.sleep(COUNTED_SECONDS)  # what was counted is not asked for again before
    return failure or place(ground)


def cancel(ground: Ground) -> str:
    """A customer cancels."""
    order_id = pending(ground)
    answer = ground.ask("POST", f"/v1/orders/{order_id}/cancel")
    return "" if answer.status_code == 200 else f"cancelling answers {answer.status_code}"


def sale(ground: Ground) -> str:
    """An order goes through streams, bus and queues to its end."""
    answer = ground.ordered()
    if answer.status_code != 202:
        return f"POST /v1/orders answers {answer.status_code}"
    order_id = answer.json()["order_id"]
    confirmed = ground.until(lambda: ground.read("orders", order_id, "ORDER").get("state") == "CONFIRMED")
    return "" if confirmed else "the order is not confirmed"


def _applied(function: str, *facts: tuple[str, str, Mapping[str, Any]]) -> Behaviour:
    """A worker applies facts about an order, in turn."""

    def behaviour(ground: Ground) -> str:
        order_id = pending(ground) if function == "orders" else new_id()
        for number, (source, type_, data) in enumerate(facts, 1):
            fact = event(source, type_, order_id, sequence=number, now=datetime.now(UTC), data=data)
            records = [{"messageId": "1", "body": json.dumps({"detail": fact.envelope()})}]
            answer, failed = ground.shop.invoke(function, {"Records": records})
            if failed or answer["batchItemFailures"]:
                return f"{type_} is not applied"
        return ""

    return behaviour


MONEY = {"total_minor": 848, "currency": "EUR", "payment_token": "ok"}
PLACED = ("shop.orders", "shop.order.placed.v1", {"lines": LINES, **MONEY})
RESERVED = ("shop.inventory", "shop.stock.reserved.v1", {})


def _relayed(table: str) -> Behaviour:
    """An event in a table's outbox is published and marked."""

    def behaviour(ground: Ground) -> str:
        item = overdue_event(ground, table)
        image = _image(ground, table, item)
        records = [{"dynamodb": {"NewImage": image, "SequenceNumber": "1"}}]
        answer, failed = ground.shop.invoke("relay", {"Records": records})
        if failed or answer["batchItemFailures"]:
            return "the event is not relayed"
        return "" if published(ground, table, item) else "the event is not marked as published"

    return behaviour


def _swept(function: str, request: Mapping[str, Any]) -> Behaviour:
    """Everything that is overdue is put right."""

    def behaviour(ground: Ground) -> str:
        events = {table: overdue_event(ground, table) for table in SOURCES}
        order_id, held = pending(ground, overdue=True), overdue_reservation(ground)
        answer, failed = ground.shop.invoke(function, request)
        if failed or answer.get("unpublished"):
            return f"the sweep fails: {answer}"[:120]
        if not all(published(ground, table, item) for table, item in events.items()):
            return "an event stays unpublished"
        if ground.read("orders", order_id, "ORDER").get("state") != "CANCELLED":
            return "an overdue order stays open"
        settled = ground.read("inventory", held, "RESERVATION").get("state") == "RELEASED"
        return "" if settled else "stock stays reserved"

    return behaviour


def _operated(action: str, **arguments: Any) -> Behaviour:
    def behaviour(ground: Ground) -> str:
        answer, failed = ground.shop.invoke("ops", {"action": action, **arguments})
        return f"{action} fails" if failed or "problem" in answer else ""

    return behaviour


def seed(ground: Ground) -> str:
    """A product that is missing is put in place again."""
    for table, key in (("catalog", ("CATALOG", "SKU#CAP-01")), ("inventory", ("SKU#CAP-01", "STOCK"))):
        name = ground.outputs["tableNames"][table]
        key_attributes = {"pk": {"S": key[0]}, "sk": {"S": key[1]}}
        ground.shop.client("dynamodb").delete_item(TableName=name, Key=key_attributes)
    return _operated("seed")(ground)


def _redriven(queue: str) -> Behaviour:
    """Dead letters are shown and sent back."""

    def behaviour(ground: Ground) -> str:
        dead = ground.outputs["deadLetterQueues"][queue]
        fact = event("shop.orders", "shop.order.placed.v1", new_id(), sequence=1, now=datetime.now(UTC), data=PLACED[2])
        letter = json.dumps({"detail": fact.envelope()})
        sqs = ground.shop.client("sqs")
        sqs.send_message(QueueUrl=dead, MessageBody=letter)
        failed = _operated("redrive", queue=queue, dry_run=True)(ground) or _operated("redrive", queue=queue)(ground)
        sqs.purge_queue(QueueUrl=dead)
        return failed

    return behaviour


def _logged(function: str, request: Mapping[str, Any]) -> Behaviour:
    """A function's first lines in an environment of its own are in its log group."""

    def behaviour(ground: Ground) -> str:
        name, api = ground.outputs["functionNames"][function], ground.shop.client("lambda")
        api.update_function_configuration(FunctionName=name, Description=str(next(ground.turn)))
        began = int(time.time() * 1000)
        answer = api.invoke(FunctionName=name, Payload=json.dumps(request), LogType="Tail")
        request_id = UUID.findall(base64.b64decode(answer["LogResult"]).decode())[-1]
        logs, group = ground.shop.client("logs"), ground.outputs["logGroups"][function]

        def there() -> bool:
            found = logs.filter_log_events(logGroupName=group, startTime=began)["events"]
            return any(request_id in line["message"] for line in found)

        return "" if ground.until(there) else "its lines are not in the log group"

    return behaviour


# What each function takes and does nothing about.
HARMLESS: Mapping[str, Mapping[str, Any]] = {
    **{
        name: {"rawPath": "/no-such", "requestContext": {"http": {"method": "GET"}}} for name in ("catalog", "checkout")
    },
    **{name: {"Records": []} for name in ("orders", "inventory", "payment", "relay")},
    "sweeper": {},
    "ops": {"action": "no-such"},
}
BEHAVIOURS: Mapping[str, Behaviour] = {
    "the catalogue lists": _http("GET", lambda g: f"/v1/products?limit={next(g.turn) % 100 + 1}"),
    "the catalogue is ready": _http("GET", lambda _: "/readyz"),
    "a shelf is counted": _http("GET", lambda g: f"/v1/products/{SKUS[next(g.turn) % len(SKUS)]}/availability"),
    "an order is taken": place,
    "orders that wait are counted": counted,
    "an order is shown": _http("GET", lambda g: f"/v1/orders/{pending(g)}"),
    "orders are listed": _http("GET", lambda _: "/v1/orders"),
    "an order is cancelled": cancel,
    "an order learns of its stock": _applied("orders", RESERVED),
    "stock is reserved": _applied("inventory", PLACED),
    "a payment is taken": _applied("payment", PLACED, RESERVED),
    **{f"the relay publishes of {table}": _relayed(table) for table in SOURCES},
    "the sweeper heals": _swept("sweeper", {}),
    "an operator sweeps": _swept("ops", {"action": "sweep"}),
    "an operator seeds": seed,
    "an operator restocks": _operated("restock", sku="PEN-01", quantity=100),
    **{f"an operator reads the ledger of {table}": _operated("ledger", table=table) for table in SOURCES},
    **{f"an operator redrives {queue}": _redriven(queue) for queue in ("orders", "inventory", "payment")},
    "an order is confirmed": sale,
    **{f"{function} logs": _logged(function, event) for function, event in HARMLESS.items()},
}


def pending(ground: Ground, *, overdue: bool = False) -> str:
    """The id of a new open order that no consumer knows of."""
    order_id, now = new_id(), datetime.now(UTC)
    order = {
        "pk": order_pk(order_id),
        "sk": "ORDER",
        "kind": "order",
        "order_id": order_id,
        "customer_id": "customer",
        "state": "PENDING",
        "currency": "EUR",
        "lines": LINES,
        "shipping_minor": 499,
        "total_minor": 848,
        "placed_at": text(now),
        "updated_at": text(now),
        "sequence": 1,
        "due_shard": shard(order_id),
        "due_at": text(now - timedelta(hours=1) if overdue else now + timedelta(hours=1)),
    }
    ground.tables["orders"].commit([Put(order)])
    return order_id


def overdue_event(ground: Ground, table: str) -> Item:
    """An event that no relay has published; an update made it one, which the streams' filters leave out."""
    then = datetime.now(UTC) - timedelta(hours=1)
    told = event(SOURCES[table], "shop.order.cancelled.v1", new_id(), sequence=1, now=then, data={"reason": "CUSTOMER"})
    item = outbox(told, resend_after=60, now=then).item
    ground.tables[table].commit([Put(changed(dict(item), kind="draft", due_at=None, due_shard=None))])
    ground.tables[table].commit([Put(item, version=1)])
    return dict(item)


def overdue_reservation(ground: Ground) -> str:
    """The order's id of a reservation that outlived it."""
    order_id, then = new_id(), text(datetime.now(UTC) - timedelta(hours=1))
    held = {
        "pk": order_pk(order_id),
        "sk": "RESERVATION",
        "kind": "reservation",
        "order_id": order_id,
        "reservation_id": new_id(),
        "state": "HELD",
        "wanted": {"PEN-01": 1},
        "sequence": 1,
        "expires_at": then,
        "due_at": then,
        "due_shard": shard(order_id),
    }
    stock = ground.tables["inventory"].get(Key("SKU#PEN-01", "STOCK")) or {}
    taken = changed(stock, available=stock["available"] - 1, reserved=stock["reserved"] + 1)
    ground.tables["inventory"].commit([Put(held), Put(taken, version=stock["version"])])
    return order_id


def published(ground: Ground, table: str, item: Item) -> bool:
    """Whether an event is marked as published."""
    found = ground.tables[table].get(Key(item["pk"], item["sk"])) or {}
    return "published_at" in found


def _image(ground: Ground, table: str, item: Item) -> Any:
    key = {"pk": {"S": item["pk"]}, "sk": {"S": item["sk"]}}
    name = ground.outputs["tableNames"][table]
    return ground.shop.client("dynamodb").get_item(TableName=name, Key=key, ConsistentRead=True)["Item"]
