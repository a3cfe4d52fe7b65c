"""A route that anybody may call."""

import good

alarms = good.topic()
api = good.api()
good.stage(api)
behind = good.integration(api, good.function("checkout", alarms))
# finds: aws-sec-05 Route 'orders': it is open to everybody: authorizationType is NONE
good.route(api, behind, authorization="NONE")
