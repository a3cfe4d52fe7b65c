"""Parts of a shop that no rule finds anything wrong with; the programs beside this one are each wrong in one way."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

TAGS = {"owner": "shop-team", "env": "prod", "service": "shop", "cost-center": "shop"}
ACCOUNT = "111122223333"
CODE = pulumi.AssetArchive({"app.py": pulumi.StringAsset("def run(event, context):\n    return {}\n")})
LEAST_SECONDS = 300


def document(*statements: dict[str, Any]) -> str:
    """An IAM document without anything that is decided later."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def topic() -> aws.sns.Topic:
    """Where alarms speak, and somebody who listens."""
    made = aws.sns.Topic("alarms", tags=TAGS)
    aws.sns.TopicSubscription("on-call", topic=made.arn, protocol="email", endpoint="on-call@example.com")
    return made


def alarm(name: str, metric: str, dimensions: Any, actions: list[Any], **given: Any) -> aws.cloudwatch.MetricAlarm:
    """An alarm on a metric of a function or a queue."""
    given = {"statistic": "Maximum", "threshold": 1, **given}
    return aws.cloudwatch.MetricAlarm(
        name, namespace="AWS/SQS" if "QueueName" in dimensions else "AWS/Lambda", metric_name=metric,
        dimensions=dimensions, comparison_operator="GreaterThanOrEqualToThreshold", evaluation_periods=1, period=60,
        treat_missing_data="notBreaching", alarm_actions=actions, tags=TAGS, **given,
    )  # fmt: skip


def role(name: str) -> aws.iam.Role:
    """A role that a function may take on."""
    taken = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return aws.iam.Role(name, assume_role_policy=document(taken), tags=TAGS)


def function(
    name: str, alarms: aws.sns.Topic, *, role_of: aws.iam.Role | None = None, retention: int = 30,
    metrics: tuple[str, ...] = ("Errors", "Throttles"), **given: Any,
) -> aws.lambda_.Function:  # fmt: skip
    """A function with its role, log group and alarms."""
    logs = aws.cloudwatch.LogGroup(f"{name}-logs", retention_in_days=retention, tags=TAGS)
    made = aws.lambda_.Function(
        name, role=(role_of or role(f"{name}-role")).arn, runtime="python3.13", handler="app.run", code=CODE, tags=TAGS,
        tracing_config={"mode": "Active"}, logging_config={"log_format": "JSON", "log_group": logs.name},
        **{"timeout": 10, **given},
    )  # fmt: skip
    for metric in metrics:
        alarm(f"{name}-{metric.lower()}", metric, {"FunctionName": made.name}, [alarms.arn], statistic="Sum")
    return made


def dead_letters(name: str, alarms: aws.sns.Topic, *, watched: bool = True, **given: Any) -> aws.sqs.Queue:
    """A queue for what failed, and an alarm when something is in it."""
    made = aws.sqs.Queue(name, **{"message_retention_seconds": 1_209_600, "tags": TAGS, **given})
    if watched:
        alarm(f"{name}-depth", "ApproximateNumberOfMessagesVisible", {"QueueName": made.name}, [alarms.arn])
    return made


def queue(
    name: str, alarms: aws.sns.Topic, *, dead: aws.sqs.Queue | None, receives: int = 5, age: int = LEAST_SECONDS,
    **given: Any,
) -> aws.sqs.Queue:  # fmt: skip
    """A queue whose messages are hidden for six times ten seconds, with dead letters and an alarm on their age."""
    redrive = dead and dead.arn.apply(lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": receives}))
    made = aws.sqs.Queue(name, redrive_policy=redrive, **{"visibility_timeout_seconds": 60, "tags": TAGS, **given})
    watching = {"QueueName": made.name}
    alarm(f"{name}-age", "ApproximateAgeOfOldestMessage", watching, [alarms.arn], threshold=age)
    return made


def consumer(source: aws.sqs.Queue, reader: aws.lambda_.Function, **given: Any) -> aws.lambda_.EventSourceMapping:
    """A function that reads a queue: bounded, and naming the messages that failed."""
    return aws.lambda_.EventSourceMapping(
        "reader", event_source_arn=source.arn, function_name=reader.arn, tags=TAGS,
        **{
            "scaling_config": {"maximum_concurrency": 10},
            "function_response_types": ["ReportBatchItemFailures"],
            **given,
        },
    )  # fmt: skip


def rule() -> aws.cloudwatch.EventRule:
    """A rule of the account's own bus."""
    return aws.cloudwatch.EventRule("placed", event_pattern=json.dumps({"source": ["shop.orders"]}), tags=TAGS)


def admit(kept: aws.sqs.Queue, source: aws.cloudwatch.EventRule) -> aws.sqs.QueuePolicy:
    """Lets EventBridge write a queue for one rule."""
    policy = pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": kept.arn,
                    "Condition": {"ArnEquals": {"aws:SourceArn": source.arn}},
                }
            ],
        }
    )
    return aws.sqs.QueuePolicy("admit-events", queue_url=kept.url, policy=policy)


def api() -> aws.apigatewayv2.Api:
    """An HTTP API without routes."""
    return aws.apigatewayv2.Api("api", protocol_type="HTTP", tags=TAGS)


def stage(of: aws.apigatewayv2.Api, *, rate: int = 100) -> aws.apigatewayv2.Stage:
    """A throttled stage."""
    return aws.apigatewayv2.Stage(
        "stage", api_id=of.id, name="$default", auto_deploy=True, tags=TAGS,
        default_route_settings={"throttling_rate_limit": rate, "throttling_burst_limit": 2 * rate},
    )  # fmt: skip


def integration(of: aws.apigatewayv2.Api, behind: aws.lambda_.Function) -> aws.apigatewayv2.Integration:
    """A function behind an API, which may invoke it."""
    aws.lambda_.Permission(
        "api-may-invoke", action="lambda:InvokeFunction", function=behind.name, principal="apigateway.amazonaws.com",
        source_arn=of.execution_arn.apply(lambda arn: f"{arn}/*/*"),
    )  # fmt: skip
    return aws.apigatewayv2.Integration(
        "integration", api_id=of.id, integration_type="AWS_PROXY", integration_uri=behind.invoke_arn,
        payload_format_version="2.0",
    )  # fmt: skip


def route(
    of: aws.apigatewayv2.Api, to: aws.apigatewayv2.Integration, authorization: str = "AWS_IAM"
) -> aws.apigatewayv2.Route:
    """The one way in."""
    return aws.apigatewayv2.Route(
        "orders", api_id=of.id, route_key="POST /orders", authorization_type=authorization,
        target=to.id.apply(lambda name: f"integrations/{name}"),
    )  # fmt: skip


def table(name: str, **given: Any) -> aws.dynamodb.Table:
    """A table that can be recovered and scales by itself."""
    return aws.dynamodb.Table(
        name, hash_key="id", attributes=[{"name": "id", "type": "S"}], tags=TAGS,
        **{"billing_mode": "PAY_PER_REQUEST", "point_in_time_recovery": {"enabled": True},
           "deletion_protection_enabled": True, **given},
    )  # fmt: skip
