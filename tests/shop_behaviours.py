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

from shop_access import LINES, SOURCES, ShopAccess, image, is_published, overdue_event, overdue_reservation, pending

from apps.shop.domain.events import ORDER_PLACED, STOCK_RESERVED, make_event
from apps.shop.domain.ids import new_id

SERVICES = ("orders", "inventory", "payment")
SKUS = ("MUG-01", "TEE-01", "BAG-01", "PEN-01")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
COUNTED_SECONDS = 1.1


Behaviour = Callable[[ShopAccess], str]


def _http(method: str, path: Callable[[ShopAccess], str], status: int = 200) -> Behaviour:
    def behaviour(access: ShopAccess) -> str:
        answer = access.ask(method, path(access))
        return "" if answer.status_code == status else f"{method} answers {answer.status_code}"

    return behaviour


def place(access: ShopAccess) -> str:
    """An order is taken."""
    answer = access.order()
    return "" if answer.status_code == 202 else f"POST /v1/orders answers {answer.status_code}"


def count_waiting(access: ShopAccess) -> str:
    """Orders that wait are count_waiting before one is taken; the count is a second old at most."""
    failure = place(access)
    time.sleep(COUNTED_SECONDS)  # what was count_waiting is not asked for again before
    return failure or place(access)


def cancel(access: ShopAccess) -> str:
    """A customer cancels."""
    order_id = pending(access)
    answer = access.ask("POST", f"/v1/orders/{order_id}/cancel")
    return "" if answer.status_code == 200 else f"cancelling answers {answer.status_code}"


def sale(access: ShopAccess) -> str:
    """An order goes through streams, bus and queues to its end."""
    answer = access.order()
    if answer.status_code != 202:
        return f"POST /v1/orders answers {answer.status_code}"
    order_id = answer.json()["order_id"]
    confirmed = access.until(lambda: access.read("orders", order_id, "ORDER").get("state") == "CONFIRMED")
    return "" if confirmed else "the order is not confirmed"


def _apply(function: str, *facts: tuple[str, str, Mapping[str, Any]]) -> Behaviour:
    """A worker applies facts about an order, in turn."""

    def behaviour(access: ShopAccess) -> str:
        order_id = new_id() if function == "inventory" else pending(access)
        for number, (source, type_, data) in enumerate(facts, 1):
            fact = make_event(source, type_, order_id, sequence=number, now=datetime.now(UTC), data=data)
            records = [{"messageId": "1", "body": json.dumps({"detail": fact.envelope()})}]
            answer, failed = access.shop.invoke(function, {"Records": records})
            if failed or answer["batchItemFailures"]:
                return f"{type_} is not applied"
        return ""

    return behaviour


PLACED = ("shop.orders", ORDER_PLACED, {"lines": LINES, "total_minor": 848, "currency": "EUR"})
RESERVED = ("shop.inventory", STOCK_RESERVED, {})


def _relay(table: str) -> Behaviour:
    """An event in a table's outbox is published and marked."""

    def behaviour(access: ShopAccess) -> str:
        item = overdue_event(access, table)
        records = [{"dynamodb": {"NewImage": image(access, table, item), "SequenceNumber": "1"}}]
        answer, failed = access.shop.invoke("relay", {"Records": records})
        if failed or answer["batchItemFailures"]:
            return "the event is not relayed"
        return "" if is_published(access, table, item) else "the event is not marked as published"

    return behaviour


def _sweep(function: str, request: Mapping[str, Any]) -> Behaviour:
    """Everything that is overdue is put right."""

    def behaviour(access: ShopAccess) -> str:
        events = {table: overdue_event(access, table) for table in SOURCES}
        order_id, reserved = pending(access, overdue=True), overdue_reservation(access)
        answer, failed = access.shop.invoke(function, request)
        if failed or answer.get("unpublished"):
            return f"the sweep fails: {answer}"[:120]
        if not all(is_published(access, table, item) for table, item in events.items()):
            return "an event stays unpublished"
        if access.read("orders", order_id, "ORDER").get("state") != "CANCELLED":
            return "an overdue order stays open"
        settled = access.read("inventory", reserved, "RESERVATION").get("state") == "RELEASED"
        return "" if settled else "stock stays reserved"

    return behaviour


