"""A queue that gives up when its consumer is throttled."""

import good

alarms = good.topic()
worker = good.function("worker", alarms)
dead = good.dead_letters("orders-dead", alarms)
# finds: aws-res-03 Queue 'orders': maxReceiveCount (4) must be 5 to 20
orders = good.queue("orders", alarms, dead=dead, receives=4)
good.consumer(orders, worker)
