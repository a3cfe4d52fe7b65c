"""Without a dead-letter queue a poison message comes back until it is too old, and nobody sees it."""

from collections.abc import Mapping
from typing import Any

import pulumi_aws as aws

from trials.platforms.aws.proof_parts import SHORT_SECONDS, consumer, depth, redrive, send
from trials.proof import Lab, Observation, Proof

SOURCE = """
def handler(event, context):
    raise ValueError("cannot be read")
"""
RECEIVES, SECONDS = 2, 20


def program(guarded: bool) -> Mapping[str, Any]:
    """A queue whose consumer fails on what it gets."""
    dead = aws.sqs.Queue("dead") if guarded else None
    policy: dict[str, Any] = {"redrive_policy": redrive(dead, receives=RECEIVES)} if dead else {}
    queue = aws.sqs.Queue("work", visibility_timeout_seconds=SHORT_SECONDS * 6, **policy)
    consumer("worker", SOURCE, queue, batch_size=1)
    return {"queue": queue.url, "dead": dead.url if dead else ""}


def trial(lab: Lab) -> Observation:
    """Send a poison message and look where it ends."""
    queue, dead = lab.outputs["queue"], lab.outputs["dead"]
    # Hidden for a moment only, so that each receive does not take a whole visibility timeout.
    lab.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": str(SHORT_SECONDS)})
    send(lab, queue, [{"poison": True}])
    set_aside = lab.watch(lambda: depth(lab, dead) if dead else 0, lambda found: found == 1, seconds=SECONDS)
    waiting = depth(lab, queue)
    return Observation(set_aside == 1 and waiting == 0, f"{set_aside} message set aside, {waiting} still coming back")


PROOF = Proof(
    rule="aws-res-02",
    removed="the queue's redrive policy",
    promise="a poison message is set aside",
    program=program,
    trial=trial,
)
