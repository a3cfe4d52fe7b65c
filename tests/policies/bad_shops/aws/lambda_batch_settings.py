"""A large batch that nobody waits for."""

import good

alarms = good.topic()
worker = good.function("worker", alarms)
orders = good.queue("orders", alarms, dead=good.dead_letters("orders-dead", alarms))
# finds: aws-sca-09 'reader': batch size 100 needs a batching window of at least 1 s (0 s)
good.consumer(orders, worker, batch_size=100)
