"""Every event of a bus, in S3 by type and day."""

import json
from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.aws.event_bus import EventBusReference
from components.aws.iam import IamStatement, allow, identity_policy, queue_policy, trust_policy
from components.aws.private_bucket import create_private_bucket
from components.aws.sqs_queue import create_dead_letter_alarm, create_dead_letter_queue
from components.inputs import to_int, with_former_type

# Dynamic partitioning buffers 64 MB at least: https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning.html
# and takes no interval of 0: https://docs.aws.amazon.com/firehose/latest/dev/buffering.html
BUFFER_MB = 64
PREFIX = "events/type=!{partitionKeyFromQuery:type}/day=!{timestamp:yyyy-MM-dd}/"
ERROR_PREFIX = "errors/!{firehose:error-output-type}/day=!{timestamp:yyyy-MM-dd}/"


class S3EventLakeArgs(TypedDict):
    """Inputs of `S3EventLake`."""

    bus: EventBusReference
    """The bus whose events are kept."""
    source_prefix: Input[str]
    """Events whose source starts with it are kept, e.g. `shop.`."""
    buffer_seconds: NotRequired[Input[int]]
    """Seconds that events are collected (default 300, 1 to 900); Firehose may take 1.5 times as many."""
    expire_days: NotRequired[int]
    """Days that events are kept (default 400)."""
    log_retention_days: NotRequired[Input[int]]
    """Days that delivery errors are kept (default 30)."""
    permissions_boundary_arn: NotRequired[Input[str] | None]
    """Boundary of the roles (default none)."""
    force_destroy: NotRequired[Input[bool]]
    """Whether the bucket goes with its content (default false)."""
    alarm_topic_arn: NotRequired[Input[str]]
    """The topic that is notified of events that could not be handed over (default none: no alarm is made)."""
    tags: NotRequired[Input[Mapping[str, Input[str]]]]
    """Tags of every taggable child (default none)."""


class S3EventLake(pulumi.ComponentResource):
    """A rule that hands every event to Firehose, which writes objects by type and day.

    Cost: 0.029 USD a GB ingested and 0.02 USD a GB partitioned (https://aws.amazon.com/firehose/pricing/), storage
    0.023 USD a GB.

    Example:
        ```python
        S3EventLake(
            "lake",
            {
                "bus": {"name": "shop", "arn": "arn:aws:events:us-east-1:111122223333:event-bus/shop"},
                "source_prefix": "shop.",
            },
        )
        ```
    """

    bucket_name: Output[str]
    """Where events are."""
    stream_name: Output[str]
    """The Firehose stream."""

    def __init__(self, name: str, args: S3EventLakeArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("scaleshop:index:S3EventLake", name, {}, with_former_type("EventLake", opts))
        child = ResourceOptions(parent=self)
        tags, boundary = args.get("tags"), args.get("permissions_boundary_arn")
        bucket = create_private_bucket(
            f"{name}-events",
            expire_days=args.get("expire_days", 400),
            force_destroy=args.get("force_destroy", False),
            tags=tags,
            opts=child,
        )
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs", retention_in_days=to_int(args.get("log_retention_days", 30)), tags=tags, opts=child
        )
        writer = aws.iam.Role(
            f"{name}-writer",
            assume_role_policy=trust_policy("firehose.amazonaws.com"),
            permissions_boundary=boundary,
            tags=tags,
            opts=child,
        )
        write = aws.iam.RolePolicy(
            f"{name}-write",
            role=writer.name,
            policy=identity_policy(
                [
                    allow(["s3:PutObject", "s3:AbortMultipartUpload"], [_objects(bucket.arn)]),
                    allow(["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"], [bucket.arn]),
                    allow(["logs:PutLogEvents"], [Output.concat(logs.arn, ":*")]),
                ]
            ),
            opts=child,
        )
        stream = aws.kinesis.FirehoseDeliveryStream(
            f"{name}-stream",
            destination="extended_s3",
            server_side_encryption={"enabled": True, "key_type": "AWS_OWNED_CMK"},
            extended_s3_configuration=_destination(bucket, writer, logs, args),
            tags=tags,
            opts=ResourceOptions(parent=self, depends_on=[write]),
        )
        _deliver(name, args, stream, child)
        self.bucket_name, self.stream_name = bucket.bucket, stream.name
        self._bucket_arn = bucket.arn
        self.register_outputs({"bucketName": self.bucket_name, "streamName": self.stream_name})

    def grant_read(self) -> list[IamStatement]:
        """The statements that let a role list and read events."""
        return [allow(["s3:ListBucket"], [self._bucket_arn]), allow(["s3:GetObject"], [_objects(self._bucket_arn)])]


