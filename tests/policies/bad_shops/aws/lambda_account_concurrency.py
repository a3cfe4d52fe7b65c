"""Functions that reserve what the account must keep free."""

import good

alarms = good.topic()
good.function("catalog", alarms, reserved_concurrent_executions=400)
# finds: aws-sca-01 Function 'checkout': the functions of this stack reserve 901 concurrent
good.function("checkout", alarms, reserved_concurrent_executions=501)
