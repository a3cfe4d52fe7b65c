"""Without a destination for failures, an event that a function could not handle is gone after its last try."""

from collections.abc import Mapping
from typing import Any

import pulumi_aws as aws

from trials.platforms.aws.proof_parts import (
    SHORT_SECONDS,
    depth,
    event_rule,
    event_source,
    function,
    put_event,
    read_log,
)
from trials.proof import Lab, Observation, Proof

SOURCE = """
def handler(event, context):
    print('{"tried": true}')
    raise RuntimeError("the shop's table is away")
"""
SECONDS = 20


def program(guarded: bool) -> Mapping[str, Any]:
    """A rule that calls a function, which fails."""
    failed = aws.sqs.Queue("failed")
    worker = function("worker", SOURCE, actions=["sqs:SendMessage"], timeout=SHORT_SECONDS)
    aws.lambda_.FunctionEventInvokeConfig(
        "worker",
        function_name=worker.name,
        maximum_retry_attempts=0,
        maximum_event_age_in_seconds=60,
        destination_config={"on_failure": {"destination": failed.arn}} if guarded else None,
    )
    rule = event_rule("worker", worker.arn)
    aws.lambda_.Permission(
        "worker",
        action="lambda:InvokeFunction",
        function=worker.name,
        principal="events.amazonaws.com",
        source_arn=rule.arn,
    )
    return {"failed": failed.url, "worker": worker.name, "source": event_source()}


def trial(lab: Lab) -> Observation:
    """Put an event and look whether its failure is kept."""
    put_event(lab)
    tried = lab.watch(lambda: read_log(lab, lab.outputs["worker"]), lambda found: len(found) > 0, seconds=SECONDS)
    kept = lab.watch(lambda: depth(lab, lab.outputs["failed"]), lambda found: found > 0, seconds=SECONDS / 4)
    return Observation(len(tried) == kept == 1, f"{len(tried)} event tried and failed, {kept} kept")


PROOF = Proof(
    rule="aws-res-07",
    removed="the function's on-failure destination",
    promise="an event that fails is kept",
    program=program,
    trial=trial,
)
