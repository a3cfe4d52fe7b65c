"""Without a redrive policy a subscription drops a message that its queue refuses."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from trials.guardrails.events import allowed
from trials.guardrails.parts import depth
from trials.guardrails.proof import Lab, Proof, Seen

SECONDS = 8


def program(guarded: bool) -> Mapping[str, Any]:
    """A topic whose subscriber, a queue, lets nobody send."""
    refusing, dead, topic = aws.sqs.Queue("refusing"), aws.sqs.Queue("dead"), aws.sns.Topic("news")
    aws.sqs.QueuePolicy("dead", queue_url=dead.url, policy=allowed(dead, "sns", topic.arn))
    kept: dict[str, Any] = (
        {"redrive_policy": pulumi.Output.json_dumps({"deadLetterTargetArn": dead.arn})} if guarded else {}
    )
    aws.sns.TopicSubscription("work", topic=topic.arn, protocol="sqs", endpoint=refusing.arn, **kept)
    return {"topic": topic.arn, "refusing": refusing.url, "dead": dead.url}


def trial(lab: Lab) -> Seen:
    """Publish a message and look where it is kept."""
    lab.client("sns").publish(TopicArn=lab.outputs["topic"], Message="news")
    kept = lab.watch(lambda: depth(lab, lab.outputs["dead"]), lambda found: found > 0, seconds=SECONDS)
    return Seen(kept == 1, f"{depth(lab, lab.outputs['refusing'])} of 1 message delivered, {kept} kept")


PROOF = Proof(
    rule="aws-res-12",
    removed="the subscription's redrive policy",
    promise="a message that its subscriber refuses is kept",
    program=program,
    trial=trial,
)
