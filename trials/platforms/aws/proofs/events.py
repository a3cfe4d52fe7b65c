"""Rules of the default bus, and events for them."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from trials.platforms.aws.proofs.parts import kept
from trials.proof import Lab, Seen

DETAIL_TYPE = "lab.happened"


def source() -> str:
    """What events of this program say that they come from; the output `source` of a program that puts some."""
    return f"lab.{pulumi.get_stack()}"


def rule_with(name: str, target: Any, **settings: Any) -> aws.cloudwatch.EventRule:
    """A rule with one target for the program's events."""
    pattern = json.dumps({"source": [source()], "detail-type": [DETAIL_TYPE]})
    rule = aws.cloudwatch.EventRule(name, event_pattern=pattern)
    aws.cloudwatch.EventTarget(name, rule=rule.name, arn=target, **settings)
    return rule


def allowed(queue: aws.sqs.Queue, service: str, source: Any) -> Any:
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


def refused(lab: Lab) -> Seen:
    """Put an event that its target refuses, and look where it is kept."""
    put_event(lab)
    return kept(lab)
