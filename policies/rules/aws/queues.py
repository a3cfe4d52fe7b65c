"""What rules ask about SQS queues: who reads them, where their dead letters go."""

from collections.abc import Sequence
from dataclasses import dataclass

from policies.core.graph import Graph
from policies.core.resource import Resource
from policies.rules.aws.links import FUNCTION, MAPPING, QUEUE, REDRIVE

# What SQS does when nothing is said:
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
VISIBILITY_SECONDS = 30
RETENTION_SECONDS = 345_600
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
FUNCTION_TIMEOUT_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Consumer:
    """An event source mapping that reads a queue, and its function."""

    mapping: Resource
    function: Resource | None
    """None when it is not of this stack."""


def consumers(queue: Resource, graph: Graph) -> Sequence[Consumer]:
    """The functions that read a queue.

    Raises:
        NotEvaluatedError: a mapping reads something unknown.
    """
    mappings = graph.referrers(queue, MAPPING, "eventSourceArn")
    return [Consumer(mapping, graph.target(mapping, "functionName", FUNCTION)) for mapping in mappings]


def redrive(queue: Resource, graph: Graph) -> tuple[Resource, str] | None:
    """The resource that holds a queue's redrive policy, and its property; None without one.

    Raises:
        NotEvaluatedError: it is not known whose a redrive policy of its own is.
    """
    if queue.given("redrivePolicy"):
        return queue, "redrivePolicy"
    apart = graph.referrers(queue, REDRIVE, "queueUrl")
    return (apart[0], "redrivePolicy") if apart else None


def dead_letter_queue(queue: Resource, graph: Graph) -> Resource | None:
    """The queue that gets a queue's dead letters; None without a redrive policy, or when it is not of this stack.

    Raises:
        NotEvaluatedError: it is unknown.
    """
    held = redrive(queue, graph)
    return graph.target(held[0], f"{held[1]}.deadLetterTargetArn", QUEUE) if held else None
