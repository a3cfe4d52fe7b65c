"""CloudWatch alarms: whom they tell of what happened, and what their history has."""

import json

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.metric_alarms import (
    SECONDS,
    history,
    make_alarm,
    make_subscribed_topic,
    wait_for_state,
)
from sandbox.contract.behaviour import behaviour, expect

GUIDE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring"
API = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference"
ECHO = """
import boto3, json, os
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps(event))
"""


@behaviour(service="monitoring", source=f"{GUIDE}/alarms-and-actions.html", seconds=SECONDS)
def an_alarm_tells_a_topic_what_happened(aws: AwsAccount) -> None:
    """An alarm publishes its change to a topic, as JSON with the metric that triggered it."""
    topic, queue = make_subscribed_topic(aws)
    alarm = make_alarm(aws, AlarmActions=[topic])
    wait_for_state(aws, alarm, "ALARM", {15: 7})
    envelope = json.loads(aws.collect(queue, 1)[0])
    message = json.loads(envelope["Message"])
    expect(envelope["Subject"].startswith(f'ALARM: "{alarm}" in '), envelope["Subject"])
    shown = {name: message.get(name) for name in ("AlarmName", "NewStateValue", "AWSAccountId")}
    expect(shown == {"AlarmName": alarm, "NewStateValue": "ALARM", "AWSAccountId": aws.id}, f"it says {message}")
    trigger = message["Trigger"]
    expect(trigger["Statistic"] == "MAXIMUM", f"it was triggered by {trigger}")
    expect(trigger["Dimensions"] == [{"value": alarm, "name": "Alarm"}], f"it was triggered by {trigger}")
    expect(message["OldStateValue"] in {"INSUFFICIENT_DATA", "OK"}, message["OldStateValue"])


@behaviour(service="monitoring", source=f"{API}/API_DisableAlarmActions.html", seconds=SECONDS)
def an_alarm_without_actions_changes_its_state_and_tells_nobody(aws: AwsAccount) -> None:
    """An alarm whose actions are disabled changes its state and tells nobody."""
    topic, _ = make_subscribed_topic(aws)
    alarm = make_alarm(aws, AlarmActions=[topic], ActionsEnabled=False)
    wait_for_state(aws, alarm, "ALARM", {15: 7})
    kinds = [item["HistoryItemType"] for item in history(aws, alarm)]
    expect("Action" not in kinds, f"its history has {kinds}")


@behaviour(service="monitoring", source=f"{API}/API_DescribeAlarmHistory.html", seconds=SECONDS)
def an_alarm_has_a_history_of_its_changes_and_actions(aws: AwsAccount) -> None:
    """The history of an alarm has its creation, its changes of state and its actions."""
    topic, _ = make_subscribed_topic(aws)
    alarm = make_alarm(aws, AlarmActions=[topic])
    wait_for_state(aws, alarm, "ALARM", {15: 7})

    def reported() -> dict[str, str] | None:
        found = {item["HistoryItemType"]: str(item["HistorySummary"]) for item in history(aws, alarm)}
        return found if len(found) == 3 else None

    by_kind = aws.wait_for(reported, "three kinds of items", seconds=SECONDS / 2)
    expect(by_kind["StateUpdate"].endswith("to ALARM"), f"it has {by_kind}")
    expect(by_kind["Action"] == f"Successfully executed action {topic}", f"it has {by_kind}")
    expect(by_kind["ConfigurationUpdate"] == f'Alarm "{alarm}" created', f"it has {by_kind}")


@behaviour(service="monitoring", source=f"{GUIDE}/alarms-and-actions-Lambda.html", seconds=2 * SECONDS)
def an_alarm_invokes_a_function(aws: AwsAccount) -> None:
    """An alarm invokes a function with its new and its old state."""
    queue = aws.queue()
    function = aws.function(ECHO, Environment={"Variables": {"QUEUE": queue}}, Timeout=20)
    aws.permit(function, "lambda.alarms.cloudwatch", SourceAccount=aws.id)
    alarm = make_alarm(aws, AlarmActions=[function])
    wait_for_state(aws, alarm, "ALARM", {15: 7})
    event = json.loads(aws.collect(queue, 1, seconds=SECONDS)[0])
    expect(event["source"] == "aws.cloudwatch", f"the event is {event}")
    state = event["alarmData"]["state"]
    expect((event["alarmData"]["alarmName"], state["value"]) == (alarm, "ALARM"), f"the event is {event}")
