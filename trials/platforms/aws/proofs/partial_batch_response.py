"""Without partial batch responses Lambda takes what a function reports as failed for done, and deletes it."""

from collections.abc import Mapping
from typing import Any

import pulumi_aws as aws

from trials.platforms.aws.proof_parts import SHORT_SECONDS, consumer, depth, redrive, send
from trials.proof import Lab, Observation, Proof

SOURCE = """
def handler(event, context):
    poison = [r["messageId"] for r in event["Records"] if "poison" in r["body"]]
    return {"batchItemFailures": [{"itemIdentifier": found} for found in poison]}
"""
SECONDS = 20


def program(guarded: bool) -> Mapping[str, Any]:
    """A queue whose consumer reports the messages that it could not handle."""
    dead = aws.sqs.Queue("dead")
    policy = redrive(dead, receives=2)
    queue = aws.sqs.Queue("work", visibility_timeout_seconds=SHORT_SECONDS * 6, redrive_policy=policy)
    reports: dict[str, Any] = {"function_response_types": ["ReportBatchItemFailures"]} if guarded else {}
    consumer("worker", SOURCE, queue, batch_size=5, **reports)
    return {"queue": queue.url, "dead": dead.url}


def trial(lab: Lab) -> Observation:
    """Send a poison message among good ones and look where it ends."""
    queue, dead = lab.outputs["queue"], lab.outputs["dead"]
    lab.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": str(SHORT_SECONDS)})
    send(lab, queue, [{"n": 1}, {"n": 2}, {"poison": True}, {"n": 3}])
    lab.watch(lambda: depth(lab, queue), lambda found: found == 0, seconds=SECONDS)
    waiting, set_aside = depth(lab, queue), depth(lab, dead)
    lost = 1 - waiting - set_aside
    return Observation(set_aside == 1, f"{set_aside} of 1 failed message set aside, {lost} gone without a trace")


PROOF = Proof(
    rule="aws-res-06",
    removed="ReportBatchItemFailures of the mapping",
    promise="what a function reports as failed is tried again, then set aside",
    program=program,
    trial=trial,
)
