"""AWS-RES-04: a dead-letter queue keeps messages longer than the queue they come from."""

from collections.abc import Iterator

from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation
from policies.platforms.aws.links import QUEUE, REDRIVE
from policies.platforms.aws.sqs.queues import RETENTION_SECONDS, source_queues
from policies.predicates.aws.queues import dead_letter_retention_needed

GUIDE = (
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention"
    ".html"
)
RETENTION = "messageRetentionSeconds"


def check(queue: Resource, context: RuleContext) -> Iterator[Violation]:
    """Compare a dead-letter queue's retention with that of the longest-keeping queue it serves."""
    served = source_queues(queue, context.graph)
    if not served:
        raise NotApplicableError("no queue of this stack sends its dead letters there")
    if queue.flag("fifoQueue"):
        raise NotApplicableError("a FIFO queue counts a message's age anew when it becomes a dead letter")
    kept = queue.number(RETENTION, RETENTION_SECONDS)
    longest: tuple[float, str] | None = None
    for source in served:
        with context.part():
            retention = source.number(RETENTION, RETENTION_SECONDS)
            longest = max(longest or (retention, source.name), (retention, source.name))
    needed = dead_letter_retention_needed(source=longest[0], dead_letter=kept) if longest else None
    if longest and needed is not None:
        # Plain `g` would write 14 days as 1.2096e+06.
        yield Violation(
            f"retention ({kept:.9g} s) must be longer than that of '{longest[1]}' ({longest[0]:.9g} s), "
            "since a message's age counts from when it was first sent",
            f"set message_retention_seconds to {needed:.9g}",
            actual=kept,
            required=needed,
        )


RULE = Rule(
    id="aws-res-04",
    title="A dead-letter queue keeps messages longer than its source",
    category="resilience",
    severity="high",
    types=(QUEUE,),
    reads=(QUEUE, REDRIVE),
    check=check,
    sources=(GUIDE,),
)
