"""An alarm that tells nobody."""

import good

worker = good.function("worker", good.topic())
# finds: aws-obs-03 MetricAlarm 'slow': it has 0 actions for when it fires
good.alarm("slow", "Duration", {"FunctionName": worker.name}, [], threshold=5_000)
