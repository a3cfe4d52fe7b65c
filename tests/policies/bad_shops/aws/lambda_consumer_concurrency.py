"""A queue's consumer that may use up the account's concurrency."""

import good
import pulumi_aws as aws

alarms = good.topic()
worker = good.function("worker", alarms)
orders = good.queue("orders", alarms, dead=good.dead_letters("orders-dead", alarms))
# finds: aws-sca-02 'reader': nothing bounds how many executions the queue starts: up to
aws.lambda_.EventSourceMapping(
    "reader", event_source_arn=orders.arn, function_name=worker.arn, tags=good.TAGS,
    function_response_types=["ReportBatchItemFailures"],
)  # fmt: skip
