"""Tables on a data plane, with the keys and indexes that the architecture's tables have."""

import uuid

import boto3
from botocore.config import Config

from apps.shop.adapters.aws.table import DynamoTable
from sandbox.aws.plane import AWS_REGION

INDEXES = {"due": ("due_shard", "due_at"), "customer": ("customer_id", "placed_at")}


def dynamo_table(endpoint: str) -> DynamoTable:
    client = boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=AWS_REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(max_pool_connections=40),
    )
    name = f"records-{uuid.uuid4()}"
    keys = [("pk", "HASH"), ("sk", "RANGE")]
    attributes = {"pk", "sk", *[name for pair in INDEXES.values() for name in pair]}
    client.create_table(
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
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    return DynamoTable(client, name)
