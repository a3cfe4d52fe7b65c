"""AWS-RES-05: a FIFO queue has a FIFO dead-letter queue, a standard queue a standard one."""

from collections.abc import Iterator

from policies.core.graph import ResourceGraph
from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation
from policies.platforms.aws.links import QUEUE, REDRIVE
from policies.platforms.aws.sqs.queues import DEAD_LETTER_TARGET, dead_letter_queue, redrive_holder

GUIDE = (
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue.html"
)
# Part of every FIFO queue's name, and of no other's:
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
FIFO = ".fifo"


def check(queue: Resource, context: RuleContext) -> Iterator[Violation]:
    """Compare the types of a queue and its dead-letter queue."""
    holder = redrive_holder(queue, context.graph)
    if holder is None:
        raise NotApplicableError("it has no redrive policy")
    ours = queue.flag("fifoQueue")
    name, theirs = _dead_letters(queue, holder, context.graph)
    if ours != theirs:
        yield Violation(
            f"is a {_kind(ours)} queue and {name} is a {_kind(theirs)} one; SQS refuses the redrive policy",
            f"give it a {_kind(ours)} dead-letter queue",
        )


def _dead_letters(queue: Resource, holder: Resource, graph: ResourceGraph) -> tuple[str, bool]:
    dead = dead_letter_queue(queue, graph)
    if dead is not None:
        return f"its dead-letter queue '{dead.name}'", dead.flag("fifoQueue")
    arn = holder.text(DEAD_LETTER_TARGET)
    if not arn:
        raise NotApplicableError("its redrive policy names no queue")
    return "its dead-letter queue, of another stack,", arn.endswith(FIFO)


def _kind(fifo: bool) -> str:
    return "FIFO" if fifo else "standard"


RULE = Rule(
    id="aws-res-05",
    title="A dead-letter queue is of its source's type",
    category="resilience",
    severity="critical",
    types=(QUEUE,),
    reads=(QUEUE, REDRIVE),
    check=check,
    sources=(GUIDE,),
)
