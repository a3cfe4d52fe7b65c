"""Jobs in two regions: explicit providers with default tags, and the same physical names in both."""

import json

import pulumi
import pulumi_aws as aws

TAGS = {"owner": "jobs", "env": "prod", "service": "jobs", "cost-center": "jobs"}
TIMEOUTS = pulumi.Config().require_object("timeouts")
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}

role = aws.iam.Role(
    "role",
    name="jobs",
    assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [TRUST]}),
    tags=TAGS,
)
for region, timeout in TIMEOUTS.items():
    provider = aws.Provider(region, region=region, default_tags={"tags": TAGS})
    here = pulumi.ResourceOptions(provider=provider)
    dead = aws.sqs.Queue(f"{region}-dead", name="jobs-dead", message_retention_seconds=1209600, opts=here)
    jobs = aws.sqs.Queue(
        f"{region}-jobs",
        name="jobs",
        visibility_timeout_seconds=60,
        redrive_policy=dead.arn.apply(lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 10})),
        opts=here,
    )
    worker = aws.lambda_.Function(
        f"{region}-worker",
        name="jobs-worker",
        role=role.arn,
        runtime="python3.13",
        handler="jobs.run",
        timeout=timeout,
        tracing_config={"mode": "Active"},
        code=pulumi.AssetArchive({"jobs.py": pulumi.StringAsset("def run(event, context):\n    return {}\n")}),
        opts=here,
    )
    aws.cloudwatch.LogGroup(
        f"{region}-logs", name=worker.name.apply(lambda name: f"/aws/lambda/{name}"), retention_in_days=30, opts=here
    )
    aws.lambda_.EventSourceMapping(
        f"{region}-mapping",
        event_source_arn=jobs.arn,
        function_name=worker.name,
        batch_size=1,
        scaling_config={"maximum_concurrency": 5},
        opts=here,
    )
    topic = aws.sns.Topic(f"{region}-alarms", name="alarms", opts=here)
    aws.sns.TopicSubscription(
        f"{region}-mail", topic=topic.arn, protocol="email", endpoint="jobs@example.com", opts=here
    )
    watched = [
        ("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": jobs.name}, 120),
        ("AWS/Lambda", "Errors", {"FunctionName": worker.name}, 1),
        ("AWS/Lambda", "Throttles", {"FunctionName": worker.name}, 1),
    ]
    if region == "eu-west-1":
        watched.append(("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": dead.name}, 1))
    for namespace, metric, dimensions, threshold in watched:
        aws.cloudwatch.MetricAlarm(
            f"{region}-{metric}",
            name=metric,
            namespace=namespace,
            metric_name=metric,
            dimensions=dimensions,
            statistic="Maximum",
            comparison_operator="GreaterThanOrEqualToThreshold",
            threshold=threshold,
            period=60,
            evaluation_periods=1,
            alarm_actions=[topic.arn],
            opts=here,
        )
