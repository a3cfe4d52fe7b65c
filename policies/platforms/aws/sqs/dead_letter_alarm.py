"""AWS-OBS-01: the first message in a dead-letter queue raises an alarm."""

from collections.abc import Iterator

from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation, number
from policies.platforms.aws.cloudwatch.alarms import DEPTH, has_alarm
from policies.platforms.aws.links import ALARM, QUEUE
from policies.platforms.aws.sqs.queues import SENDERS, holds_dead_letters

GUIDE = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/dead-letter-queues-alarms-cloudwatch.html"


def check(queue: Resource, context: RuleContext) -> Iterator[Violation]:
    """Look for an alarm on the number of messages in a dead-letter queue."""
    if not holds_dead_letters(queue, context.graph):
        raise NotApplicableError("it holds no dead letters")
    most = context.number("messages")
    if not has_alarm(queue, DEPTH, context.graph, lambda condition: condition.fires_at(most)):
        yield Violation(
            f"no alarm of this stack fires when {most:g} dead {'letter waits' if most == 1 else 'letters wait'} in it",
            f"add a MetricAlarm on {DEPTH.name} with its QueueName, GreaterThanOrEqualToThreshold {most:g}",
            required=most,
        )


RULE = Rule(
    id="aws-obs-01",
    title="A dead-letter queue has an alarm on its first message",
    category="observability",
    severity="high",
    types=(QUEUE,),
    reads=(ALARM, *SENDERS),
    check=check,
    sources=(GUIDE,),
    settings={"messages": number(1, "Dead letters at which the alarm must have fired")},
)
