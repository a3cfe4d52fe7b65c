"""What the programs of several proofs on AWS are built from, and how their trials look at queues and logs."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from trials.proof import Lab, Observation

DELIVERY_SECONDS = 8
DETAIL_TYPE = "lab.happened"
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


def event_source() -> str:
    """What events of this program have as their source; the output `source` of a program that puts some."""
    return f"lab.{pulumi.get_stack()}"


def event_rule(name: str, target: Any, **settings: Any) -> aws.cloudwatch.EventRule:
    """A rule of the default bus with one target, for the program's events."""
    pattern = json.dumps({"source": [event_source()], "detail-type": [DETAIL_TYPE]})
    rule = aws.cloudwatch.EventRule(name, event_pattern=pattern)
    aws.cloudwatch.EventTarget(name, rule=rule.name, arn=target, **settings)
    return rule


def send_policy(queue: aws.sqs.Queue, service: str, source: Any) -> Any:
    """A queue's policy that lets a service send on behalf of one source."""
    statement = {
        "Effect": "Allow",
        "Action": "sqs:SendMessage",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Resource": queue.arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": source}},
    }
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [statement]})


def put_event(lab: Lab) -> None:
    """Put one event that the rule of the output `source` matches."""
    entry = {"Source": lab.outputs["source"], "DetailType": DETAIL_TYPE, "Detail": '{"n": 1}'}
    lab.client("events").put_events(Entries=[entry])


def put_refused_event(lab: Lab) -> Observation:
    """Put an event that its target refuses, and look where it is kept."""
    put_event(lab)
    return observe_refusal(lab)


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


def observe_refusal(lab: Lab) -> Observation:
    """Whether the one thing that was sent, and that the output `refusing` did not take, is in the output `dead`."""
    found = lab.watch(lambda: depth(lab, lab.outputs["dead"]), lambda kept: kept > 0, seconds=DELIVERY_SECONDS)
    return Observation(found == 1, f"{depth(lab, lab.outputs['refusing'])} of 1 delivered, {found} kept")


def read_log(lab: Lab, name: str) -> list[dict[str, Any]]:
    """The lines that a function printed as JSON objects, in order."""
    logs = lab.client("logs")
    try:
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [json.loads(event["message"]) for event in events if event["message"].startswith("{")]


def _document(statement: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
