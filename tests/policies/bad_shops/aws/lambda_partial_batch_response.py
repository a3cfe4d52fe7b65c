"""A batch that comes again as a whole."""

import good
import pulumi_aws as aws

alarms = good.topic()
worker = good.function("worker", alarms)
orders = good.queue("orders", alarms, dead=good.dead_letters("orders-dead", alarms))
# finds: aws-res-06 'reader': batches of up to 10 fail as a whole
aws.lambda_.EventSourceMapping(
    "reader", event_source_arn=orders.arn, function_name=worker.arn, tags=good.TAGS,
    scaling_config={"maximum_concurrency": 10},
)  # fmt: skip
