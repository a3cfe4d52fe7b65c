"""What rules ask about Lambda functions: what they reserve, which event source mappings read queues for them."""

from policies.core.graph import ResourceGraph
from policies.core.resource import Resource
from policies.core.values import UNKNOWN, NotEvaluatedError
from policies.platforms.aws.links import FUNCTION, QUEUE

RESERVED = "reservedConcurrentExecutions"
MAXIMUM_CONCURRENCY = "scalingConfig.maximumConcurrency"
# What a mapping of a queue never has: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
NOT_OF_QUEUES = ("startingPosition", "selfManagedEventSource", "queues", "topics")


def reserved_concurrency(function: Resource) -> float | None:
    """The executions that a function reserves, 0 where it is switched off, None where it reserves none.

    Raises:
        NotEvaluatedError: it is unknown.
    """
    if not function.has(RESERVED):
        return None
    # The provider writes -1 for "nothing reserved".
    value = function.number(RESERVED)
    return None if value < 0 else value


def total_reserved_concurrency(graph: ResourceGraph) -> float:
    """The executions that all functions of a stack reserve.

    Raises:
        NotEvaluatedError: one of them is unknown.
    """
    return graph.compute_once(
        "reserved by all functions", lambda: sum(reserved_concurrency(f) or 0 for f in graph.of_type(FUNCTION))
    )


def reads_queue(mapping: Resource, graph: ResourceGraph) -> bool:
    """Whether an event source mapping reads an SQS queue, of this stack or not.

    Raises:
        NotEvaluatedError: what it reads is unknown.
    """
    marks = {mark: mapping.raw(mark) for mark in NOT_OF_QUEUES}
    if any(value not in (None, "", [], UNKNOWN) for value in marks.values()):
        return False
    # arn:partition:service:region:account:name
    if mapping.is_known("eventSourceArn") and _part(mapping, 2) == "sqs":
        return True
    if graph.targets(mapping, "eventSourceArn", QUEUE):
        return True
    for mark, value in marks.items():
        if value is UNKNOWN:
            raise NotEvaluatedError(f"{mark} is not known")
    return False


def reads_fifo(mapping: Resource, graph: ResourceGraph) -> bool:
    """Whether the queue that a mapping reads is a FIFO queue.

    Raises:
        NotEvaluatedError: it is unknown.
    """
    queue = graph.target(mapping, "eventSourceArn", QUEUE)
    return _part(mapping, -1).endswith(".fifo") if queue is None else queue.flag("fifoQueue")


def _part(mapping: Resource, index: int) -> str:
    parts = mapping.text("eventSourceArn").split(":")
    return parts[index] if len(parts) > index else ""
