"""A function that loses the events it fails."""

import good
import pulumi_aws as aws

alarms = good.topic()
# finds: aws-res-07 Function 'worker': EventTarget 'placed-worker' invokes it asynchronously
worker = good.function("worker", alarms)
placed, kept = good.rule(), good.dead_letters("undelivered", alarms)
good.admit(kept, placed)
aws.lambda_.Permission(
    "events-may-invoke", action="lambda:InvokeFunction", function=worker.name, principal="events.amazonaws.com",
    source_arn=placed.arn,
)  # fmt: skip
aws.cloudwatch.EventTarget("placed-worker", rule=placed.name, arn=worker.arn, dead_letter_config={"arn": kept.arn})
