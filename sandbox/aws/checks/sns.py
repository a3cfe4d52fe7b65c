"""SNS: topics and subscriptions."""

import re
from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.core.input_view import InputView, quote
from sandbox.aws.checks.core.known_resources import KnownResources
from sandbox.aws.checks.core.policy_documents import GRAMMAR, check_policy
from sandbox.aws.checks.core.resource_names import FUNCTION, TOPIC
from sandbox.aws.checks.core.rules import rule
from sandbox.aws.checks.core.values import check_arn, check_choice, join_choices, read_document
from sandbox.aws.checks.sqs import FIFO, check_queue_target

TOPIC_POLICY, SUBSCRIPTION = "aws:sns/topicPolicy:TopicPolicy", "aws:sns/topicSubscription:TopicSubscription"
CREATE = "https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html"
SUBSCRIBE = "https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html"
FILTERS = "https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html"
NAME = re.compile(r"[A-Za-z0-9_-]{1,256}|[A-Za-z0-9_-]{1,251}\.fifo")
# What an endpoint looks like, by protocol; ARNs have rules of their own.
ENDPOINTS = {
    "email": (re.compile(r"[^@\s]+@[^@\s]+"), "an e-mail address"),
    "email-json": (re.compile(r"[^@\s]+@[^@\s]+"), "an e-mail address"),
    "http": (re.compile(r"http://\S+"), "an http:// address"),
    "https": (re.compile(r"https://\S+"), "an https:// address"),
    "sms": (re.compile(r"\+?[0-9() .-]+"), "a telephone number"),
}
PROTOCOLS = (*ENDPOINTS, "sqs", "lambda", "firehose", "application")
RAW = ("sqs", "http", "https", "firehose")
FILTER_KEYS = 5


@rule(TOPIC, source=CREATE)
def topic_name(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The name's characters, and the suffix that FIFO topics alone have."""
    del resources
    name = view.text("name")
    if name is None:
        return
    if not NAME.fullmatch(name):
        yield view.fail("name", f"is {quote(name)}; use up to 256 letters, digits, hyphens and underscores")
    elif view.flag("fifoTopic") and not name.endswith(FIFO):
        yield view.fail("name", f"is {quote(name)}; the name of a FIFO topic ends with .fifo")
    elif name.endswith(FIFO) and view.is_off("fifoTopic"):
        yield view.fail("name", f"is {quote(name)}, a FIFO topic's name; set fifoTopic or drop .fifo")


@rule(TOPIC, source=CREATE)
def topic_fifo_settings(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Settings that FIFO topics alone have."""
    del resources
    for path in ("contentBasedDeduplication", "archivePolicy", "fifoThroughputScope"):
        if view.is_off("fifoTopic") and view.is_given(path) and view.flag(path) is not False:
            yield view.fail(path, "is set on a standard topic; set fifoTopic or drop it")


@rule(TOPIC_POLICY, source=GRAMMAR)
def topic_policy(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Who may use a topic."""
    del resources
    yield from check_policy(view, "policy", "resource")


@rule(SUBSCRIPTION, source=SUBSCRIBE)
def topic_exists(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The topic exists."""
    yield from check_arn(view, "topic", "sns")
    arn = view.text("topic")
    if arn is not None and arn.startswith("arn:") and resources.is_missing(TOPIC, arn):
        yield view.fail("topic", f"is {quote(arn)}, which does not exist; create the topic first")


@rule(SUBSCRIPTION, source=SUBSCRIBE)
def subscription_endpoint(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """An endpoint fits its protocol."""
    yield from check_choice(view, "protocol", PROTOCOLS)
    protocol, arn = view.text("protocol"), view.text("endpoint")
    fifo = str(view.text("topic")).endswith(FIFO)
    if protocol in ENDPOINTS and arn is not None:
        pattern, use = ENDPOINTS[protocol]
        if not pattern.fullmatch(arn):
            yield view.fail("endpoint", f"is {quote(arn)}; the protocol {protocol} takes {use}")
    elif protocol == "sqs":
        # A FIFO topic delivers to queues of both types, a standard one to standard queues.
        known = view.text("topic") is not None
        yield from check_queue_target(view, "endpoint", arn, resources, fifo=False if known and not fifo else None)
    elif protocol in ("lambda", "firehose"):
        yield from check_arn(view, "endpoint", protocol)
        if protocol == "lambda" and arn is not None and arn.startswith("arn:") and resources.is_missing(FUNCTION, arn):
            yield view.fail("endpoint", f"is {quote(arn)}, which does not exist; create the function first")
    if fifo and protocol in PROTOCOLS and protocol != "sqs":
        yield view.fail("protocol", f"is {quote(protocol)}; a FIFO topic delivers to queues only, use sqs")
    if protocol == "firehose" and view.is_absent("subscriptionRoleArn"):
        yield view.fail("subscriptionRoleArn", "is missing; the protocol is firehose")


@rule(SUBSCRIPTION, source=SUBSCRIBE)
def subscription_settings(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """What goes with some protocols only, and where undelivered messages go."""
    protocol = view.text("protocol")
    if view.flag("rawMessageDelivery") and protocol in PROTOCOLS and protocol not in RAW:
        yield view.fail("rawMessageDelivery", f"is true for the protocol {protocol}; it is for {join_choices(RAW)}")
    policy, failures = read_document(view, "redrivePolicy")
    yield from failures
    if policy is not None:
        fifo = str(view.text("topic")).endswith(FIFO) if view.is_given("topic") else None
        yield from check_queue_target(
            view, "redrivePolicy", policy.get("deadLetterTargetArn") or "", resources, fifo=fifo
        )


@rule(SUBSCRIPTION, source=FILTERS)
def subscription_filter(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """A filter is a JSON object of lists, with few keys."""
    del resources
    yield from check_choice(view, "filterPolicyScope", ("MessageAttributes", "MessageBody"))
    policy, failures = read_document(view, "filterPolicy")
    yield from failures
    if policy is None:
        return
    if len(policy) > FILTER_KEYS:
        yield view.fail("filterPolicy", f"has {len(policy)} keys; use {FILTER_KEYS} or less")
    if view.is_absent("filterPolicyScope") or view.value("filterPolicyScope") == "MessageAttributes":
        for key, value in policy.items():
            if not isinstance(value, list):
                yield view.fail("filterPolicy", f"has {quote(value)} at {key}; use a list of values")
