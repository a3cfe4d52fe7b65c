"""Messages of a queue that EventBridge fills."""

import json
from collections.abc import Mapping
from typing import Any

from apps.shop.application.consumers import CONSUMERS
from apps.shop.application.shop import Shop
from apps.shop.domain.events import Event, parse_event
from apps.shop.entrypoints.aws_lambda.runtime import process_records


def consume(shop: Shop, event: Mapping[str, Any], consumer: str) -> dict[str, Any]:
    """Apply the fact in every message; failed ones stay in the queue, and end as dead letters."""
    apply = CONSUMERS[consumer]
    return process_records(event["Records"], lambda r: str(r["messageId"]), lambda r: apply(shop, _event(r)))


def _event(record: Mapping[str, Any]) -> Event:
    return parse_event(json.loads(record["body"])["detail"])