def _operate(action: str, **arguments: Any) -> Behaviour:
    def behaviour(access: ShopAccess) -> str:
        answer, failed = access.shop.invoke("ops", {"action": action, **arguments})
        return f"{action} fails" if failed or "problem" in answer else ""

    return behaviour


def seed(access: ShopAccess) -> str:
    """A product that is missing is put in place again."""
    for table, key in (("catalog", ("CATALOG", "SKU#CAP-01")), ("inventory", ("SKU#CAP-01", "STOCK"))):
        name = access.outputs["tableNames"][table]
        key_attributes = {"pk": {"S": key[0]}, "sk": {"S": key[1]}}
        access.shop.client("dynamodb").delete_item(TableName=name, Key=key_attributes)
    return _operate("seed")(access)


def _redrive(queue: str) -> Behaviour:
    """Dead letters are shown and sent back."""

    def behaviour(access: ShopAccess) -> str:
        dead = access.outputs["deadLetterQueues"][queue]
        source, type_, data = PLACED
        fact = make_event(source, type_, new_id(), sequence=1, now=datetime.now(UTC), data=data)
        letter = json.dumps({"detail": fact.envelope()})
        sqs = access.shop.client("sqs")
        sqs.send_message(QueueUrl=dead, MessageBody=letter)
        failed = _operate("redrive", queue=queue, dry_run=True)(access) or _operate("redrive", queue=queue)(access)
        sqs.purge_queue(QueueUrl=dead)
        return failed

    return behaviour


def _log(function: str, request: Mapping[str, Any]) -> Behaviour:
    """A function's first lines in an environment of its own are in its log group."""

    def behaviour(access: ShopAccess) -> str:
        name, api = access.outputs["functionNames"][function], access.shop.client("lambda")
        api.update_function_configuration(FunctionName=name, Description=str(next(access.turn)))
        began = int(time.time() * 1000)
        answer = api.invoke(FunctionName=name, Payload=json.dumps(request), LogType="Tail")
        request_id = UUID.findall(base64.b64decode(answer["LogResult"]).decode())[-1]
        logs, group = access.shop.client("logs"), access.outputs["logGroups"][function]

        def there() -> bool:
            found = logs.filter_log_events(logGroupName=group, startTime=began)["events"]
            return any(request_id in line["message"] for line in found)

        return "" if access.until(there) else "its lines are not in the log group"

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
    "the catalog lists": _http("GET", lambda g: f"/v1/products?limit={next(g.turn) % 100 + 1}"),
    "the catalog is ready": _http("GET", lambda _: "/readyz"),
    "stock is count_waiting": _http("GET", lambda g: f"/v1/products/{SKUS[next(g.turn) % len(SKUS)]}/availability"),
    "an order is taken": place,
    "orders that wait are count_waiting": count_waiting,
    "an order is shown": _http("GET", lambda g: f"/v1/orders/{pending(g)}"),
    "orders are listed": _http("GET", lambda _: "/v1/orders"),
    "an order is cancelled": cancel,
    "an order learns of its stock": _apply("orders", RESERVED),
    "stock is reserved": _apply("inventory", PLACED),
    "a payment is taken": _apply("payment", PLACED, RESERVED),
    **{f"the relay publishes of {table}": _relay(table) for table in SOURCES},
    "the sweeper heals": _sweep("sweeper", {}),
    "an operator sweeps": _sweep("ops", {"action": "sweep"}),
    "an operator seeds": seed,
    "an operator restocks": _operate("restock", sku="PEN-01", quantity=100),
    **{f"an operator reads the records of {service}": _operate("records", store=service) for service in SERVICES},
    **{f"an operator redrives {service}": _redrive(service) for service in SERVICES},
    "an order is confirmed": sale,
    **{f"{function} logs": _log(function, event) for function, event in HARMLESS.items()},
}
