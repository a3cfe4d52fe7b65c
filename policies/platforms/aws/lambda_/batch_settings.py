"""AWS-SCA-09: batch size and batching window are ones that Lambda takes for the queue."""

from collections.abc import Iterator

from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation
from policies.platforms.aws.lambda_.functions import reads_fifo, reads_queue
from policies.platforms.aws.links import MAPPING, QUEUE

GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html"
API = "https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html"
BATCH_SIZE = 10
"""The default, and the most without a batching window or of a FIFO queue."""
MOST = 10_000


def check(mapping: Resource, context: RuleContext) -> Iterator[Violation]:
    """Compare a batch's size with its window and with the kind of the queue."""
    if not reads_queue(mapping, context.graph):
        raise NotApplicableError("it reads no queue")
    size = mapping.number("batchSize", BATCH_SIZE)
    window = mapping.number("maximumBatchingWindowInSeconds", 0)
    if size <= BATCH_SIZE and not window:
        return
    if reads_fifo(mapping, context.graph):
        yield from _fifo_violations(size, window)
    elif size > MOST:
        yield _too_large(size, MOST, "a queue")
    elif window < 1:
        yield Violation(
            f"batch size {size:g} needs a batching window of at least 1 s ({window:g} s)",
            f"set maximum_batching_window_in_seconds to 1 or more, or batch_size to {BATCH_SIZE} or less",
            actual=window,
            required=1,
        )


def _fifo_violations(size: float, window: float) -> Iterator[Violation]:
    if size > BATCH_SIZE:
        yield _too_large(size, BATCH_SIZE, "a FIFO queue")
    elif window:
        yield Violation(
            f"a FIFO queue takes no batching window ({window:g} s)",
            "leave maximum_batching_window_in_seconds out",
            actual=window,
            required=0,
        )


def _too_large(size: float, most: int, kind: str) -> Violation:
    return Violation(
        f"batch size {size:g} is more than the {most} that {kind} takes",
        f"set batch_size to {most} or less",
        actual=size,
        required=most,
    )


RULE = Rule(
    id="aws-sca-09",
    title="Batch size and batching window fit the queue",
    category="scaling",
    severity="medium",
    types=(MAPPING,),
    reads=(QUEUE,),
    check=check,
    sources=(GUIDE, API),
)
