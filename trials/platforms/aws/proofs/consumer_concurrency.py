"""Without a cap a full queue runs as many workers as the account gives, whatever stands behind them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi_aws as aws

from trials.platforms.aws.proof_parts import SHORT_SECONDS, consumer, read_log, send
from trials.proof import Lab, Observation, Proof

SOURCE = """
import json, time
def handler(event, context):
    began = time.time()
    time.sleep(1)
    print(json.dumps({"began": began, "ended": time.time()}))
"""
MESSAGES, BEARABLE, SECONDS = 12, 3, 30


def program(guarded: bool) -> Mapping[str, Any]:
    """A queue whose consumer uses something that bears three at once."""
    queue = aws.sqs.Queue("work", visibility_timeout_seconds=SHORT_SECONDS * 6)
    cap: dict[str, Any] = {"scaling_config": {"maximum_concurrency": BEARABLE}} if guarded else {}
    worker = consumer("worker", SOURCE, queue, batch_size=1, **cap)
    return {"queue": queue.url, "worker": worker.name}


def trial(lab: Lab) -> Observation:
    """Fill the queue and count how many work at the same time."""
    send(lab, lab.outputs["queue"], [{"n": n} for n in range(MESSAGES)])
    calls = lab.watch(
        lambda: read_log(lab, lab.outputs["worker"]), lambda found: len(found) >= MESSAGES, seconds=SECONDS
    )
    peak = max((_at_once(calls, call["began"]) for call in calls), default=0)
    handled = len(calls) >= MESSAGES
    return Observation(
        handled and peak <= BEARABLE, f"{peak} at once where {BEARABLE} are bearable, {len(calls)} handled"
    )


def _at_once(calls: Sequence[Mapping[str, float]], moment: float) -> int:
    return sum(call["began"] <= moment < call["ended"] for call in calls)


PROOF = Proof(
    rule="aws-sca-02",
    removed="the consumer's maximum concurrency",
    promise="what stands behind a consumer is never asked by more than it bears",
    program=program,
    trial=trial,
)
