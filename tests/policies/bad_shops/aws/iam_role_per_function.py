"""Two functions that may do what both need."""

import good

alarms = good.topic()
# finds: aws-sec-04 Role 'shared': 2 functions have it ('catalog', 'checkout')
role = good.role("shared")
good.function("catalog", alarms, role_of=role)
good.function("checkout", alarms, role_of=role)
