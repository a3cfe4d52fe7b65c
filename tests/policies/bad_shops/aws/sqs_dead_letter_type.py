"""A FIFO queue with a standard dead-letter queue."""

import good

alarms = good.topic()
dead = good.dead_letters("orders-dead", alarms)
# finds: aws-res-05 Queue 'orders': is a FIFO queue and its dead-letter queue 'orders-dead' is a standard one
good.queue("orders", alarms, dead=dead, fifo_queue=True)
