"""With a visibility timeout as short as its consumer's, a message comes again while a cold start is still under way."""

from collections.abc import Mapping
from typing import Any

import pulumi_aws as aws

from trials.platforms.aws.proof_parts import SHORT_SECONDS, consumer, depth, read_log, redrive, send
from trials.proof import Lab, Observation, Proof

# What a module does when it is loaded is not part of the timeout:
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
SOURCE = """
import json, time
time.sleep(4)
def handler(event, context):
    print(json.dumps({"handled": event["Records"][0]["messageId"]}))
"""
MESSAGES, RECEIVES, SECONDS = 2, 20, 25


def program(guarded: bool) -> Mapping[str, Any]:
    """A queue whose consumer starts slowly and then is fast."""
    dead = aws.sqs.Queue("dead")
    visibility = SHORT_SECONDS * (6 if guarded else 1)
    policy = redrive(dead, receives=RECEIVES)
    queue = aws.sqs.Queue("work", visibility_timeout_seconds=visibility, redrive_policy=policy)
    worker = consumer("worker", SOURCE, queue, batch_size=1)
    return {"queue": queue.url, "worker": worker.name}


def trial(lab: Lab) -> Observation:
    """Send messages and count how often they are handled."""
    queue, worker = lab.outputs["queue"], lab.outputs["worker"]
    send(lab, queue, [{"n": n} for n in range(MESSAGES)])
    lab.watch(lambda: depth(lab, queue), lambda found: found == 0, seconds=SECONDS)
    handled = len(
        lab.watch(lambda: read_log(lab, worker), lambda found: len(found) > MESSAGES, seconds=SHORT_SECONDS * 2)
    )
    return Observation(handled == MESSAGES, f"{MESSAGES} messages handled {handled} times")


PROOF = Proof(
    rule="aws-res-01",
    removed="five sixths of the visibility timeout",
    promise="a message is handled once while nothing fails",
    program=program,
    trial=trial,
)
