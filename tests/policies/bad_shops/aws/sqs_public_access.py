"""A queue that anybody may write."""

import good
import pulumi_aws as aws

alarms = good.topic()
orders = good.queue("orders", alarms, dead=good.dead_letters("orders-dead", alarms))
everybody = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
# finds: aws-sec-02 QueuePolicy 'open': statement 1 of its policy lets everybody in
aws.sqs.QueuePolicy("open", queue_url=orders.url, policy=good.document(everybody))
