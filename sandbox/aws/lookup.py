"""Lookup of resources in the data plane that this program did not make, e.g. those of another stack."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.aws.checks.core import resource_names as names
from sandbox.aws.clients import Clients, PlaneError, is_gone

# How to ask for a resource by name or ARN; a type that is not here lives in the state alone.
PROBES: Mapping[str, Callable[[Any, str], Any]] = {
    names.QUEUE: lambda c, ref: c.sqs.get_queue_url(QueueName=ref.rsplit("/", 1)[-1].rsplit(":", 1)[-1]),
    names.FUNCTION: lambda c, ref: c.lambda_.get_function(FunctionName=ref),
    names.TABLE: lambda c, ref: c.dynamodb.describe_table(TableName=ref.rsplit(":table/", 1)[-1]),
    names.BUS: lambda c, ref: c.events.describe_event_bus(Name=names.bus_name(ref)),
    names.RULE: lambda c, ref: c.events.describe_rule(EventBusName=ref.split("/", 1)[0], Name=ref.split("/", 1)[1]),
    names.TOPIC: lambda c, ref: c.sns.get_topic_attributes(TopicArn=ref),
    names.ROLE: lambda c, ref: c.iam.get_role(RoleName=ref),
    names.BUCKET: lambda c, ref: c.s3.head_bucket(Bucket=ref),
    names.SCHEDULE_GROUP: lambda c, ref: c.scheduler.get_schedule_group(Name=ref),
}


def may_exist(clients: Clients, token: str, reference: str) -> bool:
    """Whether a resource of a type, by name or ARN, may be there: a plane that does not run or answer can't deny it."""
    probe = PROBES.get(token)
    if probe is None:
        return False
    try:
        probe(clients, reference)
    except PlaneError:
        return True
    except Exception as error:  # noqa: BLE001 - whatever else goes wrong is no proof
        return not is_gone(error)
    return True
