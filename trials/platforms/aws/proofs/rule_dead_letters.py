"""Without a dead-letter queue a rule drops an event whose target refuses it."""

from collections.abc import Mapping
from typing import Any

import pulumi_aws as aws

from trials.platforms.aws.proof_parts import event_rule, event_source, put_refused_event, send_policy
from trials.proof import Proof


def program(guarded: bool) -> Mapping[str, Any]:
    """A rule whose target, a queue, lets nobody send."""
    refusing, dead = aws.sqs.Queue("refusing"), aws.sqs.Queue("dead")
    rule = event_rule("work", refusing.arn, dead_letter_config={"arn": dead.arn} if guarded else None)
    aws.sqs.QueuePolicy("dead", queue_url=dead.url, policy=send_policy(dead, "events", rule.arn))
    return {"refusing": refusing.url, "dead": dead.url, "source": event_source()}


PROOF = Proof(
    rule="aws-res-09",
    removed="the target's dead-letter queue",
    promise="an event that its target refuses is kept",
    program=program,
    trial=put_refused_event,
)
