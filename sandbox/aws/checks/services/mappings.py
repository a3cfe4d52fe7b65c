"""Lambda's event source mappings."""

import json
from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.identity import FUNCTION, QUEUE, TABLE, unqualified
from sandbox.aws.checks.rules import rule
from sandbox.aws.checks.services.functions import function_target
from sandbox.aws.checks.services.queues import FIFO, queue_target
from sandbox.aws.checks.values import ARN, arn_of, bounded
from sandbox.aws.checks.view import View, shown
from sandbox.aws.checks.world import World

MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
CREATE = "https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html"
QUEUES = "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"
SCALING = "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"
STREAMS = ("dynamodb", "kinesis")
STREAM_ONLY = (
    "startingPosition", "startingPositionTimestamp", "parallelizationFactor", "bisectBatchOnFunctionError",
    "tumblingWindowInSeconds", "maximumRetryAttempts", "maximumRecordAgeInSeconds", "destinationConfig",
)  # fmt: skip
# A queue's and a function's defaults: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html,
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
VISIBILITY, TIMEOUT = 30, 3
# Filters are 5, and 10 for accounts that ask: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
FILTERS = 10


def _source(view: View) -> str | None:
    """The service that a known source belongs to."""
    found = ARN.fullmatch(view.text("eventSourceArn") or "")
    return found["service"] if found else None


@rule(MAPPING, source=CREATE)
def mapping_source(view: View, world: World) -> Iterator[CheckFailure]:
    """The source exists and can be read."""
    path, service, arn = "eventSourceArn", _source(view), view.text("eventSourceArn")
    if service == "sqs":
        yield from queue_target(view, path, arn, world, fifo=None)
    elif service == "dynamodb" and arn is not None and "/stream/" not in arn:
        yield view.fail(path, f"is {shown(arn)}, a table; use its streamArn")
    elif service == "dynamodb" and world.missing(TABLE, arn):
        yield view.fail(path, f"names {shown(arn)}, which does not exist; create the table first")
    elif service is None:
        yield from arn_of(view, path)


@rule(MAPPING, source=CREATE)
def mapping_function(view: View, world: World) -> Iterator[CheckFailure]:
    """The function exists, and reads each source once."""
    yield from function_target(view, "functionName", world)
    name, arn = view.text("functionName"), view.text("eventSourceArn")
    if name is None or arn is None or world.find(FUNCTION, name) is None:
        return
    for other in world.others(MAPPING, view.name):
        same = isinstance(other.get("functionName"), str) and unqualified(other["functionName"]) == unqualified(name)
        if same and other.get("eventSourceArn") == arn:
            yield view.fail("eventSourceArn", f"is {shown(arn)}, which the function reads already; drop one mapping")


@rule(MAPPING, source=CREATE)
def mapping_batch(view: View, world: World) -> Iterator[CheckFailure]:
    """A queue's batches: ten, more with a window, never more from a FIFO queue."""
    del world
    size, window = view.number("batchSize"), "maximumBatchingWindowInSeconds"
    if _source(view) != "sqs":
        return
    if str(view.text("eventSourceArn")).endswith(FIFO):
        if size is not None and size > 10:
            yield view.fail("batchSize", f"is {size}; a FIFO queue gives 1 to 10")
        if view.number(window):
            yield view.fail(window, f"is {view.number(window)}; a FIFO queue has no batching window, drop it")
    elif size is not None and 10 < size <= 10_000 and (view.absent(window) or view.number(window) == 0):
        yield view.fail(
            window, f"must be 1 or more for a batchSize of {size}; set it, or use a batchSize of 10 or less"
        )


@rule(MAPPING, source=CREATE)
def mapping_of_a_queue(view: View, world: World) -> Iterator[CheckFailure]:
    """What only streams have."""
    del world
    if _source(view) == "sqs":
        for path in STREAM_ONLY:
            if view.given(path) and view.flag(path) is not False:
                yield view.fail(path, "is for streams; the source is a queue, drop it")


