"""What AWS sends to functions, and the functions over a shop in this process."""

import importlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from boto3.dynamodb.types import TypeSerializer
from shop_contract import check_answer
from shop_world import World

from apps.shop.adapters.aws.items import Item, outbox_item
from apps.shop.adapters.memory import EVER, MemoryStore
from apps.shop.entrypoints.http import ApiResponse

PACKAGE = "apps.shop.entrypoints.aws_lambda"
Handler = Callable[[Any, Any], dict[str, Any]]


class Functions:
    """Functions of one cold start over one shop."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __getattr__(self, name: str) -> Handler:
        return importlib.import_module(f"{PACKAGE}.{name}").handler


def forget() -> None:
    for name in [name for name in sys.modules if name.startswith(f"{PACKAGE}.")]:
        del sys.modules[name]


def http(method: str, path: str, body: Any = None, **fields: Any) -> dict[str, Any]:
    """What an HTTP API sends, payload format 2.0."""
    headers = {"X-Customer-Id": "ann", "Idempotency-Key": "key", **fields.pop("headers", {})}
    return {
        "version": "2.0",
        "rawPath": path,
        "headers": headers,
        "requestContext": {"http": {"method": method, "path": path}, "requestId": "r-1", **fields.pop("context", {})},
        "body": body if body is None or isinstance(body, str) else json.dumps(body),
        "isBase64Encoded": False,
        **fields,
    }


def check_response(method: str, path: str, answer: Mapping[str, Any]) -> ApiResponse:
    body = json.loads(answer["body"]) if answer["body"] else None
    response = ApiResponse(answer["statusCode"], body, answer["headers"])
    check_answer(method, path, response)
    assert answer["headers"]["x-content-type-options"] == "nosniff"
    return response


def messages(world: World, queue: str) -> dict[str, Any]:
    """Everything that waits for a consumer, as SQS hands over what EventBridge sent."""
    waiting = world.bus.queues[queue]
    events = [waiting.popleft()[0] for _ in range(len(waiting))]
    return {"Records": [record({"detail": event.envelope()}, f"m-{n}") for n, event in enumerate(events)]}


def record(body: Any, message_id: str) -> dict[str, Any]:
    return {"messageId": message_id, "body": body if isinstance(body, str) else json.dumps(body)}


def outbox_items(store: MemoryStore[Any]) -> list[Item]:
    """What waits in an outbox, as a table has it."""
    with store.claim(EVER, 1_000) as events:
        return [outbox_item(event, datetime.now(UTC)) for event in events]


def stream(items: Sequence[Item]) -> dict[str, Any]:
    """A batch of a table's stream."""
    return {"Records": [_image(item, number) for number, item in enumerate(items)]}


def _image(item: Item, number: int) -> dict[str, Any]:
    new = {name: TypeSerializer().serialize(value) for name, value in item.items()}
    return {"eventName": "INSERT", "dynamodb": {"NewImage": new, "SequenceNumber": str(1000 + number)}}


def failures(answer: Mapping[str, Any]) -> list[str]:
    return [entry["itemIdentifier"] for entry in answer["batchItemFailures"]]


def drive(functions: Functions) -> None:
    """Everything through the functions until nothing moves."""
    world = functions.world
    for _ in range(20):
        for store in world.stores():
            assert failures(functions.relay(stream(outbox_items(store)), None)) == []
        for queue in world.bus.queues:
            getattr(functions, queue)(messages(world, queue), None)
