"""SQS: attributes of queues, which the API takes as texts, and dead-letter queues."""

import re
from collections.abc import Iterator
from typing import Any

from engine.protocol import CheckFailure
from sandbox.aws.checks.core.input_view import InputView, parse_number, quote
from sandbox.aws.checks.core.known_resources import KnownResources
from sandbox.aws.checks.core.policy_documents import GRAMMAR, check_policy
from sandbox.aws.checks.core.resource_names import QUEUE
from sandbox.aws.checks.core.rules import rule
from sandbox.aws.checks.core.values import ARN, EXAMPLES, check_choice, check_exclusive, check_range, read_document

QUEUE_POLICY, REDRIVE = "aws:sqs/queuePolicy:QueuePolicy", "aws:sqs/redrivePolicy:RedrivePolicy"
REDRIVE_ALLOW = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"
ATTRIBUTES = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html"
DEAD_LETTERS = (
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue.html"
)
FIFO = ".fifo"
NAME = re.compile(r"[A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\.fifo")
RANGES = (
    ("visibilityTimeoutSeconds", 0, 43_200, "seconds"),
    ("messageRetentionSeconds", 60, 1_209_600, "seconds"),
    ("delaySeconds", 0, 900, "seconds"),
    ("maxMessageSize", 1_024, 1_048_576, "bytes"),
    ("receiveWaitTimeSeconds", 0, 20, "seconds"),
    ("kmsDataKeyReusePeriodSeconds", 60, 86_400, "seconds"),
)


def check_queue_target(
    view: InputView, path: str, arn: Any, resources: KnownResources, *, fifo: bool | None
) -> Iterator[CheckFailure]:
    """A queue that another resource sends to: there, and of the right type. `fifo` is None where both will do."""
    if not isinstance(arn, str):
        return
    found = ARN.fullmatch(arn)
    if not found or found["service"] != "sqs":
        yield view.fail(path, f"names {quote(arn)}, not a queue; use {EXAMPLES['sqs']}")
    elif fifo is not None and arn.endswith(FIFO) != fifo:
        kind, use = ("standard", "FIFO") if fifo else ("FIFO", "standard")
        yield view.fail(path, f"names {quote(arn)}, a {kind} queue; use a {use} queue")
    elif resources.is_missing(QUEUE, arn):
        yield view.fail(path, f"names {quote(arn)}, which does not exist; create the queue first")


@rule(QUEUE, source=ATTRIBUTES)
def queue_ranges(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Times and sizes of a queue."""
    del resources
    for path, low, high, unit in RANGES:
        yield from check_range(view, path, low, high, unit)


@rule(QUEUE, source=ATTRIBUTES)
def queue_name(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The name's characters, and the suffix that FIFO queues alone have."""
    del resources
    name = view.text("name")
    if name is None:
        return
    if not NAME.fullmatch(name):
        yield view.fail("name", f"is {quote(name)}; use up to 80 letters, digits, hyphens and underscores")
    elif view.flag("fifoQueue") and not name.endswith(FIFO):
        yield view.fail("name", f"is {quote(name)}; the name of a FIFO queue ends with .fifo")
    elif name.endswith(FIFO) and view.is_off("fifoQueue"):
        yield view.fail("name", f"is {quote(name)}, a FIFO queue's name; set fifoQueue or drop .fifo")


@rule(QUEUE, source=ATTRIBUTES)
def queue_fifo_settings(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Settings that FIFO queues alone have."""
    del resources
    yield from check_choice(view, "deduplicationScope", ("queue", "messageGroup"))
    yield from check_choice(view, "fifoThroughputLimit", ("perQueue", "perMessageGroupId"))
    if view.is_off("fifoQueue"):
        for path in ("contentBasedDeduplication", "deduplicationScope", "fifoThroughputLimit"):
            if view.is_given(path) and view.flag(path) is not False:
                yield view.fail(path, f"is {quote(view.value(path))} on a standard queue; set fifoQueue or drop it")
    elif view.value("fifoThroughputLimit") == "perMessageGroupId" and (
        view.is_absent("deduplicationScope") or view.value("deduplicationScope") == "queue"
    ):
        yield view.fail("deduplicationScope", 'must be "messageGroup" where fifoThroughputLimit is "perMessageGroupId"')


@rule(QUEUE, source=ATTRIBUTES)
def queue_encryption(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """One kind of encryption at a time."""
    del resources
    if view.flag("sqsManagedSseEnabled"):
        yield from check_exclusive(view, "kmsMasterKeyId", "sqsManagedSseEnabled")


@rule(QUEUE_POLICY, source=GRAMMAR)
def queue_policy(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Who may use a queue."""
    del resources
    yield from check_policy(view, "policy", "resource")


@rule(QUEUE, REDRIVE, source=DEAD_LETTERS)
def queue_redrive(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """A queue's dead-letter queue: there, of the same type, and how often before."""
    path = "redrivePolicy"
    policy, failures = read_document(view, path)
    yield from failures
    if policy is None:
        return
    missing = [key for key in ("deadLetterTargetArn", "maxReceiveCount") if policy.get(key) in (None, "")]
    if missing:
        yield view.fail(path, f"has no {missing[0]}; give deadLetterTargetArn and maxReceiveCount")
    count = policy.get("maxReceiveCount")
    number = parse_number(count)
    if count is not None and (not isinstance(number, int) or not 1 <= number <= 1_000):
        yield view.fail(path, f"has a maxReceiveCount of {quote(count)}; use 1 to 1000")
    yield from check_queue_target(
        view, path, policy.get("deadLetterTargetArn"), resources, fifo=_is_fifo(view, resources)
    )


@rule(QUEUE, REDRIVE_ALLOW, source=DEAD_LETTERS)
def queue_redrive_allow(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Which queues may use a dead-letter queue."""
    del resources
    path = "redriveAllowPolicy"
    policy, failures = read_document(view, path)
    yield from failures
    if policy is None:
        return
    permission, sources = policy.get("redrivePermission"), policy.get("sourceQueueArns")
    if permission not in ("allowAll", "denyAll", "byQueue"):
        yield view.fail(path, f"has a redrivePermission of {quote(permission)}; use allowAll, denyAll or byQueue")
    elif permission == "byQueue" and not (isinstance(sources, list) and 1 <= len(sources) <= 10):
        yield view.fail(path, "allows byQueue; give 1 to 10 sourceQueueArns, or allowAll")
    elif permission != "byQueue" and sources:
        yield view.fail(path, f"has sourceQueueArns beside {permission}; use byQueue or drop them")


def _is_fifo(view: InputView, resources: KnownResources) -> bool | None:
    """Whether the queue that a redrive policy belongs to is a FIFO queue; None when that is not known."""
    if "queueUrl" in view.values:
        url = view.text("queueUrl")
        return None if url is None else url.endswith(FIFO)
    del resources
    return bool(view.flag("fifoQueue")) if view.is_given("fifoQueue") or view.is_absent("fifoQueue") else None
