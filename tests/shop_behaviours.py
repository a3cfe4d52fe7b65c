"""What a deployed shop does, each thing by itself: one function of the stack or one path through it.

A behaviour answers with what went wrong, or nothing. Most call one function with the event that it would get, so that a
refusal shows at once and in that function.
"""

import base64
import json
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from shop_ground import LINES, SOURCES, Ground, image, overdue_event, overdue_reservation, pending, published

from apps.shop.domain.events import event
from apps.shop.domain.ids import new_id

SKUS = ("MUG-01", "TEE-01", "BAG-01", "PEN-01")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
COUNTED_SECONDS = 1.1


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
        records = [{"dynamodb": {"NewImage": image(ground, table, item), "SequenceNumber": "1"}}]
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
