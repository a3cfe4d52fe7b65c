"""Queues for what nobody could handle, and the alarm on the first message in one."""

from collections.abc import Mapping

import pulumi_aws as aws
from pulumi import Input, ResourceOptions

from components.aws.alarms import metric_alarm
from policies.predicates import MAXIMUM_RETENTION_SECONDS


def dead_letter_queue(
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


def dead_letter_alarm(
    name: str,
    queue: aws.sqs.Queue,
    *,
    description: str,
    topic_arn: Input[str] | None,
    tags: Input[Mapping[str, Input[str]]] | None,
    opts: ResourceOptions,
) -> None:
    """An alarm as soon as a message waits; none without a topic."""
    metric_alarm(
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
