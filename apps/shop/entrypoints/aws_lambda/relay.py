"""From the tables' streams to the bus: what was committed is published."""

from collections.abc import Mapping
from typing import Any

from apps.shop.adapters.aws.items import event_of
from apps.shop.adapters.aws.writes import load
from apps.shop.application.publish_events import publish_events
from apps.shop.domain.events import SOURCES, Event
from apps.shop.entrypoints.aws_lambda.runtime import logger, start
from apps.shop.ports import Outbox

SHOP = start("relay")
OUTBOXES: Mapping[str, Outbox] = {
    SOURCES["orders"]: SHOP.orders,
    SOURCES["inventory"]: SHOP.stock,
    SOURCES["payment"]: SHOP.payments,
}


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Publish the outbox records of a batch; the stream comes again from the first that was not taken.

    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
    """
    places: dict[str, str] = {}
    found: dict[str, list[Event]] = {}
    for record in event["Records"]:
        item = load(record["dynamodb"]["NewImage"])
        if item.get("kind") == "outbox":
            stored = event_of(item)
            places[stored.id] = record["dynamodb"]["SequenceNumber"]
            found.setdefault(stored.source, []).append(stored)
    failed = {
        event_id for source, events in found.items() for event_id in publish_events(SHOP, OUTBOXES[source], events)
    }
    logger.info("relayed", extra={"records": len(places), "failed": len(failed)})
    first = [place for event_id, place in places.items() if event_id in failed][:1]
    return {"batchItemFailures": [{"itemIdentifier": place} for place in first]}
