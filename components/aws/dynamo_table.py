"""A DynamoDB table with point-in-time recovery and bounded throughput."""

from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired, TypeAlias, TypedDict

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.aws.alarm_topic import create_alarm
from components.aws.iam import IamStatement, allow
from components.inputs import to_int, with_former_type

TTL_ATTRIBUTE = "ttl"
TARGET_UTILISATION = 70
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
DynamoAction: TypeAlias = Literal[
    "BatchGetItem", "BatchWriteItem", "ConditionCheckItem", "DeleteItem", "DescribeTable", "GetItem", "PutItem",
    "Query", "Scan", "UpdateItem",
]  # fmt: skip
"""An action that can be granted on a table."""


class DynamoIndexArgs(TypedDict):
    """One global secondary index; its keys are strings and it carries every attribute."""

    hash_key: Input[str]
    """Partition key."""
    range_key: NotRequired[Input[str]]
    """Sort key (default none)."""


class DynamoCapacityArgs(TypedDict):
    """Bounds of provisioned capacity, for the table and each of its indexes."""

    minimum: Input[int]
    """Read and write units that are always there."""
    maximum: Input[int]
    """Read and write units it scales to."""


class DynamoTableReference(TypedDict):
    """A table as other components take it: `DynamoTable.reference`, or the same of a table made elsewhere."""

    name: Input[str]
    """The table's name."""
    arn: Input[str]
    """Its ARN."""
    stream_arn: Input[str]
    """Its stream, empty without one."""


class DynamoTableArgs(TypedDict):
    """Inputs of `DynamoTable`."""

    indexes: NotRequired[Mapping[str, DynamoIndexArgs]]
    """Global secondary indexes by name (default none); adding one builds it in place."""
    stream: NotRequired[bool]
    """Whether changes are published with the new image (default false)."""
    max_write_units: NotRequired[Input[int]]
    """On-demand write units a second that are accepted at most (default no cap)."""
    max_read_units: NotRequired[Input[int]]
    """On-demand read units a second that are accepted at most (default no cap)."""
    provisioned: NotRequired[DynamoCapacityArgs]
    """Provisioned capacity with autoscaling instead of on demand (default on demand)."""
    deletion_protection: NotRequired[Input[bool]]
    """Whether the table refuses to be deleted (default true)."""
    kms_key_arn: NotRequired[Input[str]]
    """A key of your own (default AWS's)."""
    alarm_topic_arn: NotRequired[Input[str]]
    """The topic that is notified of throttled writes (default none: no alarm is made)."""
    tags: NotRequired[Input[Mapping[str, Input[str]]]]
    """Tags of every taggable child (default none)."""


