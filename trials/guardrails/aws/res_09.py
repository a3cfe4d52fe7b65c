"""Without a dead-letter queue a rule drops an event whose target refuses it."""

from collections.abc import Mapping
from typing import Any

import pulumi_aws as aws

from trials.guardrails.events import allowed, put_event, rule_with, source
from trials.guardrails.parts import depth
from trials.guardrails.proof import Lab, Proof, Seen

SECONDS = 8


def program(guarded: bool) -> Mapping[str, Any]:
    """A rule whose target, a queue, lets nobody send."""
    refusing, dead = aws.sqs.Queue("refusing"), aws.sqs.Queue("dead")
    kept: dict[str, Any] = {"dead_letter_config": {"arn": dead.arn}} if guarded else {}
    rule = rule_with("work", refusing.arn, **kept)
    aws.sqs.QueuePolicy("dead", queue_url=dead.url, policy=allowed(dead, "events", rule.arn))
    return {"refusing": refusing.url, "dead": dead.url, "source": source()}


def trial(lab: Lab) -> Seen:
    """Put an event and look where it is kept."""
    put_event(lab)
    kept = lab.watch(lambda: depth(lab, lab.outputs["dead"]), lambda found: found > 0, seconds=SECONDS)
    return Seen(kept == 1, f"{depth(lab, lab.outputs['refusing'])} of 1 event delivered, {kept} kept")


PROOF = Proof(
    rule="aws-res-09",
    removed="the target's dead-letter queue",
    promise="an event that its target refuses is kept",
    program=program,
    trial=trial,
)
