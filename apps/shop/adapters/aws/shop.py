"""The shop on AWS, put together from a function's environment."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config

from apps.shop.adapters.aws.messages import EventBridgeBus, SqsQueues
from apps.shop.adapters.aws.stores import DynamoCatalog, DynamoOrders, DynamoPayments, DynamoStock
from apps.shop.adapters.aws.table import ItemTable
from apps.shop.application.shop import Shop
from apps.shop.config import settings_of
from apps.shop.provider import FakePaymentProvider

TABLES = ("CATALOG_TABLE", "ORDERS_TABLE", "INVENTORY_TABLE", "PAYMENTS_TABLE")
# A call that hangs must leave time for another try within a function's few seconds; beyond that the client or the queue
# tries again, which also gives a service that is down some rest. A second try waits up to a second, a third up to two.
CALLS = Config(retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=1, read_timeout=3)


def shop_on_aws(environment: Mapping[str, Any]) -> Shop:
    """The shop with its ports on AWS services.

    Args:
        environment: A function's variables, as `read_aws_environment` has read them.
    """
    settings = settings_of(environment)
    database = boto3.client("dynamodb", config=CALLS)
    catalog, orders, inventory, payments = (ItemTable(database, environment[name]) for name in TABLES)
    order_store = DynamoOrders(orders, _now)
    return Shop(
        settings=settings,
        clock=_now,
        catalog=DynamoCatalog(catalog),
        orders=order_store,
        stock=DynamoStock(inventory, _now),
        payments=DynamoPayments(payments, _now),
        tokens=order_store,
        bus=EventBridgeBus(boto3.client("events", config=CALLS), environment["EVENT_BUS"]),
        provider=FakePaymentProvider(settings.payment_slow_seconds),
        queues=SqsQueues(boto3.client("sqs", config=CALLS), environment.get("QUEUE_URLS", {})),
    )


def _now() -> datetime:
    return datetime.now(UTC)
