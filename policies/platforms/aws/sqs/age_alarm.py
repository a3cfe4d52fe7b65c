"""AWS-OBS-02: a queue whose consumer is behind raises an alarm."""

from collections.abc import Iterator

from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation, number
from policies.platforms.aws.cloudwatch.alarms import AGE, has_alarm
from policies.platforms.aws.links import ALARM, QUEUE
from policies.platforms.aws.sqs.queues import RETENTION_SECONDS, SENDERS, holds_dead_letters

GUIDE = (
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html"
)


def check(queue: Resource, context: RuleContext) -> Iterator[Violation]:
    """Look for an alarm on the age of the oldest message that leaves time to act."""
    if holds_dead_letters(queue, context.graph):
        raise NotApplicableError("it holds dead letters, which nobody is expected to read in time")
    retention = queue.number("messageRetentionSeconds", RETENTION_SECONDS)
    most = min(context.number("seconds"), retention * context.number("retentionShare"))

    def is_in_time(threshold: float | None) -> bool:
        return threshold is not None and threshold <= most

    if not has_alarm(queue, AGE, context.graph, lambda condition: is_in_time(condition.threshold())):
        yield Violation(
            f"no alarm of this stack fires when its oldest message is older than {most:g} s (kept {retention:g} s)",
            f"add a MetricAlarm on {AGE.name} with its QueueName and a threshold of {most:g} or less",
            required=most,
        )


RULE = Rule(
    id="aws-obs-02",
    title="A queue has an alarm on its oldest message",
    category="observability",
    severity="medium",
    types=(QUEUE,),
    reads=(ALARM, *SENDERS),
    check=check,
    sources=(GUIDE,),
    settings={
        "seconds": number(300, "Age (s) beyond which somebody must know: how late a message may be handled"),
        "retentionShare": number(0.5, "Share of the queue's retention that may be over by then"),
    },
)
