"""An image resizer, as many are written: plain resources that name each other by literal ARNs and names."""

import json

import pulumi
import pulumi_aws as aws

ACCOUNT = "123456789012"
REGION = "eu-central-1"


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


images = aws.dynamodb.Table(
    "images",
    name="images",
    hash_key="key",
    attributes=[{"name": "key", "type": "S"}],
    billing_mode="PAY_PER_REQUEST",
)
aws.sqs.Queue("resize-dead", name="resize-dead", message_retention_seconds=1209600)
aws.sqs.Queue(
    "resize",
    name="resize",
    visibility_timeout_seconds=60,
    redrive_policy=json.dumps({"deadLetterTargetArn": arn("sqs", "resize-dead"), "maxReceiveCount": 3}),
)
aws.iam.Role(
    "resizer",
    name="resizer",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
    ),
)
aws.iam.RolePolicy(
    "resizer",
    role="resizer",
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::images/*"},
                {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"},
            ],
        }
    ),
)
aws.cloudwatch.LogGroup("resizer", name="/aws/lambda/resizer")
aws.lambda_.Function(
    "resizer",
    name="resizer",
    role=f"arn:aws:iam::{ACCOUNT}:role/resizer",
    runtime="python3.13",
    handler="resize.run",
    timeout=30,
    code=pulumi.AssetArchive({"resize.py": pulumi.StringAsset("def run(event, context):\n    return {}\n")}),
)
aws.lambda_.EventSourceMapping("resizer", event_source_arn=arn("sqs", "resize"), function_name="resizer", batch_size=10)
aws.sns.Topic("on-call", name="on-call")
aws.cloudwatch.MetricAlarm(
    "resize-dead",
    name="resize-dead",
    namespace="AWS/SQS",
    metric_name="ApproximateNumberOfMessagesVisible",
    dimensions={"QueueName": "resize-dead"},
    statistic="Maximum",
    comparison_operator="GreaterThanThreshold",
    threshold=0,
    period=60,
    evaluation_periods=1,
    alarm_actions=[arn("sns", "on-call")],
)
