"""Messages of a queue that EventBridge fills."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from apps.shop.application.context import Shop
from apps.shop.domain.events import Event, parse
from apps.shop.entrypoints.aws_lambda.runtime import each


def consume(shop: Shop, event: Mapping[str, Any], handle: Callable[[Shop, Event], None]) -> dict[str, Any]:
    """Handle every message; failed ones stay in the queue, and end as dead letters."""
    return each(event["Records"], lambda r: str(r["messageId"]), lambda r: handle(shop, _event(r)))


def _event(record: Mapping[str, Any]) -> Event:
    return parse(json.loads(record["body"])["detail"])