class DynamoTable(pulumi.ComponentResource):
    """A DynamoDB table with string keys `pk` and `sk`, point-in-time recovery, TTL, encryption and bounded throughput.

    Cost: on demand 0.625 USD a million writes and 0.125 USD a million reads, storage 0.25 USD a GB, recovery 0.20 USD a
    GB (https://aws.amazon.com/dynamodb/pricing/); provisioned capacity costs while idle.

    Example:
        ```python
        DynamoTable("orders", {"stream": True, "indexes": {"customer": {"hash_key": "customer_id"}}})
        ```
    """

    name: Output[str]
    """The table's name."""
    arn: Output[str]
    """Its ARN."""
    stream_arn: Output[str]
    """Its stream, empty without one."""

    def __init__(self, name: str, args: DynamoTableArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("scaleshop:index:DynamoTable", name, {}, with_former_type("KeyValueTable", opts))
        child = ResourceOptions(parent=self)
        tags = args.get("tags")
        indexes = args.get("indexes", {})
        provisioned = args.get("provisioned")
        if provisioned and ("max_write_units" in args or "max_read_units" in args):
            msg = (
                f"DynamoTable '{name}': max_write_units and max_read_units cap on-demand tables; leave them out "
                "with provisioned."
            )
            raise ValueError(msg)
        capacity = to_int(provisioned["minimum"]) if provisioned else None
        table = aws.dynamodb.Table(
            f"{name}-table",
            hash_key="pk",
            range_key="sk",
            attributes=[{"name": a, "type": "S"} for a in _attributes(indexes)],
            billing_mode="PROVISIONED" if provisioned else "PAY_PER_REQUEST",
            read_capacity=capacity,
            write_capacity=capacity,
            on_demand_throughput=_caps(args),
            global_secondary_indexes=[
                aws.dynamodb.TableGlobalSecondaryIndexArgs(
                    name=index,
                    key_schemas=_keys(keys),
                    projection_type="ALL",
                    read_capacity=capacity,
                    write_capacity=capacity,
                    on_demand_throughput=_index_caps(args),
                )
                for index, keys in sorted(indexes.items())
            ],
            stream_enabled=bool(args.get("stream")) or None,
            stream_view_type="NEW_IMAGE" if args.get("stream") else None,
            ttl={"attribute_name": TTL_ATTRIBUTE, "enabled": True},
            point_in_time_recovery={"enabled": True},
            server_side_encryption={"enabled": True, "kms_key_arn": args["kms_key_arn"]}
            if "kms_key_arn" in args
            else None,
            deletion_protection_enabled=args.get("deletion_protection", True),
            tags=tags,
            opts=child,
        )
        if provisioned:
            _autoscale(name, table.name, sorted(indexes), provisioned, child)
        create_alarm(
            f"{name}-throttled",
            description=f"Writes to {name} were throttled: its cap is reached or a key is hot.",
            namespace="AWS/DynamoDB",
            metric="WriteThrottleEvents",
            dimensions={"TableName": table.name},
            threshold=1,
            topic_arn=args.get("alarm_topic_arn"),
            tags=tags,
            opts=child,
        )
        self.name, self.arn = table.name, table.arn
        self.stream_arn = table.stream_arn.apply(lambda arn: arn or "")
        self.register_outputs({"name": self.name, "arn": self.arn, "streamArn": self.stream_arn})

    @property
    def reference(self) -> DynamoTableReference:
        """What other components take as `table`."""
        return {"name": self.name, "arn": self.arn, "stream_arn": self.stream_arn}

    def grant_read(self) -> IamStatement:
        """The statement that lets a role read items and indexes."""
        actions = [f"dynamodb:{action}" for action in ("GetItem", "BatchGetItem", "Query")]
        return allow(actions, [self.arn, Output.concat(self.arn, "/index/*")])

    def grant_actions(self, *actions: DynamoAction) -> IamStatement:
        """The statement that allows DynamoDB actions on the table itself, its indexes apart."""
        return allow([f"dynamodb:{action}" for action in actions], [self.arn])

    def grant_query(self, *indexes: str) -> IamStatement:
        """The statement that lets a role query indexes, by their names."""
        return allow(["dynamodb:Query"], [Output.concat(self.arn, "/index/", index) for index in indexes])


def _keys(index: DynamoIndexArgs) -> list[aws.dynamodb.TableGlobalSecondaryIndexKeySchemaArgs]:
    keys = [aws.dynamodb.TableGlobalSecondaryIndexKeySchemaArgs(attribute_name=index["hash_key"], key_type="HASH")]
    if "range_key" in index:
        sort = aws.dynamodb.TableGlobalSecondaryIndexKeySchemaArgs(attribute_name=index["range_key"], key_type="RANGE")
        keys.append(sort)
    return keys


def _attributes(indexes: Mapping[str, DynamoIndexArgs]) -> list[Input[str]]:
    keys: dict[str, None] = {"pk": None, "sk": None}
    for index in indexes.values():
        for key in (index["hash_key"], index.get("range_key")):
            if isinstance(key, str):
                keys[key] = None
    return list(keys)


def _caps(args: DynamoTableArgs) -> aws.dynamodb.TableOnDemandThroughputArgs | None:
    if "max_write_units" not in args and "max_read_units" not in args:
        return None
    return aws.dynamodb.TableOnDemandThroughputArgs(
        max_write_request_units=to_int(args.get("max_write_units")),
        max_read_request_units=to_int(args.get("max_read_units")),
    )


def _index_caps(args: DynamoTableArgs) -> aws.dynamodb.TableGlobalSecondaryIndexOnDemandThroughputArgs | None:
    # An index is written with its table, so it takes the same caps.
    if _caps(args) is None:
        return None
    return aws.dynamodb.TableGlobalSecondaryIndexOnDemandThroughputArgs(
        max_write_request_units=to_int(args.get("max_write_units")),
        max_read_request_units=to_int(args.get("max_read_units")),
    )


def _autoscale(
    name: str, table: Output[str], indexes: Sequence[str], capacity: DynamoCapacityArgs, opts: ResourceOptions
) -> None:
    places = {"table": ("table", Output.concat("table/", table))}
    places |= {index: ("index", Output.concat("table/", table, f"/index/{index}")) for index in indexes}
    for place, (kind, resource) in places.items():
        for access in ("Read", "Write"):
            target = aws.appautoscaling.Target(
                f"{name}-{place}-{access.lower()}",
                service_namespace="dynamodb",
                resource_id=resource,
                scalable_dimension=f"dynamodb:{kind}:{access}CapacityUnits",
                min_capacity=to_int(capacity["minimum"]),
                max_capacity=to_int(capacity["maximum"]),
                opts=opts,
            )
            aws.appautoscaling.Policy(
                f"{name}-{place}-{access.lower()}-tracking",
                service_namespace=target.service_namespace,
                resource_id=target.resource_id,
                scalable_dimension=target.scalable_dimension,
                policy_type="TargetTrackingScaling",
                target_tracking_scaling_policy_configuration={
                    "target_value": TARGET_UTILISATION,
                    "predefined_metric_specification": {
                        "predefined_metric_type": f"DynamoDB{access}CapacityUtilization"
                    },
                },
                opts=opts,
            )
