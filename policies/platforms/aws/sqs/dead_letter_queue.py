"""AWS-RES-02: a message that cannot be handled goes to a dead-letter queue instead of round and round."""

from collections.abc import Iterator

from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation
from policies.platforms.aws.links import QUEUE, REDRIVE, REDRIVE_ALLOW
from policies.platforms.aws.sqs.queues import SENDERS, has_dead_letter_queue, holds_dead_letters

GUIDE = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html"
RETRIES = "https://docs.aws.amazon.com/lambda/latest/dg/sqs-retries.html"


def check(queue: Resource, context: RuleContext) -> Iterator[Violation]:
    """Look for a redrive policy, unless the queue is itself where dead letters end."""
    if has_dead_letter_queue(queue, context.graph):
        return
    if holds_dead_letters(queue, context.graph):
        raise NotApplicableError("it holds dead letters itself")
    yield Violation(
        "has no dead-letter queue (0 of 1): a message that always fails is tried until its retention ends, "
        "and is then deleted",
        "set a redrive_policy; if it holds another stack's dead letters, say so with a redrive_allow_policy 'byQueue'",
        actual=0,
        required=1,
    )


RULE = Rule(
    id="aws-res-02",
    title="Every source queue has a dead-letter queue",
    category="resilience",
    severity="high",
    types=(QUEUE,),
    reads=tuple(dict.fromkeys((*SENDERS, REDRIVE, REDRIVE_ALLOW))),
    check=check,
    sources=(GUIDE, RETRIES),
)
