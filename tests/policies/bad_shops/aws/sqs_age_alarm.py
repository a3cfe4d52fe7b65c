"""A backlog whose alarm comes an hour later."""

import good

alarms = good.topic()
dead = good.dead_letters("orders-dead", alarms)
# finds: aws-obs-02 Queue 'orders': no alarm of this stack fires when its oldest message is older than 300 s
good.queue("orders", alarms, dead=dead, age=3_600)
