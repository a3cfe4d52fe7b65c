"""A function that may outlive its API goes on after the client was answered that the request failed."""

from collections.abc import Mapping
from typing import Any

import httpx
import pulumi
import pulumi_aws as aws

from trials.platforms.aws.proof_parts import function, read_log
from trials.proof import Lab, Observation, Proof

SOURCE = """
import time
def handler(event, context):
    time.sleep(2.5)
    print('{"charged": true}')
    return {"statusCode": 201}
"""
API_SECONDS, LATER_SECONDS = 2, 6


def program(guarded: bool) -> Mapping[str, Any]:
    """An API that waits two seconds for a function that takes longer."""
    worker = function("worker", SOURCE, timeout=API_SECONDS if guarded else 10)
    api = aws.apigatewayv2.Api("api", protocol_type="HTTP")
    integration = aws.apigatewayv2.Integration(
        "worker",
        api_id=api.id,
        integration_type="AWS_PROXY",
        integration_uri=worker.invoke_arn,
        payload_format_version="2.0",
        timeout_milliseconds=API_SECONDS * 1000,
    )
    target = pulumi.Output.concat("integrations/", integration.id)
    aws.apigatewayv2.Route("order", api_id=api.id, route_key="POST /orders", target=target)
    stage = aws.apigatewayv2.Stage("live", api_id=api.id, name="$default", auto_deploy=True)
    source = pulumi.Output.concat(api.execution_arn, "/*/*")
    aws.lambda_.Permission(
        "api",
        action="lambda:InvokeFunction",
        function=worker.name,
        principal="apigateway.amazonaws.com",
        source_arn=source,
    )
    return {"url": api.api_endpoint, "worker": worker.name, "stage": stage.id}


def trial(lab: Lab) -> Observation:
    """Order something, and look what happens after the answer."""
    status = httpx.post(f"{lab.outputs['url']}/orders", timeout=30, trust_env=False).status_code
    charged = lab.watch(
        lambda: read_log(lab, lab.outputs["worker"]), lambda found: len(found) > 0, seconds=LATER_SECONDS
    )
    return Observation(status >= 500 and not charged, f"answered {status}, charged {len(charged)} times afterwards")


PROOF = Proof(
    rule="aws-sca-06",
    removed="the function's timeout, which was the API's",
    promise="a request that was answered as failed does nothing later",
    program=program,
    trial=trial,
)
