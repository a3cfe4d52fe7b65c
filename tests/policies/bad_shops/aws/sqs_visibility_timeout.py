"""A queue that delivers again what its consumer is still at."""

import good

alarms = good.topic()
worker = good.function("worker", alarms, timeout=20)
dead = good.dead_letters("orders-dead", alarms)
# finds: aws-res-01 visibility timeout (119 s) must be at least 6 x the timeout of 'worker' (20 s); set it to 120 s
orders = good.queue("orders", alarms, dead=dead, visibility_timeout_seconds=119)
good.consumer(orders, worker)
