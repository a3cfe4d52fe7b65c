"""A queue that nobody pays for."""

import good

alarms = good.topic()
dead = good.dead_letters("orders-dead", alarms)
# finds: aws-cst-02 Queue 'orders': it has 2 of the 4 tags that tell whose cost it is: owner, cost-center are missing
good.queue("orders", alarms, dead=dead, tags={"env": "prod", "service": "shop"})
