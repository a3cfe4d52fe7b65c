"""AWS-RES-09: an event that EventBridge cannot deliver is kept, not dropped."""

from collections.abc import Iterator

from policies.core.resource import Resource
from policies.core.rule import Rule, RuleContext, Violation
from policies.platforms.aws.links import SCHEDULE, TARGET
from policies.platforms.aws.sqs.queues import names_target

RULES = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html"
SCHEDULES = "https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html"
PATHS = {TARGET: "deadLetterConfig.arn", SCHEDULE: "target.deadLetterConfig.arn"}


def check(sender: Resource, _: RuleContext) -> Iterator[Violation]:
    """Look for a dead-letter queue of a rule's target or of a schedule."""
    if not names_target(sender, PATHS[sender.type]):
        yield Violation(
            "has no dead-letter queue (0 of 1): when the last retry has failed, the event is dropped",
            "set dead_letter_config to a standard queue" + (" in its target" if sender.type == SCHEDULE else ""),
            actual=0,
            required=1,
        )


RULE = Rule(
    id="aws-res-09",
    title="Every target of events has a dead-letter queue",
    category="resilience",
    severity="high",
    types=(TARGET, SCHEDULE),
    check=check,
    sources=(RULES, SCHEDULES),
)
