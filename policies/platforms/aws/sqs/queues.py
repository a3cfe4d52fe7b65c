"""What rules ask about SQS queues: who reads them, where their dead letters go, whose dead letters they hold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from policies.core.graph import ResourceGraph
from policies.core.resource import Resource
from policies.core.values import UNKNOWN, NotEvaluatedError
from policies.platforms.aws.links import (
    EVENT_BUS,
    FUNCTION,
    INVOKE_CONFIG,
    MAPPING,
    PIPE,
    QUEUE,
    REDRIVE,
    REDRIVE_ALLOW,
    SCHEDULE,
    STREAM,
    SUBSCRIPTION,
    TABLE,
    TARGET,
)

# What SQS does when nothing is said:
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
VISIBILITY_SECONDS = 30
RETENTION_SECONDS = 345_600
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
FUNCTION_TIMEOUT_SECONDS = 3
REDRIVE_POLICY = "redrivePolicy"
DEAD_LETTER_TARGET = f"{REDRIVE_POLICY}.deadLetterTargetArn"


@dataclass(frozen=True, slots=True)
class QueueConsumer:
    """An event source mapping that reads a queue, and its function."""

    mapping: Resource
    function: Resource | None
    """None when it is not of this stack."""


@dataclass(frozen=True, slots=True)
class _FailurePath:
    """A property by which something sends its failures to a queue."""

    type: str
    path: str
    beside: str = ""
    """Another path below the same first name that may name a queue too: dependencies don't tell the two apart."""
    never: str = ""
    """A type that can stand at `beside` and never at `path`: where it does, the queue is at `path`."""


FAILURE_PATHS = (
    _FailurePath(QUEUE, DEAD_LETTER_TARGET),
    _FailurePath(REDRIVE, DEAD_LETTER_TARGET),
    _FailurePath(SUBSCRIPTION, DEAD_LETTER_TARGET),
    _FailurePath(TARGET, "deadLetterConfig.arn"),
    _FailurePath(EVENT_BUS, "deadLetterConfig.arn"),
    _FailurePath(SCHEDULE, "target.deadLetterConfig.arn", beside="target.arn", never=FUNCTION),
    _FailurePath(FUNCTION, "deadLetterConfig.targetArn"),
    _FailurePath(
        INVOKE_CONFIG, "destinationConfig.onFailure.destination", beside="destinationConfig.onSuccess.destination"
    ),
    _FailurePath(MAPPING, "destinationConfig.onFailure.destinationArn"),
    _FailurePath(PIPE, "sourceParameters.dynamodbStreamParameters.deadLetterConfig.arn"),
    _FailurePath(PIPE, "sourceParameters.kinesisStreamParameters.deadLetterConfig.arn"),
)
SENDERS = tuple(dict.fromkeys(path.type for path in FAILURE_PATHS))
"""Types that may send their failures to a queue."""


def consumers(queue: Resource, graph: ResourceGraph) -> Sequence[QueueConsumer]:
    """The functions that read a queue.

    Raises:
        NotEvaluatedError: a mapping reads something unknown.
    """
    # A mapping of a stream is known not to read a queue, even where the stream's ARN is not decided yet.
    mappings = graph.referrers(queue, MAPPING, "eventSourceArn", QUEUE, TABLE, STREAM)
    return [QueueConsumer(mapping, graph.target(mapping, "functionName", FUNCTION)) for mapping in mappings]


def redrive_holder(queue: Resource, graph: ResourceGraph) -> Resource | None:
    """The resource whose `redrivePolicy` is a queue's: the queue itself or one apart; None without any.

    Raises:
        NotEvaluatedError: it is not known whose a redrive policy of its own is.
    """
    if queue.has(REDRIVE_POLICY):
        return queue
    apart = graph.referrers(queue, REDRIVE, "queueUrl")
    return apart[0] if apart else None


