"""A function that is throttled and nobody knows."""

import good

# finds: aws-obs-05 Function 'worker': 1 of 2 alarms watch it: none of this stack fires on Throttles
good.function("worker", good.topic(), metrics=("Errors",))
