"""The shop on AWS, put together from the function's environment."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import boto3
from botocore.config import Config

from apps.shop.adapters.aws.messages import EventBridgeBus, SqsQueues
from apps.shop.adapters.aws.table import DynamoTable
from apps.shop.application.context import Shop
from apps.shop.config import ConfigError, from_environment
from apps.shop.psp import FakePsp

TABLES = ("CATALOG_TABLE", "ORDERS_TABLE", "INVENTORY_TABLE", "PAYMENTS_TABLE")
# A call that hangs must leave time for another try within a function's few seconds; beyond that the client or the queue
# tries again, which also gives a service that is down some rest. A second try waits up to a second, a third up to two.
CALLS = Config(retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=1, read_timeout=3)


def shop_on_aws(variables: Mapping[str, str]) -> Shop:
    """The shop with its ports on AWS services.

    Raises:
        ConfigError: a variable is missing or bad.
    """
    missing = [name for name in (*TABLES, "EVENT_BUS") if not variables.get(name)]
    if missing:
        msg = f"the shop's environment lacks {', '.join(missing)}; the stack sets them"
        raise ConfigError(msg)
    settings = from_environment(variables)
    database = boto3.client("dynamodb", config=CALLS)
    catalog, orders, inventory, payments = (DynamoTable(database, variables[name]) for name in TABLES)
    return Shop(
        settings=settings,
        clock=lambda: datetime.now(UTC),
        catalog=catalog,
        orders=orders,
        inventory=inventory,
        payments=payments,
        bus=EventBridgeBus(boto3.client("events", config=CALLS), variables["EVENT_BUS"]),
        psp=FakePsp(settings.payment_slow_seconds),
        queues=SqsQueues(boto3.client("sqs", config=CALLS), _queues(variables.get("QUEUE_URLS") or "{}")),
    )


def _queues(text: str) -> Mapping[str, Mapping[str, str]]:
    try:
        found = json.loads(text)
        return {
            str(name): {part: str(urls[part]) for part in ("url", "dead_letter_url")} for name, urls in found.items()
        }
    except (ValueError, AttributeError, TypeError, KeyError) as error:
        msg = f"QUEUE_URLS is not an object of queues with 'url' and 'dead_letter_url' ({error}); the stack sets it"
        raise ConfigError(msg) from None
