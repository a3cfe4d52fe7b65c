"""What the programs of several proofs are built from, and how their trials look at queues."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from trials.proof import Lab, Seen

DELIVERY_SECONDS = 8
LOGGING = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
SHORT_SECONDS = 2
"""Of a function and its retries: long enough for a slow machine, short enough for a trial."""


def function(name: str, source: str, *, actions: Sequence[str] = (), **settings: Any) -> aws.lambda_.Function:
    """A function whose module is `source` with a `handler`, allowed some actions on everything of the lab."""
    assume = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    allowed = {"Effect": "Allow", "Action": [*LOGGING, *actions], "Resource": "*"}
    role = aws.iam.Role(name, assume_role_policy=_document(assume))
    policy = aws.iam.RolePolicy(name, role=role.id, policy=_document(allowed))
    code = pulumi.AssetArchive({"main.py": pulumi.StringAsset(source)})
    return aws.lambda_.Function(
        name,
        role=role.arn,
        runtime="python3.13",
        handler="main.handler",
        code=code,
        opts=pulumi.ResourceOptions(depends_on=[policy]),
        **settings,
    )


def consumer(name: str, source: str, queue: aws.sqs.Queue, **mapping: Any) -> aws.lambda_.Function:
    """A function that reads a queue."""
    actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    settings = mapping.pop("function", {})
    worker = function(name, source, actions=actions, timeout=SHORT_SECONDS, **settings)
    aws.lambda_.EventSourceMapping(name, event_source_arn=queue.arn, function_name=worker.arn, **mapping)
    return worker


def redrive(dead: aws.sqs.Queue, *, receives: int) -> pulumi.Output[str]:
    """A redrive policy."""
    return pulumi.Output.json_dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": receives})


def send(lab: Lab, url: str, bodies: Sequence[Mapping[str, Any]]) -> None:
    """Send messages in batches of ten."""
    entries = [{"Id": str(n), "MessageBody": json.dumps(body)} for n, body in enumerate(bodies)]
    for first in range(0, len(entries), 10):
        lab.client("sqs").send_message_batch(QueueUrl=url, Entries=entries[first : first + 10])


def depth(lab: Lab, url: str) -> int:
    """How many messages a queue holds, whether they are hidden or not."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = lab.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)


def kept(lab: Lab) -> Seen:
    """Whether the one thing that was sent, and that the output `refusing` did not take, is in the output `dead`."""
    found = lab.watch(lambda: depth(lab, lab.outputs["dead"]), lambda held: held > 0, seconds=DELIVERY_SECONDS)
    return Seen(found == 1, f"{depth(lab, lab.outputs['refusing'])} of 1 delivered, {found} kept")


def told(lab: Lab, name: str) -> list[dict[str, Any]]:
    """What a function printed as JSON, in order."""
    logs = lab.client("logs")
    try:
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [json.loads(event["message"]) for event in events if event["message"].startswith("{")]


def _document(statement: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
