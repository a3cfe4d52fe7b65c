"""Publishes outbox items of DynamoDB tables, through their streams."""

import json
from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.aws.alarm_topic import create_alarm
from components.aws.dynamo_table import DynamoTableReference
from components.aws.iam import allow, identity_policy
from components.aws.lambda_service import LambdaServiceReference
from components.aws.private_bucket import create_private_bucket
from components.inputs import to_int, with_former_type

# New outbox items alone: an update marks one as published, and TTL deletes it later.
OUTBOX_FILTER = json.dumps({"eventName": ["INSERT"], "dynamodb": {"NewImage": {"kind": {"S": ["outbox"]}}}})
RETRIES = 10
# Streams keep records for 24 h; after one the sweeper has long published the item from its table.
RECORD_AGE_SECONDS = 3_600
KEEP_FAILED_DAYS = 30


class DynamoStreamRelayArgs(TypedDict):
    """Inputs of `DynamoStreamRelay`."""

    tables: Mapping[str, DynamoTableReference]
    """Every table with outbox items and a stream, by its name in the program."""
    function: LambdaServiceReference
    """The function whose alias publishes; rights to read streams and to park failed records are added to its role."""
    parallelization_factor: NotRequired[Input[int]]
    """Batches of one shard at work at once, in order by key (default 2, 1 to 10)."""
    batch_size: NotRequired[Input[int]]
    """Records in a batch (default 10: what one PutEvents call takes)."""
    force_destroy: NotRequired[Input[bool]]
    """Whether the bucket of failed records goes with its content (default false)."""
    alarm_topic_arn: NotRequired[Input[str]]
    """The topic that is notified when the relay lags (default none: no alarm is made)."""
    tags: NotRequired[Input[Mapping[str, Input[str]]]]
    """Tags of every taggable child (default none)."""


class DynamoStreamRelay(pulumi.ComponentResource):
    """Mappings from the tables' streams to the publishing function, and a bucket for what it can't publish.

    A failing batch is halved until the bad record stands alone; after ten tries or an hour the whole record goes to
    the bucket. A queue would get only its position, and the stream forgets the record after 24 hours.

    Cost: nothing while idle; stream reads by Lambda are free (https://aws.amazon.com/dynamodb/pricing/).

    Example:
        ```python
        DynamoStreamRelay(
            "relay",
            {
                "tables": {
                    "orders": {
                        "name": "orders",
                        "arn": "arn:aws:dynamodb:us-east-1:111122223333:table/orders",
                        "stream_arn": "arn:aws:dynamodb:us-east-1:111122223333:table/orders/stream/2026-01-01",
                    }
                },
                "function": {
                    "alias_arn": "arn:aws:lambda:us-east-1:111122223333:function:relay:live",
                    "alias_name": "live",
                    "function_name": "relay",
                    "role_name": "relay-role",
                    "timeout": 10,
                },
            },
        )
        ```
    """

    failed_bucket: Output[str]
    """Where records wait that could not be published."""

    def __init__(self, name: str, args: DynamoStreamRelayArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("scaleshop:index:DynamoStreamRelay", name, {}, with_former_type("OutboxRelay", opts))
        child = ResourceOptions(parent=self)
        tags, function = args.get("tags"), args["function"]
        streams = {name: table["stream_arn"] for name, table in args["tables"].items()}
        bucket = create_private_bucket(
            f"{name}-failed",
            expire_days=KEEP_FAILED_DAYS,
            force_destroy=args.get("force_destroy", False),
            tags=tags,
            opts=child,
        )
        read = aws.iam.RolePolicy(
            f"{name}-read",
            role=function["role_name"],
            policy=identity_policy(
                [
                    allow(
                        ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
                        list(streams.values()),
                    ),
                    # Lists streams of the account; takes no stream as its resource:
                    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
                    allow(["dynamodb:ListStreams"], ["*"]),
                    allow(["s3:PutObject"], [Output.concat(bucket.arn, "/*")]),
                    allow(["s3:ListBucket"], [bucket.arn]),
                ]
            ),
            opts=child,
        )
        for table, stream in streams.items():
            aws.lambda_.EventSourceMapping(
                f"{name}-{table}",
                event_source_arn=stream,
                function_name=function["alias_arn"],
                # TRIM_HORIZON: an order placed while the mapping was being made is not missed.
                starting_position="TRIM_HORIZON",
                batch_size=to_int(args.get("batch_size", 10)),
                parallelization_factor=to_int(args.get("parallelization_factor", 2)),
                bisect_batch_on_function_error=True,
                maximum_retry_attempts=RETRIES,
                maximum_record_age_in_seconds=RECORD_AGE_SECONDS,
                function_response_types=["ReportBatchItemFailures"],
                filter_criteria={"filters": [{"pattern": OUTBOX_FILTER}]},
                destination_config={"on_failure": {"destination_arn": bucket.arn}},
                tags=tags,
                opts=ResourceOptions(parent=self, depends_on=[read]),
            )
        create_alarm(
            f"{name}-lag",
            description=f"{name} is behind the tables' streams; orders wait.",
            namespace="AWS/Lambda",
            metric="IteratorAge",
            dimensions={"FunctionName": function["function_name"]},
            statistic="Maximum",
            threshold=60_000,
            periods=3,
            topic_arn=args.get("alarm_topic_arn"),
            tags=tags,
            opts=child,
        )
        self.failed_bucket = bucket.bucket
        self.register_outputs({"failedBucket": self.failed_bucket})