@rule(MAPPING, source=CREATE)
def mapping_of_a_stream(view: View, world: World) -> Iterator[CheckFailure]:
    """Where reading starts, and what only queues have."""
    del world
    service, path = _source(view), "startingPosition"
    if service not in STREAMS:
        return
    position = view.known(path)
    if view.absent(path):
        yield view.fail(path, "is missing; a stream is read from TRIM_HORIZON or LATEST")
    elif position == "AT_TIMESTAMP" and service == "dynamodb":
        yield view.fail(path, 'is "AT_TIMESTAMP"; a table\'s stream is read from TRIM_HORIZON or LATEST')
    elif position == "AT_TIMESTAMP" and view.absent("startingPositionTimestamp"):
        yield view.fail("startingPositionTimestamp", 'is missing; startingPosition is "AT_TIMESTAMP"')
    if view.given("scalingConfig.maximumConcurrency"):
        yield view.fail("scalingConfig.maximumConcurrency", "is for queues; use parallelizationFactor for a stream")


@rule(MAPPING, source=CREATE)
def mapping_record_age(view: View, world: World) -> Iterator[CheckFailure]:
    """How old a record may be: forever, or a minute to a week."""
    del world
    if view.number("maximumRecordAgeInSeconds") != -1:
        yield from bounded(view, "maximumRecordAgeInSeconds", 60, 604_800, "seconds, or -1 for no limit")


@rule(MAPPING, source=QUEUES)
def mapping_visibility(view: View, world: World) -> Iterator[CheckFailure]:
    """A queue hides a message for as long as the function may take."""
    queue, function = world.find(QUEUE, view.text("eventSourceArn")), world.find(FUNCTION, view.text("functionName"))
    if queue is None or function is None:
        return
    hidden, runs = (
        _number(View(queue), "visibilityTimeoutSeconds", VISIBILITY),
        _number(View(function), "timeout", TIMEOUT),
    )
    if hidden is not None and runs is not None and hidden < runs:
        reason = (
            f"is a queue that hides messages for {hidden} s, the function may run {runs} s; raise the queue's "
            f"visibilityTimeoutSeconds to {runs} or more (six times is advised)"
        )
        yield view.fail("eventSourceArn", reason)


@rule(MAPPING, source=SCALING)
def mapping_concurrency(view: View, world: World) -> Iterator[CheckFailure]:
    """A queue's consumers fit into what the function reserves."""
    path, function = "scalingConfig.maximumConcurrency", world.find(FUNCTION, view.text("functionName"))
    wanted, reserved = view.number(path), View(function or {}).number("reservedConcurrentExecutions")
    if wanted is not None and reserved is not None and 0 <= reserved < wanted:
        yield view.fail(
            path, f"is {wanted}, more than the {reserved} that the function reserves; use {reserved} or less"
        )


@rule(MAPPING, source="https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html")
def mapping_failures(view: View, world: World) -> Iterator[CheckFailure]:
    """Where what fails for good goes."""
    path = "destinationConfig.onFailure.destinationArn"
    arn = view.text(path)
    found = ARN.fullmatch(arn or "")
    if found and found["service"] == "sqs":
        yield from queue_target(view, path, arn, world, fifo=False)
    elif arn is not None and not arn.startswith("kafka://"):
        yield from arn_of(view, path, "sqs", "sns", "s3")


@rule(MAPPING, source="https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html")
def mapping_filters(view: View, world: World) -> Iterator[CheckFailure]:
    """Filters are JSON objects, and few."""
    del world
    if view.count("filterCriteria.filters") > FILTERS:
        count = view.count("filterCriteria.filters")
        yield view.fail("filterCriteria.filters", f"has {count} elements; use {FILTERS} or less")
    for part in view.blocks("filterCriteria.filters"):
        text = part.text("pattern")
        if text is not None and not _is_object(text):
            yield part.fail("pattern", f"is {shown(text)}, not a JSON object; use one")


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _number(view: View, path: str, default: int) -> float | None:
    return default if view.absent(path) else view.number(path)
