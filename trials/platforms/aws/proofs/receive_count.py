"""With one receive only, a consumer that is throttled or restarted once turns good messages into dead letters."""

from collections.abc import Mapping
from typing import Any

import pulumi_aws as aws

from trials.platforms.aws.proof_parts import SHORT_SECONDS, consumer, depth, redrive, send
from trials.proof import Lab, Observation, Proof

SOURCE = """
def handler(event, context):
    if event["Records"][0]["attributes"]["ApproximateReceiveCount"] == "1":
        raise RuntimeError("restarted while at work")
"""
MESSAGES, SECONDS = 5, 20


def program(guarded: bool) -> Mapping[str, Any]:
    """A queue whose consumer fails once on each message."""
    dead = aws.sqs.Queue("dead")
    policy = redrive(dead, receives=5 if guarded else 1)
    queue = aws.sqs.Queue("work", visibility_timeout_seconds=SHORT_SECONDS * 6, redrive_policy=policy)
    consumer("worker", SOURCE, queue, batch_size=1)
    return {"queue": queue.url, "dead": dead.url}


def trial(lab: Lab) -> Observation:
    """Send good messages and look whether they are handled."""
    queue, dead = lab.outputs["queue"], lab.outputs["dead"]
    lab.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": str(SHORT_SECONDS)})
    send(lab, queue, [{"n": n} for n in range(MESSAGES)])
    lab.watch(lambda: depth(lab, queue), lambda found: found == 0, seconds=SECONDS)
    waiting, lost = depth(lab, queue), depth(lab, dead)
    handled = MESSAGES - waiting - lost
    return Observation(
        handled == MESSAGES, f"{handled} of {MESSAGES} good messages handled, {lost} of them dead letters"
    )


PROOF = Proof(
    rule="aws-res-03",
    removed="all but one receive before a message is a dead letter",
    promise="a consumer that fails once loses nothing",
    program=program,
    trial=trial,
)
