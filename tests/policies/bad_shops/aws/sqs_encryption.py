"""A queue whose messages lie open."""

import good

alarms = good.topic()
dead = good.dead_letters("orders-dead", alarms)
# finds: aws-sec-01 Queue 'orders': its messages are not encrypted: sqsManagedSseEnabled is false
good.queue("orders", alarms, dead=dead, sqs_managed_sse_enabled=False)
