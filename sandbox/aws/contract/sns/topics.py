"""SNS: subscriptions and their filters."""

import json
from typing import Any

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.contract.behaviour import behaviour, expect

GUIDE = "https://docs.aws.amazon.com/sns/latest/dg"


def subscribe(aws: AwsAccount, topic: str, **attributes: str) -> str:
    """The URL of a new queue that a topic sends to."""
    queue = aws.queue()
    aws.allow_sender(queue, "sns")
    aws.clients.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=aws.arn_of(queue), Attributes=attributes)
    return queue


def make_message(severity: str) -> dict[str, Any]:
    """A message with one attribute."""
    attributes = {"severity": {"DataType": "String", "StringValue": severity}}
    return {"Message": json.dumps({"kind": severity}), "MessageAttributes": attributes}


def expect_high_severity(aws: AwsAccount, **subscription: str) -> None:
    """Of two messages a subscription with these settings gets the second, of high severity, alone."""
    topic = aws.topic()
    queue = subscribe(aws, topic, RawMessageDelivery="true", **subscription)
    for severity in ("low", "high"):
        aws.clients.sns.publish(TopicArn=topic, **make_message(severity))
    found = aws.collect(queue, 1) + aws.take(queue)
    expect(found == ['{"kind": "high"}'], f"received {found}")


@behaviour(service="sns", source=f"{GUIDE}/sns-sqs-as-subscriber.html")
def a_topic_sends_to_every_subscribed_queue(aws: AwsAccount) -> None:
    """Each subscribed queue gets a published message, in an envelope with topic, subject and id."""
    topic = aws.topic()
    queues = [subscribe(aws, topic) for _ in range(2)]
    sent = aws.clients.sns.publish(TopicArn=topic, Subject="alarm", Message="lost")["MessageId"]
    for queue in queues:
        (body,) = aws.collect(queue, 1)
        found = json.loads(body)
        reported = {name: found.get(name) for name in ("Type", "TopicArn", "Subject", "Message", "MessageId")}
        wanted = {"Type": "Notification", "TopicArn": topic, "Subject": "alarm", "Message": "lost", "MessageId": sent}
        expect(reported == wanted, f"envelope {reported}")


@behaviour(service="sns", source=f"{GUIDE}/sns-large-payload-raw-message-delivery.html")
def a_raw_subscription_gets_the_message_alone(aws: AwsAccount) -> None:
    """A subscription with raw delivery gets the message without an envelope."""
    topic = aws.topic()
    queue = subscribe(aws, topic, RawMessageDelivery="true")
    aws.clients.sns.publish(TopicArn=topic, Message="bare")
    expect(aws.collect(queue, 1) == ["bare"], "another message")


@behaviour(service="sns", source=f"{GUIDE}/sns-message-filtering.html")
def a_subscription_gets_what_its_filter_names(aws: AwsAccount) -> None:
    """A subscription with a filter on attributes gets the messages that match it."""
    expect_high_severity(aws, FilterPolicy='{"severity": ["high"]}')


@behaviour(service="sns", source=f"{GUIDE}/sns-message-filtering-scope.html")
def a_filter_can_look_into_the_message(aws: AwsAccount) -> None:
    """A filter of the scope MessageBody looks at the message in place of its attributes."""
    expect_high_severity(aws, FilterPolicyScope="MessageBody", FilterPolicy='{"kind": [{"prefix": "hi"}]}')


@behaviour(service="sns", source=f"{GUIDE}/sns-delete-subscription-topic.html")
def a_queue_that_has_unsubscribed_gets_nothing(aws: AwsAccount) -> None:
    """A queue gets nothing after its subscription is removed."""
    topic = aws.topic()
    gone, stays = subscribe(aws, topic), subscribe(aws, topic, RawMessageDelivery="true")
    found = aws.clients.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    (arn,) = (s["SubscriptionArn"] for s in found if s["Endpoint"] == aws.arn_of(gone))
    aws.clients.sns.unsubscribe(SubscriptionArn=arn)
    aws.wait_for_propagation()
    aws.clients.sns.publish(TopicArn=topic, Message="news")
    expect(aws.collect(stays, 1) == ["news"] and not aws.take(gone), "it still hears")


@behaviour(service="sns", source="https://docs.aws.amazon.com/sns/latest/api/API_Publish.html")
def a_message_above_256_kb_is_refused(aws: AwsAccount) -> None:
    """A message above 256 KB is refused."""
    answer = aws.refusal(aws.clients.sns.publish, TopicArn=aws.topic(), Message="x" * (256 * 1024 + 1))
    expect(answer["Error"]["Code"] == "InvalidParameter", f"{answer['Error']}")


@behaviour(
    service="monitoring",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html",
)
def an_alarm_that_is_set_reaches_the_subscribers_of_its_topic(aws: AwsAccount) -> None:
    """An alarm that is set by hand runs its actions: its topic's subscribers hear its name, state and reason."""
    topic, alarm, cloudwatch = aws.topic(), aws.name("alarm"), aws.clients.cloudwatch
    queue = subscribe(aws, topic, RawMessageDelivery="true")
    cloudwatch.put_metric_alarm(
        AlarmName=alarm,
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[topic],
    )
    aws.undo(cloudwatch.delete_alarms, AlarmNames=[alarm])
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a try")
    found = json.loads(aws.collect(queue, 1)[0])
    reported = (found["AlarmName"], found["NewStateValue"], found["NewStateReason"])
    expect(reported == (alarm, "ALARM", "a try"), f"notice {reported}")
