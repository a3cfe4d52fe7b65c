"""A shop in which several things are wrong, half of it joined by outputs, half by names written out."""

import json

import pulumi
import pulumi_aws as aws

SOURCE = pulumi.AssetArchive({"main.py": pulumi.StringAsset("def handler(event, context): return {}")})
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
ROLE = aws.iam.Role("role", assume_role_policy=TRUST)
RECEIVING = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
MAY_RECEIVE = aws.iam.RolePolicy(
    "receive",
    role=ROLE.id,
    policy=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": RECEIVING, "Resource": "*"}]}
    ),
)


def function(called: str, **more):
    return aws.lambda_.Function(
        called, runtime="python3.13", handler="main.handler", code=SOURCE, role=ROLE.arn, **more
    )


# Joined by outputs, over an alias: too little time for six tries, no partial failures.
orders = aws.sqs.Queue("orders", visibility_timeout_seconds=90)
worker = function("worker", timeout=20, publish=True)
live = aws.lambda_.Alias("live", function_name=worker.name, function_version=worker.version)
aws.lambda_.EventSourceMapping(
    "orders-worker",
    event_source_arn=orders.arn,
    function_name=live.arn,
    batch_size=10,
    opts=pulumi.ResourceOptions(depends_on=[MAY_RECEIVE]),
)

ACCOUNT = aws.get_caller_identity().account_id

# Joined by names: dead letters live no longer than in the source, one try only.
dead = aws.sqs.Queue("dead", name="payments-dead", message_retention_seconds=345600)
payments = aws.sqs.Queue(
    "payments",
    name="payments",
    visibility_timeout_seconds=120,
    redrive_policy=json.dumps(
        {"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:payments-dead", "maxReceiveCount": 1}
    ),
    opts=pulumi.ResourceOptions(depends_on=[dead]),
)
payer = function("payer", name="payer", timeout=20, reserved_concurrent_executions=5)
aws.lambda_.EventSourceMapping(
    "payments-payer",
    event_source_arn=payments.arn,
    function_name="payer",
    batch_size=1,
    opts=pulumi.ResourceOptions(depends_on=[payer, MAY_RECEIVE]),
)

# Each wrong by itself.
aws.sqs.QueuePolicy(
    "open",
    queue_url=orders.url,
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}],
        }
    ),
)
aws.lambda_.Permission("anyone", function=worker.name, action="lambda:InvokeFunction", principal="sns.amazonaws.com")
aws.cloudwatch.MetricAlarm(
    "silent",
    namespace="AWS/SQS",
    metric_name="ApproximateNumberOfMessagesVisible",
    statistic="Maximum",
    comparison_operator="GreaterThanOrEqualToThreshold",
    threshold=1,
    period=60,
    evaluation_periods=1,
    dimensions={"QueueName": dead.name},
)
