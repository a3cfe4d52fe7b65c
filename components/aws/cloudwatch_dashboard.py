"""A CloudWatch dashboard of API, functions, queues and tables."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.aws.dynamo_table import DynamoTableReference
from components.aws.http_api import HttpApiReference
from components.aws.lambda_service import LambdaServiceReference
from components.aws.sqs_queue import SqsQueueReference
from components.inputs import with_former_type

COLUMNS = 24
WIDGET = (8, 6)


class CloudWatchDashboardArgs(TypedDict):
    """Inputs of `CloudWatchDashboard`."""

    region: Input[str]
    """Region of the metrics."""
    api: HttpApiReference
    """The HTTP API."""
    functions: Mapping[str, LambdaServiceReference]
    """Functions by a short name."""
    queues: Mapping[str, SqsQueueReference]
    """Queues with their dead letters by a short name."""
    tables: Mapping[str, DynamoTableReference]
    """Tables by a short name."""
    tags: NotRequired[Input[Mapping[str, Input[str]]]]
    """Accepted for uniformity; CloudWatch dashboards carry no tags (default none)."""


class CloudWatchDashboard(pulumi.ComponentResource):
    """A CloudWatch dashboard: traffic, errors, latency, depth and age of queues, dead letters, throttles.

    Cost: 3 USD a month; three dashboards of up to 50 metrics are free (https://aws.amazon.com/cloudwatch/pricing/).

    Example:
        ```python
        CloudWatchDashboard(
            "shop",
            {
                "region": "us-east-1",
                "api": {"api_id": "abc123", "url": "https://abc123.execute-api.us-east-1.amazonaws.com"},
                "functions": {},
                "queues": {},
                "tables": {
                    "orders": {
                        "name": "orders",
                        "arn": "arn:aws:dynamodb:us-east-1:111122223333:table/orders",
                        "stream_arn": "",
                    }
                },
            },
        )
        ```
    """

    name: Output[str]
    """The dashboard's name."""

    def __init__(self, name: str, args: CloudWatchDashboardArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("scaleshop:index:CloudWatchDashboard", name, {}, with_former_type("OperationsDashboard", opts))
        resolved = Output.all(
            region=args["region"],
            api=args["api"]["api_id"],
            functions={short: function["function_name"] for short, function in args["functions"].items()},
            queues={short: queue["name"] for short, queue in args["queues"].items()},
            dead_letters={short: queue["dead_letter_name"] for short, queue in args["queues"].items()},
            tables={short: table["name"] for short, table in args["tables"].items()},
        )
        dashboard = aws.cloudwatch.Dashboard(
            f"{name}-dashboard",
            dashboard_name=f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}",
            dashboard_body=resolved.apply(_body),
            opts=ResourceOptions(parent=self),
        )
        self.name = dashboard.dashboard_name
        self.register_outputs({"name": self.name})


def _body(require_int: Mapping[str, Any]) -> str:
    functions: Mapping[str, str] = require_int["functions"]
    queues: Mapping[str, str] = require_int["queues"]
    rows: list[tuple[str, str, list[list[str]]]] = [
        ("Requests", "Sum", [["AWS/ApiGateway", "Count", "ApiId", require_int["api"]]]),
        ("Errors of the API", "Sum", [["AWS/ApiGateway", m, "ApiId", require_int["api"]] for m in ("4xx", "5xx")]),
        ("Latency p99 (ms)", "p99", [["AWS/ApiGateway", "Latency", "ApiId", require_int["api"]]]),
        ("Errors of functions", "Sum", _each("AWS/Lambda", "Errors", "FunctionName", functions)),
        ("Concurrency", "Maximum", _each("AWS/Lambda", "ConcurrentExecutions", "FunctionName", functions)),
        ("Throttled functions", "Sum", _each("AWS/Lambda", "Throttles", "FunctionName", functions)),
        ("Waiting", "Maximum", _each("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queues)),
        ("Oldest message (s)", "Maximum", _each("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", queues)),
        (
            "Dead letters",
            "Maximum",
            _each("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", require_int["dead_letters"]),
        ),
        ("Throttled writes", "Sum", _each("AWS/DynamoDB", "WriteThrottleEvents", "TableName", require_int["tables"])),
    ]
    return json.dumps(
        {"widgets": [_widget(i, require_int["region"], *row) for i, row in enumerate(rows)]}, separators=(",", ":")
    )


def _each(namespace: str, metric: str, dimension: str, names: Mapping[str, str]) -> list[list[str]]:
    return [[namespace, metric, dimension, name] for _, name in sorted(names.items())]


def _widget(index: int, region: str, title: str, statistic: str, metrics: Sequence[Sequence[str]]) -> dict[str, Any]:
    width, height = WIDGET
    return {
        "type": "metric",
        "x": index * width % COLUMNS,
        "y": index * width // COLUMNS * height,
        "width": width,
        "height": height,
        "properties": {"title": title, "stat": statistic, "period": 60, "region": region, "metrics": metrics},
    }
