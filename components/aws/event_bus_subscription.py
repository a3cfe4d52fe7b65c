"""A consumer of an EventBridge bus: rule, queue, function."""

import json
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.aws.alarm_topic import create_alarm
from components.aws.event_bus import EventBusReference
from components.aws.iam import identity_policy
from components.aws.lambda_service import LambdaServiceReference
from components.aws.sqs_queue import SqsQueue, SqsQueueArgs
from components.inputs import require_int, to_int, with_former_type
from policies.predicates.aws.queues import consumer_concurrency_needed

# EventBridge's own maxima, after which an event goes to the target's dead-letter queue:
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
RETRY_SECONDS = 86_400
RETRIES = 185


class EventBusSubscriptionArgs(TypedDict):
    """Inputs of `EventBusSubscription`."""

    bus: EventBusReference
    """The bus to listen on."""
    detail_types: Sequence[str]
    """Event types that are delivered, e.g. `shop.order.placed.v1`."""
    function: LambdaServiceReference
    """The function whose alias is invoked with batches; the right to read the queue is added to its role."""
    visibility_timeout: NotRequired[int]
    """Seconds a delivered message stays hidden (default 6 x the function's timeout, which is the least)."""
    max_receive_count: NotRequired[Input[int]]
    """Deliveries before a message moves to the dead-letter queue (default 5)."""
    maximum_concurrency: NotRequired[int]
    """Batches at work at once (default 2, 2 to 1,000), no more than the function has reserved; what stands behind the
    function must take it."""
    batch_size: NotRequired[Input[int]]
    """Messages in a batch (default 10, at most 10 without a batching window)."""
    alarm_topic_arn: NotRequired[Input[str]]
    """The topic that is notified of dead letters, old messages and failed deliveries (default none: no alarms)."""
    tags: NotRequired[Input[Mapping[str, Input[str]]]]
    """Tags of every taggable child (default none)."""


class EventBusSubscription(pulumi.ComponentResource):
    """A rule that fills a queue of its own, and a function that empties it with bounded concurrency.

    Failed messages are reported one by one, so that a bad one does not send its batch back.

    Cost: nothing while idle; queue and invocations as `SqsQueue` and `LambdaService`
    (https://aws.amazon.com/eventbridge/pricing/: deliveries within the account are free).

    Example:
        ```python
        EventBusSubscription(
            "orders",
            {
                "bus": {"name": "shop", "arn": "arn:aws:events:us-east-1:111122223333:event-bus/shop"},
                "detail_types": ["shop.stock.reserved.v1"],
                "function": {
                    "alias_arn": "arn:aws:lambda:us-east-1:111122223333:function:orders:live",
                    "alias_name": "live",
                    "function_name": "orders",
                    "role_name": "orders-role",
                    "timeout": 10,
                },
            },
        )
        ```
    """

    queue_url: Output[str]
    """The consumer's queue."""
    queue_arn: Output[str]
    """The same as an ARN."""
    queue_name: Output[str]
    """The same as metrics have it."""
    dead_letter_url: Output[str]
    """Where its failed messages wait."""
    dead_letter_name: Output[str]
    """The same as metrics have it."""

    def __init__(self, name: str, args: EventBusSubscriptionArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("scaleshop:index:EventBusSubscription", name, {}, with_former_type("EventSubscription", opts))
        child = ResourceOptions(parent=self)
        tags, bus_name, function = args.get("tags"), args["bus"]["name"], args["function"]
        maximum = _validate(name, args)
        rule = aws.cloudwatch.EventRule(
            f"{name}-rule",
            event_bus_name=bus_name,
            event_pattern=json.dumps({"detail-type": sorted(args["detail_types"])}),
            tags=tags,
            opts=child,
        )
        self.queue = SqsQueue(f"{name}-work", _queue_args(args, rule.arn), child)
        aws.cloudwatch.EventTarget(
            f"{name}-target",
            rule=rule.name,
            event_bus_name=bus_name,
            arn=self.queue.arn,
            dead_letter_config={"arn": self.queue.dead_letter_arn},
            retry_policy={"maximum_event_age_in_seconds": RETRY_SECONDS, "maximum_retry_attempts": RETRIES},
            opts=child,
        )
        consume = aws.iam.RolePolicy(
            f"{name}-consume",
            role=function["role_name"],
            policy=identity_policy([self.queue.grant_consume()]),
            opts=child,
        )
        aws.lambda_.EventSourceMapping(
            f"{name}-mapping",
            event_source_arn=self.queue.arn,
            function_name=function["alias_arn"],
            batch_size=to_int(args.get("batch_size", 10)),
            scaling_config={"maximum_concurrency": maximum},
            function_response_types=["ReportBatchItemFailures"],
            tags=tags,
            # Lambda refuses a mapping whose role can't read the queue yet.
            opts=ResourceOptions(parent=self, depends_on=[consume]),
        )
        create_alarm(
            f"{name}-undelivered",
            description=f"EventBridge could not deliver to {name}.",
            namespace="AWS/Events",
            metric="FailedInvocations",
            dimensions={"RuleName": rule.name, "EventBusName": bus_name},
            threshold=1,
            topic_arn=args.get("alarm_topic_arn"),
            tags=tags,
            opts=child,
        )
        self.queue_url, self.queue_arn, self.queue_name = self.queue.url, self.queue.arn, self.queue.name
        self.dead_letter_url, self.dead_letter_name = self.queue.dead_letter_url, self.queue.dead_letter_name
        self.register_outputs(
            {
                "queueUrl": self.queue_url,
                "queueArn": self.queue_arn,
                "queueName": self.queue_name,
                "deadLetterUrl": self.dead_letter_url,
                "deadLetterName": self.dead_letter_name,
            }
        )


def _validate(name: str, args: EventBusSubscriptionArgs) -> int:
    this = f"EventBusSubscription '{name}'"
    maximum = require_int(f"{this}: maximum_concurrency", args.get("maximum_concurrency"), 2)
    given = args["function"].get("reserved_concurrency")
    reserved = None if given is None else require_int(f"{this}: function.reserved_concurrency", given)
    nearest = consumer_concurrency_needed(maximum=maximum, reserved=reserved)
    if nearest is not None:
        bound = "1,000" if reserved is None else f"the function's reserved concurrency ({reserved})"
        msg = f"{this}: maximum_concurrency ({maximum}) must be 2 to {bound}; set {nearest}."
        raise ValueError(msg)
    if not args["detail_types"]:
        msg = f"{this}: detail_types is empty, which would match every event; name at least one type."
        raise ValueError(msg)
    return maximum


def _queue_args(args: EventBusSubscriptionArgs, rule_arn: Input[str]) -> SqsQueueArgs:
    made = SqsQueueArgs(consumer_timeout=args["function"]["timeout"], senders={"events.amazonaws.com": rule_arn})
    if "visibility_timeout" in args:
        made["visibility_timeout"] = args["visibility_timeout"]
    if "max_receive_count" in args:
        made["max_receive_count"] = args["max_receive_count"]
    if "alarm_topic_arn" in args:
        made["alarm_topic_arn"] = args["alarm_topic_arn"]
    if "tags" in args:
        made["tags"] = args["tags"]
    return made
