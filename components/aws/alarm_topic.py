"""Alarms and the topic that they notify."""

import json
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.aws.iam import VERSION, IamStatement, allow

PERIOD_SECONDS = 60


class AlarmTopicArgs(TypedDict):
    """Inputs of `AlarmTopic`."""

    emails: NotRequired[Sequence[Input[str]]]
    """Addresses that get a mail (default none); each must confirm AWS's mail once."""
    webhooks: NotRequired[Sequence[Input[str]]]
    """HTTPS addresses of chat or paging tools that are called (default none); each must confirm SNS's first call."""
    kms_key_arn: NotRequired[Input[str]]
    """A key of your own that encrypts the topic (default SNS's encryption of storage); CloudWatch and Budgets need its
    use granted by the key's policy. AWS's key alias/aws/sns would silence alarms: its policy does not name them."""
    account_id: Input[str]
    """The account whose alarms and budgets may publish."""
    tags: NotRequired[Input[Mapping[str, Input[str]]]]
    """Tags of every taggable child (default none)."""


class AlarmTopic(pulumi.ComponentResource):
    """An SNS topic that alarms and budgets of this account publish to, and its subscriptions.

    Cost: 1,000 e-mails a month are free, then 2 USD for 100,000 (https://aws.amazon.com/sns/pricing/).

    Example:
        ```python
        AlarmTopic("alarms", {"emails": ["oncall@example.com"], "account_id": "111122223333"})
        ```
    """

    arn: Output[str]
    """What an alarm names as its action."""

    def __init__(self, name: str, args: AlarmTopicArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("scaleshop:index:AlarmTopic", name, {}, opts)
        child = ResourceOptions(parent=self)
        topic = aws.sns.Topic(
            f"{name}-topic", kms_master_key_id=args.get("kms_key_arn"), tags=args.get("tags"), opts=child
        )
        aws.sns.TopicPolicy(
            f"{name}-policy",
            arn=topic.arn,
            policy=Output.all(topic.arn, args["account_id"]).apply(lambda require_int: _topic_policy(*require_int)),
            opts=child,
        )
        for index, email in enumerate(args.get("emails", [])):
            aws.sns.TopicSubscription(
                f"{name}-email-{index}", topic=topic.arn, protocol="email", endpoint=email, opts=child
            )
        for index, address in enumerate(args.get("webhooks", [])):
            aws.sns.TopicSubscription(
                f"{name}-webhook-{index}", topic=topic.arn, protocol="https", endpoint=address, opts=child
            )
        self.arn = topic.arn
        self.register_outputs({"arn": self.arn})

    def grant_publish(self) -> IamStatement:
        """The statement that lets a role notify; with a key of your own, the key's policy must allow the role too."""
        return allow(["sns:Publish"], [self.arn])


def create_alarm(
    name: str,
    *,
    description: str,
    namespace: str,
    metric: str,
    dimensions: Mapping[str, Input[str]],
    threshold: float,
    topic_arn: Input[str] | None,
    tags: Input[Mapping[str, Input[str]]] | None,
    opts: ResourceOptions,
    statistic: str = "Sum",
    periods: int = 1,
) -> aws.cloudwatch.MetricAlarm | None:
    """An alarm at or above `threshold` in each of `periods` minutes; none without a topic, as nobody would hear it."""
    if topic_arn is None:
        return None
    percentile = statistic.startswith("p")
    return aws.cloudwatch.MetricAlarm(
        name,
        alarm_description=description,
        namespace=namespace,
        metric_name=metric,
        dimensions=dimensions,
        statistic=None if percentile else statistic,
        extended_statistic=statistic if percentile else None,
        comparison_operator="GreaterThanOrEqualToThreshold",
        threshold=threshold,
        period=PERIOD_SECONDS,
        evaluation_periods=periods,
        treat_missing_data="notBreaching",
        alarm_actions=[topic_arn],
        ok_actions=[topic_arn],
        tags=tags,
        opts=opts,
    )


def _topic_policy(arn: str, account: str) -> str:
    return json.dumps(
        {
            "Version": VERSION,
            "Statement": [
                {
                    "Sid": "Publish",
                    "Effect": "Allow",
                    "Principal": {"Service": ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]},
                    "Action": "sns:Publish",
                    "Resource": arn,
                    "Condition": {"StringEquals": {"aws:SourceAccount": account}},
                }
            ],
        },
        separators=(",", ":"),
    )
