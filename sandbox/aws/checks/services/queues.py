"""SQS: attributes of queues, which the API takes as texts, and dead-letter queues."""

import re
from collections.abc import Iterator
from typing import Any

from engine.protocol import CheckFailure
from sandbox.aws.checks.identity import QUEUE
from sandbox.aws.checks.rules import rule
from sandbox.aws.checks.values import ARN, EXAMPLES, bounded, document, exclusive, one_of
from sandbox.aws.checks.view import View, as_number, shown
from sandbox.aws.checks.world import World

REDRIVE = "aws:sqs/redrivePolicy:RedrivePolicy"
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


def queue_target(view: View, path: str, arn: Any, world: World, *, fifo: bool | None) -> Iterator[CheckFailure]:
    """A queue that another resource sends to: there, and of the right type. `fifo` is None where both will do."""
    if not isinstance(arn, str):
        return
    found = ARN.fullmatch(arn)
    if not found or found["service"] != "sqs":
        yield view.fail(path, f"names {shown(arn)}, not a queue; use {EXAMPLES['sqs']}")
    elif fifo is not None and arn.endswith(FIFO) != fifo:
        kind, use = ("standard", "FIFO") if fifo else ("FIFO", "standard")
        yield view.fail(path, f"names {shown(arn)}, a {kind} queue; use a {use} queue")
    elif world.missing(QUEUE, arn):
        yield view.fail(path, f"names {shown(arn)}, which does not exist; create the queue first")


@rule(QUEUE, source=ATTRIBUTES)
def queue_ranges(view: View, world: World) -> Iterator[CheckFailure]:
    """Times and sizes of a queue."""
    del world
    for path, low, high, unit in RANGES:
        yield from bounded(view, path, low, high, unit)


@rule(QUEUE, source=ATTRIBUTES)
def queue_name(view: View, world: World) -> Iterator[CheckFailure]:
    """The name's characters, and the suffix that FIFO queues alone have."""
    del world
    name = view.text("name")
    if name is None:
        return
    if not NAME.fullmatch(name):
        yield view.fail("name", f"is {shown(name)}; use up to 80 letters, digits, hyphens and underscores")
    elif view.flag("fifoQueue") and not name.endswith(FIFO):
        yield view.fail("name", f"is {shown(name)}; the name of a FIFO queue ends with .fifo")
    elif name.endswith(FIFO) and view.off("fifoQueue"):
        yield view.fail("name", f"is {shown(name)}, a FIFO queue's name; set fifoQueue or drop .fifo")


@rule(QUEUE, source=ATTRIBUTES)
def queue_fifo_settings(view: View, world: World) -> Iterator[CheckFailure]:
    """Settings that FIFO queues alone have."""
    del world
    yield from one_of(view, "deduplicationScope", ("queue", "messageGroup"))
    yield from one_of(view, "fifoThroughputLimit", ("perQueue", "perMessageGroupId"))
    if view.off("fifoQueue"):
        for path in ("contentBasedDeduplication", "deduplicationScope", "fifoThroughputLimit"):
            if view.given(path) and view.flag(path) is not False:
                yield view.fail(path, f"is {shown(view.known(path))} on a standard queue; set fifoQueue or drop it")
    elif view.known("fifoThroughputLimit") == "perMessageGroupId" and (
        view.absent("deduplicationScope") or view.known("deduplicationScope") == "queue"
    ):
        yield view.fail("deduplicationScope", 'must be "messageGroup" where fifoThroughputLimit is "perMessageGroupId"')


@rule(QUEUE, source=ATTRIBUTES)
def queue_encryption(view: View, world: World) -> Iterator[CheckFailure]:
    """One kind of encryption at a time."""
    del world
    if view.flag("sqsManagedSseEnabled"):
        yield from exclusive(view, "kmsMasterKeyId", "sqsManagedSseEnabled")


@rule(QUEUE, REDRIVE, source=DEAD_LETTERS)
def queue_redrive(view: View, world: World) -> Iterator[CheckFailure]:
    """A queue's dead-letter queue: there, of the same type, and how often before."""
    path = "redrivePolicy"
    policy, failures = document(view, path)
    yield from failures
    if policy is None:
        return
    missing = [key for key in ("deadLetterTargetArn", "maxReceiveCount") if policy.get(key) in (None, "")]
    if missing:
        yield view.fail(path, f"has no {missing[0]}; give deadLetterTargetArn and maxReceiveCount")
    count = policy.get("maxReceiveCount")
    number = as_number(count)
    if count is not None and (not isinstance(number, int) or not 1 <= number <= 1_000):
        yield view.fail(path, f"has a maxReceiveCount of {shown(count)}; use 1 to 1000")
    yield from queue_target(view, path, policy.get("deadLetterTargetArn"), world, fifo=_is_fifo(view, world))


@rule(QUEUE, REDRIVE_ALLOW, source=DEAD_LETTERS)
def queue_redrive_allow(view: View, world: World) -> Iterator[CheckFailure]:
    """Which queues may use a dead-letter queue."""
    del world
    path = "redriveAllowPolicy"
    policy, failures = document(view, path)
    yield from failures
    if policy is None:
        return
    permission, sources = policy.get("redrivePermission"), policy.get("sourceQueueArns")
    if permission not in ("allowAll", "denyAll", "byQueue"):
        yield view.fail(path, f"has a redrivePermission of {shown(permission)}; use allowAll, denyAll or byQueue")
    elif permission == "byQueue" and not (isinstance(sources, list) and 1 <= len(sources) <= 10):
        yield view.fail(path, "allows byQueue; give 1 to 10 sourceQueueArns, or allowAll")
    elif permission != "byQueue" and sources:
        yield view.fail(path, f"has sourceQueueArns beside {permission}; use byQueue or drop them")


def _is_fifo(view: View, world: World) -> bool | None:
    """Whether the queue that a redrive policy belongs to is a FIFO queue; None when that is not known."""
    if "queueUrl" in view.values:
        url = view.text("queueUrl")
        return None if url is None else url.endswith(FIFO)
    del world
    return bool(view.flag("fifoQueue")) if view.given("fifoQueue") or view.absent("fifoQueue") else None
