"""Dead letters that nobody hears of."""

import good

alarms = good.topic()
# finds: aws-obs-01 Queue 'orders-dead': no alarm of this stack fires when 1 dead letter waits in it
dead = good.dead_letters("orders-dead", alarms, watched=False)
good.queue("orders", alarms, dead=dead)
