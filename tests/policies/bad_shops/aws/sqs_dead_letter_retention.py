"""Dead letters that are gone as soon as they arrive."""

import good

alarms = good.topic()
# finds: aws-res-04 Queue 'orders-dead': retention (345600 s) must be longer than that of 'orders' (345600 s)
dead = good.dead_letters("orders-dead", alarms, message_retention_seconds=345_600)
good.queue("orders", alarms, dead=dead)
