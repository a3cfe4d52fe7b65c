"""An SQS queue with its dead letters; other components make their dead-letter queues by the same functions."""

import json
from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.aws.alarm_topic import create_alarm
from components.aws.iam import IamStatement, allow, queue_policy
from components.inputs import require_int, to_int, with_former_type
from policies.predicates.aws.queues import (
    MAXIMUM_RETENTION_SECONDS,
    VISIBILITY_FACTOR,
    dead_letter_retention_needed,
    visibility_needed,
)

# SQS's own defaults: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
RETENTION_SECONDS = 345_600
VISIBILITY_SECONDS = 30


class SqsQueueReference(TypedDict):
    """A queue as other components take it: `SqsQueue.reference`, or the same of a queue made elsewhere."""

    url: Input[str]
    """Where producers send and consumers receive."""
    arn: Input[str]
    """The queue's ARN."""
    name: Input[str]
    """The queue's name, as metrics have it."""
    dead_letter_url: Input[str]
    """Where messages wait that failed too often."""
    dead_letter_arn: Input[str]
    """The dead-letter queue's ARN."""
    dead_letter_name: Input[str]
    """The dead-letter queue's name."""


class SqsQueueArgs(TypedDict):
    """Inputs of `SqsQueue`."""

    consumer_timeout: int
    """Timeout of the function that reads the queue, in seconds; the visibility timeout must be 6 x it."""
    visibility_timeout: NotRequired[int]
    """Seconds a delivered message stays hidden (default 6 x consumer_timeout, at most 43,200)."""
    max_receive_count: NotRequired[Input[int]]
    """Deliveries before a message moves to the dead-letter queue (default 5)."""
    retention_seconds: NotRequired[int]
    """Seconds an unread message is kept (default 345,600: 4 days); the dead-letter queue keeps 14 days."""
    age_alarm_seconds: NotRequired[Input[int]]
    """Age of the oldest message that raises the alarm (default 300)."""
    senders: NotRequired[Mapping[str, Input[str]]]
    """Services that may send: principal -> ARN of its one source (default none)."""
    alarm_topic_arn: NotRequired[Input[str]]
    """The topic that is notified of dead letters and of old messages (default none: no alarms are made)."""
    tags: NotRequired[Input[Mapping[str, Input[str]]]]
    """Tags of every taggable child (default none)."""


class SqsQueue(pulumi.ComponentResource):
    """An SQS queue with a dead-letter queue of 14 days, encryption, TLS-only access and alarms.

    Cost: nothing while idle; the first million requests a month are free, then 0.40 USD a million
    (https://aws.amazon.com/sqs/pricing/), alarms 0.10 USD a month each.

    Example:
        ```python
        SqsQueue("orders", {"consumer_timeout": 10})
        ```
    """

    url: Output[str]
    """Where producers send and consumers receive."""
    arn: Output[str]
    """The queue's ARN."""
    name: Output[str]
    """The queue's name, as metrics have it."""
    dead_letter_url: Output[str]
    """Where messages wait that failed too often."""
    dead_letter_arn: Output[str]
    """The dead-letter queue's ARN."""
    dead_letter_name: Output[str]
    """The dead-letter queue's name."""

    def __init__(self, name: str, args: SqsQueueArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("scaleshop:index:SqsQueue", name, {}, with_former_type("WorkQueue", opts))
        child = ResourceOptions(parent=self)
        tags = args.get("tags")
        visibility, retention = _validate(name, args)
        dead = create_dead_letter_queue(name, tags=tags, opts=child)
        queue = aws.sqs.Queue(
            f"{name}-queue",
            visibility_timeout_seconds=visibility,
            message_retention_seconds=retention,
            receive_wait_time_seconds=20,
            sqs_managed_sse_enabled=True,
            tags=tags,
            opts=child,
        )
        # Resources of their own: inline, the two queues would need each other's ARN.
        aws.sqs.RedrivePolicy(
            f"{name}-redrive",
            queue_url=queue.url,
            redrive_policy=Output.all(dead.arn, to_int(args.get("max_receive_count", 5))).apply(
                lambda k: json.dumps({"deadLetterTargetArn": k[0], "maxReceiveCount": k[1]})
            ),
            opts=child,
        )
        aws.sqs.RedriveAllowPolicy(
            f"{name}-redrive-allow",
            queue_url=dead.url,
            redrive_allow_policy=queue.arn.apply(
                lambda arn: json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [arn]})
            ),
            opts=child,
        )
        senders = args.get("senders", {})
        aws.sqs.QueuePolicy(f"{name}-policy", queue_url=queue.url, policy=queue_policy(queue.arn, senders), opts=child)
        aws.sqs.QueuePolicy(
            f"{name}-dlq-policy", queue_url=dead.url, policy=queue_policy(dead.arn, senders), opts=child
        )
        create_dead_letter_alarm(
            f"{name}-dead-letters",
            dead,
            description=f"A message of {name} failed too often; see `scaleshop redrive {name} --dry-run`.",
            topic_arn=args.get("alarm_topic_arn"),
            tags=tags,
            opts=child,
        )
        create_alarm(
            f"{name}-age",
            description=f"The consumer of {name} is behind.",
            namespace="AWS/SQS",
            metric="ApproximateAgeOfOldestMessage",
            dimensions={"QueueName": queue.name},
            statistic="Maximum",
            threshold=require_int(f"SqsQueue '{name}': age_alarm_seconds", args.get("age_alarm_seconds"), 300),
            periods=3,
            topic_arn=args.get("alarm_topic_arn"),
            tags=tags,
            opts=child,
        )
        self.url, self.arn, self.name = queue.url, queue.arn, queue.name
        self.dead_letter_url, self.dead_letter_arn, self.dead_letter_name = dead.url, dead.arn, dead.name
        self.register_outputs(
            {
                "url": self.url,
                "arn": self.arn,
                "name": self.name,
                "deadLetterUrl": self.dead_letter_url,
                "deadLetterArn": self.dead_letter_arn,
                "deadLetterName": self.dead_letter_name,
            }
        )

    @property
    def reference(self) -> SqsQueueReference:
        """What other components take as `queue`."""
        return {
            "url": self.url,
            "arn": self.arn,
            "name": self.name,
            "dead_letter_url": self.dead_letter_url,
            "dead_letter_arn": self.dead_letter_arn,
            "dead_letter_name": self.dead_letter_name,
        }

    def grant_send(self) -> IamStatement:
        """The statement that lets a role send."""
        return allow(["sqs:SendMessage"], [self.arn])

    def grant_consume(self) -> IamStatement:
        """The statement that an event source mapping's function needs."""
        # https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaSQSQueueExecutionRole.html
        return allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], [self.arn])

    def grant_redrive(self) -> list[IamStatement]:
        """The statements that let an operator move dead letters back."""
        taken = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        return [allow(taken, [self.dead_letter_arn]), self.grant_send()]


