"""AWS-SEC-01: a queue's messages are encrypted, with a key that its senders can use."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.core.resource import Resource
from policies.core.rule import Rule, RuleContext, Violation
from policies.platforms.aws.links import BUCKET_NOTIFICATION, QUEUE, SUBSCRIPTION, TARGET

DEFAULT = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html"
# Its key policy names the account's own principals alone and cannot be changed, so no service may write the queue:
KEYS = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html"
MANAGED_KEY = "alias/aws/sqs"
ENCRYPTED = "sqsManagedSseEnabled"
# Services that write a queue as themselves; Lambda, Pipes and Scheduler write it by a role of the account.
WRITERS = (
    (TARGET, "arn"),
    (TARGET, "deadLetterConfig.arn"),
    (SUBSCRIPTION, "endpoint"),
    (SUBSCRIPTION, "redrivePolicy.deadLetterTargetArn"),
    (BUCKET_NOTIFICATION, "queues"),
)


def check(queue: Resource, context: RuleContext) -> Iterator[Violation]:
    """Look at a queue's encryption, and at who writes it where the key is AWS's own."""
    if not queue.has("kmsMasterKeyId"):
        # Queues that are made over TLS are encrypted by default.
        if not queue.flag(ENCRYPTED, default=True):
            yield Violation(f"its messages are not encrypted: {ENCRYPTED} is false", f"set {ENCRYPTED} to true")
        return
    if not queue.text("kmsMasterKeyId").endswith(MANAGED_KEY):
        return
    for type_, path in WRITERS:
        with context.part():
            for writer in context.graph.referrers(queue, type_, path):
                yield Violation(
                    f"{writer!r} cannot write it: the policy of AWS's own key for SQS names no service",
                    f"set {ENCRYPTED} to true instead of kmsMasterKeyId, or use a key whose policy names the service",
                )
                return


def remedy(queue: Resource, _: RuleContext) -> Mapping[str, Any]:
    """Switch SQS's own encryption on where no key is given."""
    off = not queue.has("kmsMasterKeyId") and not queue.flag(ENCRYPTED, default=True)
    return {ENCRYPTED: True} if off else {}


RULE = Rule(
    id="aws-sec-01",
    title="A queue is encrypted with a key that its senders can use",
    category="security",
    severity="medium",
    types=(QUEUE,),
    reads=(TARGET, SUBSCRIPTION, BUCKET_NOTIFICATION),
    check=check,
    remedy=remedy,
    sources=(DEFAULT, KEYS),
)
