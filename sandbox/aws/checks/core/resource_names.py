"""Names and ARNs of AWS resources, by which one is recognised before it exists."""

from collections.abc import Iterator
from typing import Any

from engine.protocol import Properties

QUEUE, FUNCTION, TABLE = "aws:sqs/queue:Queue", "aws:lambda/function:Function", "aws:dynamodb/table:Table"
BUS, TOPIC, ROLE = "aws:cloudwatch/eventBus:EventBus", "aws:sns/topic:Topic", "aws:iam/role:Role"
BUCKET, STREAM = "aws:s3/bucket:Bucket", "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
LOG_GROUP, RULE = "aws:cloudwatch/logGroup:LogGroup", "aws:cloudwatch/eventRule:EventRule"
FUNCTION_ALIAS, SCHEDULE_GROUP = "aws:lambda/alias:Alias", "aws:scheduler/scheduleGroup:ScheduleGroup"
API, ROUTE = "aws:apigatewayv2/api:Api", "aws:apigatewayv2/route:Route"
SCALABLE_TARGET = "aws:appautoscaling/target:Target"

# Property that holds the name, and the ARN that it makes:
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
ARNS: dict[str, tuple[str, str]] = {
    QUEUE: ("name", "arn:aws:sqs:{region}:{account}:{name}"),
    FUNCTION: ("name", "arn:aws:lambda:{region}:{account}:function:{name}"),
    TABLE: ("name", "arn:aws:dynamodb:{region}:{account}:table/{name}"),
    BUS: ("name", "arn:aws:events:{region}:{account}:event-bus/{name}"),
    TOPIC: ("name", "arn:aws:sns:{region}:{account}:{name}"),
    ROLE: ("name", "arn:aws:iam::{account}:role{path}{name}"),
    BUCKET: ("bucket", "arn:aws:s3:::{name}"),
    STREAM: ("name", "arn:aws:firehose:{region}:{account}:deliverystream/{name}"),
    LOG_GROUP: ("name", "arn:aws:logs:{region}:{account}:log-group:{name}"),
    SCHEDULE_GROUP: ("name", "arn:aws:scheduler:{region}:{account}:schedule-group/{name}"),
}
# Outputs by which programs refer to a resource.
REFERENCES = ("arn", "url", "qualifiedArn", "id")


def identities(token: str, full: Properties, outputs: Properties, *, region: str, account: str) -> Iterator[Any]:
    """Everything that a reference to a resource may be."""
    yield from (outputs.get(key) for key in REFERENCES)
    if token in ARNS:
        key, arn = ARNS[token]
        name = full.get(key)
        yield name
        if name:
            yield arn.format(region=region, account=account, name=name, path=full.get("path") or "/")
    elif token == RULE:
        yield f"{bus_name(full.get('eventBusName') or 'default')}/{full.get('name')}"
    elif token == FUNCTION_ALIAS:
        yield f"{function_name_of(full.get('functionName'))}:{full.get('name')}"
    elif token == SCALABLE_TARGET:
        yield f"{full.get('resourceId')} {full.get('scalableDimension')}"
    else:
        yield full.get("name")


def bus_name(reference: str) -> str:
    """A bus's name, given its name or ARN."""
    return reference.rsplit(":event-bus/", maxsplit=1)[-1]


def strip_qualifier(reference: str) -> str:
    """A function's name or ARN without its alias or version."""
    parts = reference.split(":")
    if reference.startswith("arn:"):
        return ":".join(parts[:7])
    return parts[0]


def function_name_of(reference: Any) -> str:
    """A function's name, given its name or any ARN of it."""
    if not isinstance(reference, str):
        return ""
    return (
        reference.split(":")[6]
        if reference.startswith("arn:") and reference.count(":") >= 6
        else strip_qualifier(reference)
    )


def qualifier(reference: str) -> str | None:
    """The alias or version of a function's ARN or name, None for the function itself."""
    parts = reference.split(":")
    if reference.startswith("arn:"):
        return parts[7] if len(parts) > 7 else None
    return parts[1] if len(parts) > 1 else None
