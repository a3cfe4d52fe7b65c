"""Without a dead-letter queue a rule drops an event whose target refuses it."""

from collections.abc import Mapping
from typing import Any

import pulumi_aws as aws

from trials.platforms.aws.proofs.events import allowed, refused, rule_with, source
from trials.proof import Proof


def program(guarded: bool) -> Mapping[str, Any]:
    """A rule whose target, a queue, lets nobody send."""
    refusing, dead = aws.sqs.Queue("refusing"), aws.sqs.Queue("dead")
    rule = rule_with("work", refusing.arn, dead_letter_config={"arn": dead.arn} if guarded else None)
    aws.sqs.QueuePolicy("dead", queue_url=dead.url, policy=allowed(dead, "events", rule.arn))
    return {"refusing": refusing.url, "dead": dead.url, "source": source()}


PROOF = Proof(
    rule="aws-res-09",
    removed="the target's dead-letter queue",
    promise="an event that its target refuses is kept",
    program=program,
    trial=refused,
)
