"""A rule that drops what it cannot deliver."""

import good
import pulumi_aws as aws

alarms = good.topic()
orders = good.queue("orders", alarms, dead=good.dead_letters("orders-dead", alarms))
placed = good.rule()
good.admit(orders, placed)
# finds: aws-res-09 EventTarget 'placed-orders': has no dead-letter queue (0 of 1)
aws.cloudwatch.EventTarget("placed-orders", rule=placed.name, arn=orders.arn)
