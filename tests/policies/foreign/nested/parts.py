"""The parts of a pipeline."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


class BufferedQueue(pulumi.ComponentResource):
    """A queue and its dead letters."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("acme:index:BufferedQueue", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        dead = aws.sqs.Queue(f"{name}-dlq", opts=child)
        queue = aws.sqs.Queue(
            f"{name}-queue",
            redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 5}),
            opts=child,
        )
        self.arn, self.url = queue.arn, queue.url
        self.register_outputs({"arn": self.arn, "url": self.url})


class Worker(pulumi.ComponentResource):
    """A function behind an alias, its role and its logs."""

    def __init__(self, name: str, *, reserved: int, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("acme:index:Worker", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(f"{name}-role", assume_role_policy=TRUST, opts=child)
        function = aws.lambda_.Function(
            f"{name}-fn",
            role=role.arn,
            runtime="python3.13",
            handler="work.run",
            publish=True,
            reserved_concurrent_executions=reserved,
            tracing_config={"mode": "Active"},
            code=pulumi.AssetArchive({"work.py": pulumi.StringAsset("def run(event, context):\n    return {}\n")}),
            opts=child,
        )
        alias = aws.lambda_.Alias(
            f"{name}-live", function_name=function.name, function_version=function.version, opts=child
        )
        aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=pulumi.Output.concat("/aws/lambda/", function.name),
            retention_in_days=14,
            opts=child,
        )
        self.function_name, self.alias_name, self.alias_arn = function.name, alias.name, alias.arn
        self.invoke_arn = alias.invoke_arn
        self.register_outputs({"functionName": self.function_name, "aliasArn": self.alias_arn})


class Front(pulumi.ComponentResource):
    """An HTTP API in front of a function."""

    def __init__(self, name: str, *, function_name: Any, invoke_arn: Any) -> None:
        super().__init__("acme:index:Front", name)
        child = pulumi.ResourceOptions(parent=self)
        api = aws.apigatewayv2.Api(f"{name}-api", protocol_type="HTTP", opts=child)
        behind = aws.apigatewayv2.Integration(
            f"{name}-orders",
            api_id=api.id,
            integration_type="AWS_PROXY",
            integration_uri=invoke_arn,
            payload_format_version="2.0",
            opts=child,
        )
        aws.apigatewayv2.Route(
            f"{name}-orders",
            api_id=api.id,
            route_key="GET /orders",
            target=pulumi.Output.concat("integrations/", behind.id),
            opts=child,
        )
        aws.apigatewayv2.Stage(f"{name}-stage", api_id=api.id, name="$default", auto_deploy=True, opts=child)
        aws.lambda_.Permission(
            f"{name}-invoke",
            action="lambda:InvokeFunction",
            function=function_name,
            qualifier="live",
            principal="apigateway.amazonaws.com",
            opts=child,
        )
        self.register_outputs({"url": api.api_endpoint})
