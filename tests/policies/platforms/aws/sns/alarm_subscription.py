"""Fixtures of AWS-OBS-04."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import ALARM, COMPOSITE_ALARM, SLACK_CHANNEL, SUBSCRIPTION, TEAMS_CHANNEL, TOPIC
from tests.policies.building import Stack
from tests.policies.cases import Cases, FailingCase, PassingCase

LISTENING = {SUBSCRIPTION: "topic", SLACK_CHANNEL: "snsTopicArns", TEAMS_CHANNEL: "snsTopicArns"}


def topic_of_alarms(listener: str = "", *, alarms: int = 1, also: Any = (), type_: str = ALARM) -> Stack:
    stack = Stack()
    topic = stack.add(TOPIC, "alarms")
    for i in range(alarms):
        stack.add(type_, f"alarm{i}", alarmActions=[topic.arn, *also])
    if listener:
        name = LISTENING[listener]
        named: Any = {name: topic.arn if name == "topic" else [topic.arn]}
        stack.add(listener, "listener", **named)
    return stack


def topic_with_unknown(*, listener: bool) -> Stack:
    stack = topic_of_alarms(alarms=int(listener))
    if listener:
        stack.add(SUBSCRIPTION, "listener", topic=UNKNOWN)
    else:
        stack.add(ALARM, "alarm", alarmActions=UNKNOWN)
    return stack


def unknown_action() -> Stack:
    stack = Stack()
    stack.add(TOPIC, "alarms")
    stack.add(ALARM, "alarm", alarmActions=[UNKNOWN])
    return stack


CASES = Cases(
    rule="aws-obs-04",
    passing=[PassingCase(partial(topic_of_alarms, listener)) for listener in LISTENING],
    failing=[
        FailingCase(
            topic_of_alarms,
            "alarms",
            "MetricAlarm 'alarm0' would be heard by nobody: it has no subscription in this stack",
            0,
            1,
        ),
        FailingCase(
            partial(topic_of_alarms, alarms=2), "alarms", "2 alarms, MetricAlarm 'alarm0' among them, would be", 0, 1
        ),
        FailingCase(
            partial(topic_of_alarms, type_=COMPOSITE_ALARM), "alarms", "CompositeAlarm 'alarm0' would be", 0, 1
        ),
    ],
    not_applicable=[
        partial(topic_of_alarms, alarms=0),
        partial(topic_of_alarms, also=["arn:aws:sns:us-east-1:444455556666:pager"]),
    ],
    not_evaluated=[
        (partial(topic_with_unknown, listener=True), "what TopicSubscription 'listener' refers to by topic"),
        (partial(topic_with_unknown, listener=False), "whom MetricAlarm 'alarm' tells"),
        (unknown_action, "alarm.alarmActions is not known"),
    ],
)
