"""AWS-RES-12: a message that SNS cannot deliver is kept."""

from collections.abc import Iterator

from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation, texts
from policies.platforms.aws.links import QUEUE, SUBSCRIPTION

GUIDE = "https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html"
RETRIES = "https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html"
POLICY = "redrivePolicy"
# Programs; a person whose mailbox is full reads no dead-letter queue either.
PROTOCOLS = ("firehose", "http", "https", "lambda", "sqs")


def check(subscription: Resource, context: RuleContext) -> Iterator[Violation]:
    """Look for a redrive policy that names a queue."""
    if subscription.text("protocol") not in context.texts("protocols"):
        raise NotApplicableError("its protocol reaches people, or is exempt by the settings")
    if not _has_redrive_target(subscription, context):
        yield Violation(
            "it has no redrive policy: what SNS cannot deliver is thrown away, at once where the endpoint is gone or "
            "refuses it",
            "set redrive_policy to a JSON document with the deadLetterTargetArn of an SQS queue",
        )


def _has_redrive_target(subscription: Resource, context: RuleContext) -> bool:
    if not subscription.has(POLICY) or subscription.is_known(POLICY):
        return subscription.has(f"{POLICY}.deadLetterTargetArn")
    # A policy with the ARN of a queue that is yet to be made.
    return bool(context.graph.targets(subscription, POLICY, QUEUE))


RULE = Rule(
    id="aws-res-12",
    title="What SNS cannot deliver is kept",
    category="resilience",
    severity="medium",
    types=(SUBSCRIPTION,),
    reads=(QUEUE,),
    check=check,
    sources=(GUIDE, RETRIES),
    settings={
        "protocols": texts(PROTOCOLS, "Protocols whose subscriptions need a redrive policy", source=GUIDE),
    },
)
