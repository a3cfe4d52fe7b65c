"""A function that reserves less than its queue may start."""

import good

alarms = good.topic()
# finds: aws-sca-03 (10) must not exceed its reserved concurrency (5)
worker = good.function("worker", alarms, reserved_concurrent_executions=5)
orders = good.queue("orders", alarms, dead=good.dead_letters("orders-dead", alarms))
good.consumer(orders, worker, scaling_config={"maximum_concurrency": 10})
