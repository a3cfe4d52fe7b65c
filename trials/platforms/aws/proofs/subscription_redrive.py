"""Without a redrive policy a subscription drops a message that its queue refuses."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from trials.platforms.aws.proof_parts import observe_refusal, send_policy
from trials.proof import Lab, Observation, Proof


def program(guarded: bool) -> Mapping[str, Any]:
    """A topic whose subscriber, a queue, lets nobody send."""
    refusing, dead, topic = aws.sqs.Queue("refusing"), aws.sqs.Queue("dead"), aws.sns.Topic("news")
    aws.sqs.QueuePolicy("dead", queue_url=dead.url, policy=send_policy(dead, "sns", topic.arn))
    redrive = pulumi.Output.json_dumps({"deadLetterTargetArn": dead.arn}) if guarded else None
    aws.sns.TopicSubscription("work", topic=topic.arn, protocol="sqs", endpoint=refusing.arn, redrive_policy=redrive)
    return {"topic": topic.arn, "refusing": refusing.url, "dead": dead.url}


def trial(lab: Lab) -> Observation:
    """Publish a message and look where it is kept."""
    lab.client("sns").publish(TopicArn=lab.outputs["topic"], Message="news")
    return observe_refusal(lab)


PROOF = Proof(
    rule="aws-res-12",
    removed="the subscription's redrive policy",
    promise="a message that its subscriber refuses is kept",
    program=program,
    trial=trial,
)
