"""The adapters that keep the contract of the stores, each as a fresh set of stores.

Another adapter is another subclass of `Stores`, and an entry of `ADAPTERS`.
"""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

import boto3
import pytest
from botocore.config import Config
from shop_world import START

from apps.shop.adapters.aws.stores import DynamoCatalog, DynamoOrders, DynamoPayments, DynamoStock
from apps.shop.adapters.aws.table import ItemTable
from apps.shop.adapters.memory import MemoryCatalog, MemoryOrders, MemoryPayments, MemoryStock
from apps.shop.ports import Catalog, OrderStore, PaymentStore, PaymentTokens, StockStore
from sandbox.aws.plane import AWS_REGION

INDEXES = {"due": ("due_shard", "due_at"), "customer": ("customer_id", "placed_at")}


class Stores:
    """Empty stores, and their clock."""

    def __init__(self) -> None:
        self.now = START

    def clock(self) -> datetime:
        return self.now

    @cached_property
    def orders(self) -> OrderStore:
        raise NotImplementedError

    @cached_property
    def tokens(self) -> PaymentTokens:
        raise NotImplementedError

    @cached_property
    def stock(self) -> StockStore:
        raise NotImplementedError

    @cached_property
    def payments(self) -> PaymentStore:
        raise NotImplementedError

    @cached_property
    def catalog(self) -> Catalog:
        raise NotImplementedError


class MemoryStores(Stores):
    """In this process."""

    @cached_property
    def orders(self) -> MemoryOrders:
        return MemoryOrders(self.clock)

    @cached_property
    def tokens(self) -> MemoryOrders:
        return self.orders

    @cached_property
    def stock(self) -> MemoryStock:
        return MemoryStock(self.clock)

    @cached_property
    def payments(self) -> MemoryPayments:
        return MemoryPayments(self.clock)

    @cached_property
    def catalog(self) -> MemoryCatalog:
        return MemoryCatalog()


class DynamoStores(Stores):
    """In tables of a data plane, each made when it is first used."""

    def __init__(self, endpoint: str) -> None:
        super().__init__()
        self.client: Any = boto3.client(
            "dynamodb",
            endpoint_url=endpoint,
            region_name=AWS_REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(max_pool_connections=40),
        )

    @cached_property
    def orders(self) -> DynamoOrders:
        return DynamoOrders(self.table(), self.clock)

    @cached_property
    def tokens(self) -> DynamoOrders:
        return self.orders

    @cached_property
    def stock(self) -> DynamoStock:
        return DynamoStock(self.table(), self.clock)

    @cached_property
    def payments(self) -> DynamoPayments:
        return DynamoPayments(self.table(), self.clock)

    @cached_property
    def catalog(self) -> DynamoCatalog:
        return DynamoCatalog(self.table())

    def table(self) -> ItemTable:
        """A new table with the keys and indexes that the architecture's tables have."""
        name = f"records-{uuid.uuid4()}"
        keys = [("pk", "HASH"), ("sk", "RANGE")]
        attributes = {"pk", "sk", *[name for pair in INDEXES.values() for name in pair]}
        self.client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in sorted(attributes)],
            KeySchema=[{"AttributeName": n, "KeyType": kind} for n, kind in keys],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": index,
                    "KeySchema": [
                        {"AttributeName": hash_, "KeyType": "HASH"},
                        {"AttributeName": range_, "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
                for index, (hash_, range_) in INDEXES.items()
            ],
        )
        self.client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
        return ItemTable(self.client, name)


ADAPTERS: Mapping[str, Callable[[pytest.FixtureRequest], Stores]] = {
    "memory": lambda _: MemoryStores(),
    "dynamodb": lambda request: DynamoStores(request.getfixturevalue("endpoint")),
}
MARKS: Mapping[str, Any] = {"dynamodb": pytest.mark.plane}
