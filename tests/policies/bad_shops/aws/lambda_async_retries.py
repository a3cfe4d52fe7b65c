"""A function that is handed events of any age."""

import good
import pulumi_aws as aws

alarms = good.topic()
worker = good.function("worker", alarms)
kept = good.dead_letters("failed", alarms)
# finds: aws-res-08 is not set: Lambda goes on trying an event for 21600 s, and 3600 s are the most
aws.lambda_.FunctionEventInvokeConfig(
    "worker", function_name=worker.name, maximum_retry_attempts=2,
    destination_config={"on_failure": {"destination": kept.arn}},
)  # fmt: skip
