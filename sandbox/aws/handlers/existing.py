"""Whether the data plane has a resource that this program did not make, e.g. one of another stack."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.aws.checks import identity
from sandbox.aws.clients import Clients, PlaneError, gone

# How to ask for a resource by name or ARN; a type that is not here lives in the state alone.
PROBES: Mapping[str, Callable[[Any, str], Any]] = {
    identity.QUEUE: lambda c, ref: c.sqs.get_queue_url(QueueName=ref.rsplit("/", 1)[-1].rsplit(":", 1)[-1]),
    identity.FUNCTION: lambda c, ref: c.lambda_.get_function(FunctionName=ref),
    identity.TABLE: lambda c, ref: c.dynamodb.describe_table(TableName=ref.rsplit(":table/", 1)[-1]),
    identity.BUS: lambda c, ref: c.events.describe_event_bus(Name=identity.bus_name(ref)),
    identity.RULE: lambda c, ref: c.events.describe_rule(EventBusName=ref.split("/", 1)[0], Name=ref.split("/", 1)[1]),
    identity.TOPIC: lambda c, ref: c.sns.get_topic_attributes(TopicArn=ref),
    identity.ROLE: lambda c, ref: c.iam.get_role(RoleName=ref),
    identity.BUCKET: lambda c, ref: c.s3.head_bucket(Bucket=ref),
    identity.SCHEDULE_GROUP: lambda c, ref: c.scheduler.get_schedule_group(Name=ref),
}


def exists(clients: Clients, token: str, reference: str) -> bool:
    """Whether a resource may be there: a plane that does not run or answer can't deny it."""
    probe = PROBES.get(token)
    if probe is None:
        return False
    try:
        probe(clients, reference)
    except PlaneError:
        return True
    except Exception as error:  # noqa: BLE001 - whatever else goes wrong is no proof
        return not gone(error)
    return True
