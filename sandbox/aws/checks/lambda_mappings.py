"""Lambda's event source mappings."""

import json
from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.core.input_view import InputView, quote
from sandbox.aws.checks.core.known_resources import KnownResources
from sandbox.aws.checks.core.resource_names import FUNCTION, QUEUE, TABLE, strip_qualifier
from sandbox.aws.checks.core.rules import rule
from sandbox.aws.checks.core.values import ARN, check_arn, check_range
from sandbox.aws.checks.lambda_functions import check_function_target
from sandbox.aws.checks.sqs import FIFO, check_queue_target

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


def _source(view: InputView) -> str | None:
    """The service that a known source belongs to."""
    found = ARN.fullmatch(view.text("eventSourceArn") or "")
    return found["service"] if found else None


@rule(MAPPING, source=CREATE)
def mapping_source(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The source exists and can be read."""
    path, service, arn = "eventSourceArn", _source(view), view.text("eventSourceArn")
    if service == "sqs":
        yield from check_queue_target(view, path, arn, resources, fifo=None)
    elif service == "dynamodb" and arn is not None and "/stream/" not in arn:
        yield view.fail(path, f"is {quote(arn)}, a table; use its streamArn")
    elif service == "dynamodb" and resources.is_missing(TABLE, arn):
        yield view.fail(path, f"names {quote(arn)}, which does not exist; create the table first")
    elif service is None:
        yield from check_arn(view, path)


@rule(MAPPING, source=CREATE)
def mapping_function(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The function exists, and reads each source once."""
    yield from check_function_target(view, "functionName", resources)
    name, arn = view.text("functionName"), view.text("eventSourceArn")
    if name is None or arn is None or resources.find(FUNCTION, name) is None:
        return
    for other in resources.list_others(MAPPING, view.name):
        same = isinstance(other.get("functionName"), str) and strip_qualifier(other["functionName"]) == strip_qualifier(
            name
        )
        if same and other.get("eventSourceArn") == arn:
            yield view.fail("eventSourceArn", f"is {quote(arn)}, which the function reads already; drop one mapping")


@rule(MAPPING, source=CREATE)
def mapping_batch(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """A queue's batches: ten, more with a window, never more from a FIFO queue."""
    del resources
    size, window = view.number("batchSize"), "maximumBatchingWindowInSeconds"
    if _source(view) != "sqs":
        return
    if str(view.text("eventSourceArn")).endswith(FIFO):
        if size is not None and size > 10:
            yield view.fail("batchSize", f"is {size}; a FIFO queue gives 1 to 10")
        if view.number(window):
            yield view.fail(window, f"is {view.number(window)}; a FIFO queue has no batching window, drop it")
    elif size is not None and 10 < size <= 10_000 and (view.is_absent(window) or view.number(window) == 0):
        yield view.fail(
            window, f"must be 1 or more for a batchSize of {size}; set it, or use a batchSize of 10 or less"
        )


@rule(MAPPING, source=CREATE)
def mapping_of_a_queue(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """What only streams have."""
    del resources
    if _source(view) == "sqs":
        for path in STREAM_ONLY:
            if view.is_given(path) and view.flag(path) is not False:
                yield view.fail(path, "is for streams; the source is a queue, drop it")


@rule(MAPPING, source=CREATE)
def mapping_of_a_stream(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Where reading starts, and what only queues have."""
    del resources
    service, path = _source(view), "startingPosition"
    if service not in STREAMS:
        return
    position = view.value(path)
    if view.is_absent(path):
        yield view.fail(path, "is missing; a stream is read from TRIM_HORIZON or LATEST")
    elif position == "AT_TIMESTAMP" and service == "dynamodb":
        yield view.fail(path, 'is "AT_TIMESTAMP"; a table\'s stream is read from TRIM_HORIZON or LATEST')
    elif position == "AT_TIMESTAMP" and view.is_absent("startingPositionTimestamp"):
        yield view.fail("startingPositionTimestamp", 'is missing; startingPosition is "AT_TIMESTAMP"')
    if view.is_given("scalingConfig.maximumConcurrency"):
        yield view.fail("scalingConfig.maximumConcurrency", "is for queues; use parallelizationFactor for a stream")


@rule(MAPPING, source=CREATE)
def mapping_record_age(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """How old a record may be: forever, or a minute to a week."""
    del resources
    if view.number("maximumRecordAgeInSeconds") != -1:
        yield from check_range(view, "maximumRecordAgeInSeconds", 60, 604_800, "seconds, or -1 for no limit")


@rule(MAPPING, source=QUEUES)
def mapping_visibility(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """A queue hides a message for as long as the function may take."""
    queue, function = (
        resources.find(QUEUE, view.text("eventSourceArn")),
        resources.find(FUNCTION, view.text("functionName")),
    )
    if queue is None or function is None:
        return
    hidden, runs = (
        _number(InputView(queue), "visibilityTimeoutSeconds", VISIBILITY),
        _number(InputView(function), "timeout", TIMEOUT),
    )
    if hidden is not None and runs is not None and hidden < runs:
        reason = (
            f"is a queue that hides messages for {hidden} s, the function may run {runs} s; raise the queue's "
            f"visibilityTimeoutSeconds to {runs} or more (six times is advised)"
        )
        yield view.fail("eventSourceArn", reason)


@rule(MAPPING, source=SCALING)
def mapping_concurrency(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """A queue's consumers fit into what the function reserves."""
    path, function = "scalingConfig.maximumConcurrency", resources.find(FUNCTION, view.text("functionName"))
    wanted, reserved = view.number(path), InputView(function or {}).number("reservedConcurrentExecutions")
    if wanted is not None and reserved is not None and 0 <= reserved < wanted:
        yield view.fail(
            path, f"is {wanted}, more than the {reserved} that the function reserves; use {reserved} or less"
        )


@rule(MAPPING, source="https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html")
def mapping_failures(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Where what fails for good goes."""
    path = "destinationConfig.onFailure.destinationArn"
    arn = view.text(path)
    found = ARN.fullmatch(arn or "")
    if found and found["service"] == "sqs":
        yield from check_queue_target(view, path, arn, resources, fifo=False)
    elif arn is not None and not arn.startswith("kafka://"):
        yield from check_arn(view, path, "sqs", "sns", "s3")


@rule(MAPPING, source="https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html")
def mapping_filters(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Filters are JSON objects, and few."""
    del resources
    if view.count("filterCriteria.filters") > FILTERS:
        count = view.count("filterCriteria.filters")
        yield view.fail("filterCriteria.filters", f"has {count} elements; use {FILTERS} or less")
    for part in view.blocks("filterCriteria.filters"):
        text = part.text("pattern")
        if text is not None and not _is_object(text):
            yield part.fail("pattern", f"is {quote(text)}, not a JSON object; use one")


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _number(view: InputView, path: str, default: int) -> float | None:
    return default if view.is_absent(path) else view.number(path)
