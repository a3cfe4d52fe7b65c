"""From the tables' streams to the bus: what was committed is told."""

from collections.abc import Mapping
from typing import Any

from apps.shop.adapters.aws.writes import load
from apps.shop.application import healing
from apps.shop.application.records import key_of
from apps.shop.entrypoints.aws_lambda.runtime import logger, start
from apps.shop.ports import Item, Key, Table

SHOP = start("relay")
TABLES: Mapping[str, Table] = {
    "shop.orders": SHOP.orders,
    "shop.inventory": SHOP.inventory,
    "shop.payment": SHOP.payments,
}


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Publish the outbox records of a batch; the stream comes again from the first that was not taken.

    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
    """
    places: dict[tuple[str, str], str] = {}
    found: dict[str, list[Item]] = {}
    for record in event["Records"]:
        item = load(record["dynamodb"]["NewImage"])
        if item.get("kind") != "outbox":
            continue
        key = key_of(item)
        places[key.pk, key.sk] = record["dynamodb"]["SequenceNumber"]
        found.setdefault(item["sk"].split("#")[1], []).append(item)
    failed = {key_of(item) for source, items in found.items() for item in healing.relay(SHOP, TABLES[source], items)}
    logger.info("relayed", extra={"records": len(places), "failed": len(failed)})
    first = [place for (pk, sk), place in places.items() if Key(pk, sk) in failed][:1]
    return {"batchItemFailures": [{"itemIdentifier": place} for place in first]}
