"""Rows for functions, and what calls them."""

import json
from typing import Any

from handler_lab import Lab, Made, Row, archive, function
from plane_fixture import named

from sandbox.aws.contract.fixtures.account import zip_files

TAGS = {"tags": {"owner": "platform-team", "env": "dev"}}
RETAGGED = {"tags": {"owner": "another-team"}}
NEWER = "def handler(event, context):\n    print('runs')\n    return 'newer'"


def full_function(lab: Lab) -> dict[str, Any]:
    return {
        **function(lab),
        "publish": True,
        "description": "a function",
        "memorySize": 512,
        "environment": {"variables": {"TABLE": "orders"}},
        "layers": [layer(lab)["arn"]],
        "reservedConcurrentExecutions": 5,
        "tracingConfig": {"mode": "Active"},
        "architectures": ["arm64"],
        "loggingConfig": {"logGroup": log_group(lab), "logFormat": "JSON"},
        "deadLetterConfig": {"targetArn": lab.queue()["arn"]},
        **TAGS,
    }


def log_group(lab: Lab) -> str:
    return lab.make("aws:cloudwatch/logGroup:LogGroup", {"name": named("/shop/log")}).id


def layer(lab: Lab) -> Made:
    return lab.make("aws:lambda/layerVersion:LayerVersion", layer_inputs(lab))


def layer_inputs(lab: Lab) -> dict[str, Any]:
    return {
        "layerName": named("layer"),
        "code": archive({"python/extra.py": "answer = 42"}),
        "description": "what functions import",
        "compatibleRuntimes": ["python3.13"],
        "compatibleArchitectures": ["arm64"],
    }


def delete_layer(lab: Lab, made: Made) -> None:
    lab.clients.lambda_.delete_layer_version(
        LayerName=made.inputs["layerName"], VersionNumber=int(made.outputs["version"])
    )


def recode(lab: Lab, made: Made) -> None:
    lab.clients.lambda_.update_function_code(FunctionName=made.id, ZipFile=zip_files({"main.py": NEWER}))


def two_versions(lab: Lab) -> Made:
    made = lab.function()
    return lab.update(made, {**made.inputs, "code": archive({"main.py": NEWER})})


def alias(lab: Lab) -> dict[str, Any]:
    return {"name": "live", "functionName": two_versions(lab).id, "functionVersion": "1", "description": "what runs"}


def move_alias(lab: Lab, made: Made) -> None:
    lab.clients.lambda_.update_alias(FunctionName=made.inputs["functionName"], Name="live", FunctionVersion="2")


def permission(lab: Lab) -> dict[str, Any]:
    return {
        "statementId": "api",
        "action": "lambda:InvokeFunction",
        "function": lab.alias().inputs["functionName"],
        "qualifier": "live",
        "principal": "apigateway.amazonaws.com",
        "sourceArn": f"{lab.api()['executionArn']}/*/*",
    }


def forbid(lab: Lab, made: Made) -> None:
    lab.clients.lambda_.remove_permission(
        FunctionName=made.inputs["function"], StatementId=made.id, Qualifier=made.inputs["qualifier"]
    )


def filtered(kind: str) -> dict[str, Any]:
    return {"filterCriteria": {"filters": [{"pattern": json.dumps({"body": {"kind": [kind]}})}]}}


def mapping(lab: Lab) -> dict[str, Any]:
    return {
        "eventSourceArn": lab.queue(visibilityTimeoutSeconds=60)["arn"],
        "functionName": lab.alias()["arn"],
        "batchSize": 10,
        "enabled": True,
        "scalingConfig": {"maximumConcurrency": 5},
        "functionResponseTypes": ["ReportBatchItemFailures"],
        **filtered("outbox"),
        **TAGS,
    }


def event_invoke(lab: Lab) -> dict[str, Any]:
    return {
        "functionName": lab.function().id,
        "maximumRetryAttempts": 2,
        "maximumEventAgeInSeconds": 300,
        "destinationConfig": {"onFailure": {"destination": lab.queue()["arn"]}},
    }


def warm(lab: Lab) -> dict[str, Any]:
    made = lab.alias()
    return {
        "functionName": made.inputs["functionName"],
        "qualifier": "live",
        "provisionedConcurrentExecutions": 2,
    }


ROWS = (
    Row(
        "aws:lambda/function:Function",
        full_function,
        (
            {"timeout": 9, "memorySize": 1024},
            {"environment": {"variables": {"TABLE": "other", "MORE": "1"}}},
            {"code": archive({"main.py": NEWER})},
            lambda lab, _: {"role": lab.role()["arn"], "handler": "main.handler2"},
            lambda lab, _: {"layers": [layer(lab)["arn"]]},
            {"reservedConcurrentExecutions": 7},
            {"tracingConfig": {"mode": "PassThrough"}},
            lambda lab, _: {"loggingConfig": {"logGroup": log_group(lab), "logFormat": "JSON"}},
            lambda lab, _: {"deadLetterConfig": {"targetArn": lab.queue()["arn"]}},
            {"description": "the function"},
            {"architectures": ["x86_64"]},
            {"environment": None, "layers": None},
            {"reservedConcurrentExecutions": None},
            RETAGGED,
        ),
        recode,
        "code",
    ),
    Row("aws:lambda/layerVersion:LayerVersion", layer_inputs, (), delete_layer),
    Row(
        "aws:lambda/alias:Alias",
        alias,
        (
            {"functionVersion": "2"},
            {"description": "what runs now"},
        ),
        move_alias,
        "functionVersion",
    ),
    Row("aws:lambda/permission:Permission", permission, (), forbid),
    Row(
        "aws:lambda/eventSourceMapping:EventSourceMapping",
        mapping,
        (
            {"batchSize": 5},
            {"enabled": False},
            {"scalingConfig": {"maximumConcurrency": 9}},
            filtered("order"),
            {"filterCriteria": None},
            lambda lab, _: {"functionName": lab.alias()["arn"]},
            RETAGGED,
        ),
        lambda lab, made: lab.clients.lambda_.update_event_source_mapping(UUID=made.id, BatchSize=1),
        "batchSize",
    ),
    Row(
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        event_invoke,
        (
            {"maximumRetryAttempts": 0},
            {"maximumEventAgeInSeconds": 60},
            lambda lab, _: {"destinationConfig": {"onFailure": {"destination": lab.queue()["arn"]}}},
        ),
        lambda lab, made: lab.clients.lambda_.put_function_event_invoke_config(
            FunctionName=made.inputs["functionName"], MaximumRetryAttempts=1
        ),
        "maximumRetryAttempts",
    ),
    Row(
        "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
        warm,
        ({"provisionedConcurrentExecutions": 4},),
        lambda lab, made: lab.clients.lambda_.put_provisioned_concurrency_config(
            FunctionName=made.inputs["functionName"], Qualifier="live", ProvisionedConcurrentExecutions=9
        ),
        "provisionedConcurrentExecutions",
    ),
)