def dead_letter_queue(queue: Resource, graph: ResourceGraph) -> Resource | None:
    """The queue that gets a queue's dead letters; None without a redrive policy, or when it is not of this stack.

    Raises:
        NotEvaluatedError: it is unknown.
    """
    holder = redrive_holder(queue, graph)
    return graph.target(holder, DEAD_LETTER_TARGET, QUEUE) if holder else None


def has_dead_letter_queue(queue: Resource, graph: ResourceGraph) -> bool:
    """Whether a queue's dead letters go to a queue, of this stack or not.

    Raises:
        NotEvaluatedError: it is unknown.
    """
    holder = redrive_holder(queue, graph)
    if holder is None:
        return False
    return bool(graph.targets(holder, DEAD_LETTER_TARGET, QUEUE)) or names_target(holder, DEAD_LETTER_TARGET)


def source_queues(queue: Resource, graph: ResourceGraph) -> Sequence[Resource]:
    """The queues of this stack whose dead letters a queue gets.

    Raises:
        NotEvaluatedError: a redrive policy is unknown and could name it.
    """
    inline = graph.referrers(queue, QUEUE, DEAD_LETTER_TARGET)
    apart = graph.referrers(queue, REDRIVE, DEAD_LETTER_TARGET)
    owners = [owner for policy in apart for owner in graph.targets(policy, "queueUrl", QUEUE)]
    return list({source.urn: source for source in (*inline, *owners)}.values())


def holds_dead_letters(queue: Resource, graph: ResourceGraph) -> bool:
    """Whether something of this stack sends its failures to a queue, or the queue says whose dead letters it takes.

    Raises:
        NotEvaluatedError: something sends its failures to a place unknown, which could be this queue.
    """
    found, unread = graph.compute_once("queues that hold dead letters", lambda: _find_dead_letter_queues(graph))
    if queue.urn in found:
        return True
    if any(_allows_by_queue(holder) for holder in (queue, *graph.referrers(queue, REDRIVE_ALLOW, "queueUrl"))):
        return True
    if unread:
        raise NotEvaluatedError(unread)
    return False


def names_target(resource: Resource, path: str) -> bool:
    """Whether a property names something, of this stack or not.

    Raises:
        NotEvaluatedError: it is unknown and nothing is recorded that it would come from.
    """
    if not resource.has(path):
        return False
    parent = path.rpartition(".")[0]
    # A block that is unknown as a whole may lack the path; an unknown text in a known one is another resource's output.
    decided = resource.is_known(path) or (
        resource.raw(parent) is not UNKNOWN and resource.dependencies.get(path.partition(".")[0])
    )
    if not decided:
        raise NotEvaluatedError(f"{path} is not known")
    return True


def _allows_by_queue(holder: Resource) -> bool:
    return holder.text("redriveAllowPolicy.redrivePermission") == "byQueue"


def _find_dead_letter_queues(graph: ResourceGraph) -> tuple[Mapping[str, Resource], str]:
    found: dict[str, Resource] = {}
    unread = ""
    for failures in FAILURE_PATHS:
        for sender in graph.of_type(failures.type):
            try:
                found |= {queue.urn: queue for queue in _reached_queues(sender, failures, graph)}
            except NotEvaluatedError as error:
                unread = unread or f"where {sender!r} sends its failures: {error}"
    return found, unread


def _reached_queues(sender: Resource, failures: _FailurePath, graph: ResourceGraph) -> Iterator[Resource]:
    # Functions too: they stand in the same properties, and an alias leads to nothing else.
    found = [one for one in graph.targets(sender, failures.path, QUEUE, FUNCTION) if one.type == QUEUE]
    if not found or not failures.beside or not sender.has(failures.beside):
        yield from found
        return
    value = sender.raw(failures.path)
    if value is UNKNOWN and not (failures.never and graph.targets(sender, failures.beside, failures.never)):
        raise NotEvaluatedError(f"{sender.name}.{failures.path} is not known")
    for queue in found:
        if value is UNKNOWN or queue.text("arn") == value:
            yield queue