def create_dead_letter_queue(
    name: str, *, tags: Input[Mapping[str, Input[str]]] | None, opts: ResourceOptions
) -> aws.sqs.Queue:
    """An encrypted queue, `<name>-dlq`, that keeps messages for as long as SQS can."""
    return aws.sqs.Queue(
        f"{name}-dlq",
        message_retention_seconds=MAXIMUM_RETENTION_SECONDS,
        sqs_managed_sse_enabled=True,
        tags=tags,
        opts=opts,
    )


def create_dead_letter_alarm(
    name: str,
    queue: aws.sqs.Queue,
    *,
    description: str,
    topic_arn: Input[str] | None,
    tags: Input[Mapping[str, Input[str]]] | None,
    opts: ResourceOptions,
) -> None:
    """An alarm as soon as a message waits; none without a topic."""
    create_alarm(
        name,
        description=description,
        namespace="AWS/SQS",
        metric="ApproximateNumberOfMessagesVisible",
        dimensions={"QueueName": queue.name},
        statistic="Maximum",
        threshold=1,
        topic_arn=topic_arn,
        tags=tags,
        opts=opts,
    )


def _validate(name: str, args: SqsQueueArgs) -> tuple[int, int]:
    this = f"SqsQueue '{name}'"
    timeout = require_int(f"{this}: consumer_timeout", args["consumer_timeout"])
    default = max(VISIBILITY_FACTOR * timeout, VISIBILITY_SECONDS)
    visibility = require_int(f"{this}: visibility_timeout", args.get("visibility_timeout"), default)
    needed = visibility_needed(visibility=visibility, consumer_timeout=timeout)
    if needed is not None:
        msg = (
            f"{this}: visibility_timeout ({visibility}) must be at least {VISIBILITY_FACTOR}x the consumer's timeout "
            f"({timeout} s); set {needed:g} or more."
        )
        raise ValueError(msg)
    retention = require_int(f"{this}: retention_seconds", args.get("retention_seconds"), RETENTION_SECONDS)
    if dead_letter_retention_needed(source=retention, dead_letter=MAXIMUM_RETENTION_SECONDS) is not None:
        most = MAXIMUM_RETENTION_SECONDS
        msg = f"{this}: retention_seconds ({retention}) is more than SQS keeps; set {most} or less."
        raise ValueError(msg)
    return visibility, retention