def _objects(bucket_arn: Output[str]) -> Output[str]:
    return Output.concat(bucket_arn, "/*")


def _destination(
    bucket: aws.s3.Bucket, role: aws.iam.Role, logs: aws.cloudwatch.LogGroup, args: S3EventLakeArgs
) -> aws.kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationArgsDict:
    return {
        "bucket_arn": bucket.arn,
        "role_arn": role.arn,
        "prefix": PREFIX,
        "error_output_prefix": ERROR_PREFIX,
        "buffering_size": BUFFER_MB,
        "buffering_interval": to_int(args.get("buffer_seconds", 300)),
        "compression_format": "GZIP",
        "dynamic_partitioning_configuration": {"enabled": True},
        "cloudwatch_logging_options": {"enabled": True, "log_group_name": logs.name, "log_stream_name": "delivery"},
        "processing_configuration": {
            "enabled": True,
            "processors": [
                {
                    "type": "MetadataExtraction",
                    "parameters": [
                        {"parameter_name": "JsonParsingEngine", "parameter_value": "JQ-1.6"},
                        {"parameter_name": "MetadataExtractionQuery", "parameter_value": '{type: ."detail-type"}'},
                    ],
                },
                {"type": "AppendDelimiterToRecord", "parameters": []},
            ],
        },
    }


def _deliver(
    name: str, args: S3EventLakeArgs, stream: aws.kinesis.FirehoseDeliveryStream, opts: ResourceOptions
) -> None:
    tags = args.get("tags")
    rule = aws.cloudwatch.EventRule(
        f"{name}-rule",
        event_bus_name=args["bus"]["name"],
        event_pattern=Output.from_input(args["source_prefix"]).apply(
            lambda prefix: json.dumps({"source": [{"prefix": prefix}]})
        ),
        tags=tags,
        opts=opts,
    )
    dead = create_dead_letter_queue(name, tags=tags, opts=opts)
    aws.sqs.QueuePolicy(
        f"{name}-dlq-policy",
        queue_url=dead.url,
        policy=queue_policy(dead.arn, {"events.amazonaws.com": rule.arn}),
        opts=opts,
    )
    create_dead_letter_alarm(
        f"{name}-missed",
        dead,
        description=f"Events could not be handed over to {name}.",
        topic_arn=args.get("alarm_topic_arn"),
        tags=tags,
        opts=opts,
    )
    role = aws.iam.Role(
        f"{name}-deliverer",
        assume_role_policy=trust_policy("events.amazonaws.com"),
        permissions_boundary=args.get("permissions_boundary_arn"),
        tags=tags,
        opts=opts,
    )
    policy = aws.iam.RolePolicy(
        f"{name}-deliver",
        role=role.name,
        policy=identity_policy([allow(["firehose:PutRecord", "firehose:PutRecordBatch"], [stream.arn])]),
        opts=opts,
    )
    aws.cloudwatch.EventTarget(
        f"{name}-target",
        rule=rule.name,
        event_bus_name=args["bus"]["name"],
        arn=stream.arn,
        role_arn=role.arn,
        dead_letter_config={"arn": dead.arn},
        retry_policy={"maximum_event_age_in_seconds": 86_400, "maximum_retry_attempts": 185},
        opts=ResourceOptions.merge(opts, ResourceOptions(depends_on=[policy])),
    )
