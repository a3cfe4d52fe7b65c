"""A rule that may not write its dead-letter queue."""

import good
import pulumi_aws as aws

alarms = good.topic()
orders = good.queue("orders", alarms, dead=good.dead_letters("orders-dead", alarms))
placed, kept = good.rule(), good.dead_letters("undelivered", alarms)
good.admit(orders, placed)
# finds: aws-res-10 'placed-orders': 0 statements (1 needed) let events.amazonaws.com write
aws.cloudwatch.EventTarget("placed-orders", rule=placed.name, arn=orders.arn, dead_letter_config={"arn": kept.arn})
