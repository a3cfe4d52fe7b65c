"""What services count, how queues are measured, and how the wire is read and written."""

import json
from typing import Any

import pytest
from aws_emulator.cloudwatch import query_protocol
from aws_emulator.cloudwatch.notifications import (
    AlarmTransition,
    build_event,
    build_message,
    build_subject,
    list_actions,
)
from aws_emulator.cloudwatch.queue_metrics import measure_queue
from aws_emulator.cloudwatch.service_metrics import build_rule_dimensions, count_api_request
from aws_emulator.cloudwatch.table_metrics import count_table_request

ALARM: dict[str, Any] = {
    "AlarmName": "slow",
    "AlarmArn": "arn:aws:cloudwatch:us-east-1:1:alarm:slow",
    "AlarmDescription": "",
    "Namespace": "AWS/ApiGateway",
    "MetricName": "Latency",
    "ExtendedStatistic": "p99",
    "Dimensions": [{"Name": "ApiId", "Value": "a1"}],
    "Period": 60,
    "EvaluationPeriods": 5,
    "Threshold": 3000.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "ActionsEnabled": True,
    "AlarmActions": ["arn:aws:sns:us-east-1:1:t"],
    "OKActions": [],
    "AlarmConfigurationUpdatedTimestamp": 0,
}
CHANGE = AlarmTransition("OK", "ALARM", "why", 61.5, '{"version":"1.0"}', "before", "", 1.0)


def measure(*messages: dict[str, Any], dead_letters: bool = False) -> dict[str, float]:
    return {name: value for name, (value, _) in measure_queue(messages, 100, dead_letters=dead_letters).items()}


def test_a_queue_is_measured_without_receiving() -> None:
    found = measure(
        {"visible_at": 100, "receive_count": 0, "sent_at": 40},
        {"visible_at": 130, "receive_count": 1, "sent_at": 10},
        {"visible_at": 130, "receive_count": 0, "sent_at": 95},
    )
    assert found == {
        "ApproximateNumberOfMessagesVisible": 1,
        "ApproximateNumberOfMessagesNotVisible": 1,
        "ApproximateNumberOfMessagesDelayed": 1,
        "ApproximateAgeOfOldestMessage": 90,
    }


def test_a_message_that_was_received_too_often_does_not_make_a_queue_old() -> None:
    poison, other = {"sent_at": 10, "receive_count": 4}, {"sent_at": 80, "receive_count": 1}
    assert measure(poison, other)["ApproximateAgeOfOldestMessage"] == 20
    assert measure(poison, other, dead_letters=True)["ApproximateAgeOfOldestMessage"] == 90


def test_an_empty_queue_has_zeros() -> None:
    assert set(measure().values()) == {0}


def count_table(operation: str, request: Any, status: int, answer: Any) -> dict[str, tuple[float, tuple[str, ...]]]:
    body, text = json.dumps(request).encode(), json.dumps(answer).encode()
    return {
        c.name: (c.value, tuple(c.dimensions.values())) for c in count_table_request(operation, body, status, text, 2.0)
    }


PUT = {"TableName": "orders", "Item": {"pk": {"S": '"TableName": "fake"'}}}


def test_a_request_that_succeeds_is_timed() -> None:
    assert count_table("PutItem", PUT, 200, {}) == {"SuccessfulRequestLatency": (2.0, ("orders", "PutItem"))}


def test_a_table_may_be_named_by_its_arn() -> None:
    request = {"TableName": "arn:aws:dynamodb:us-east-1:1:table/orders", "Key": {}}
    assert count_table("GetItem", request, 200, {})["SuccessfulRequestLatency"][1] == ("orders", "GetItem")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ConditionalCheckFailedException", {"ConditionalCheckFailedRequests": (1, ("orders",))}),
        (
            "ProvisionedThroughputExceededException",
            {"ThrottledRequests": (1, ("orders", "PutItem")), "WriteThrottleEvents": (1, ("orders",))},
        ),
        ("ValidationException", {"UserErrors": (1, ())}),
    ],
)
def test_a_request_that_is_refused_counts_by_its_code(code: str, expected: dict[str, Any]) -> None:
    assert count_table("PutItem", PUT, 400, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}"}) == expected


def test_each_reason_of_a_cancelled_transaction_counts_for_its_table() -> None:
    request = {"TransactItems": [{"Put": {"TableName": name, "Item": {}}} for name in ("orders", "stock")]}
    reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed"}]
    answer = {"__type": "x#TransactionCanceledException", "CancellationReasons": reasons}
    found = count_table("TransactWriteItems", request, 400, answer)
    assert found == {"ConditionalCheckFailedRequests": (1, ("stock",))}


def test_what_a_batch_left_out_is_throttled() -> None:
    request = {"RequestItems": {"orders": []}}
    found = count_table("BatchWriteItem", request, 200, {"UnprocessedItems": {"orders": [{}]}})
    assert found["WriteThrottleEvents"] == (1, ("orders",))


def test_consumed_capacity_counts_where_it_was_asked_for() -> None:
    answer = {"ConsumedCapacity": {"TableName": "orders", "CapacityUnits": 2.5}}
    found = count_table("Query", {"TableName": "orders"}, 200, answer)
    assert found["ConsumedReadCapacityUnits"] == (2.5, ("orders",))


def test_requests_about_tables_and_broken_ones_count_nothing() -> None:
    assert count_table("DescribeTable", PUT, 200, {}) == {}
    assert list(count_table_request("BatchGetItem", b"{", 200, b"", 1)) == []


@pytest.mark.parametrize(("status", "errors"), [(200, (0, 0)), (404, (1, 0)), (503, (0, 1))])
def test_a_request_to_an_api_counts_for_the_api_and_its_stage(status: int, errors: tuple[int, int]) -> None:
    found = list(count_api_request("a1", "$default", status, 12, 10))
    assert [(c.value) for c in found if c.name in {"4xx", "5xx"}] == [*errors, *errors]
    assert {tuple(c.dimensions) for c in found} == {("ApiId",), ("ApiId", "Stage")}
    assert not [c for c in count_api_request("a1", "s", 429, 1, None) if c.name == "IntegrationLatency"]


def test_a_rule_of_the_default_bus_is_named_without_it() -> None:
    assert build_rule_dimensions("default", "all") == {"RuleName": "all"}
    assert build_rule_dimensions("shop", "all") == {"EventBusName": "shop", "RuleName": "all"}


def test_a_message_says_what_triggered_the_alarm() -> None:
    message = json.loads(build_message(ALARM, CHANGE, "1", "US East (N. Virginia)"))
    assert message["Trigger"] == {
        "MetricName": "Latency",
        "Namespace": "AWS/ApiGateway",
        "StatisticType": "ExtendedStatistic",
        "ExtendedStatistic": "p99",
        "Unit": None,
        "Dimensions": [{"value": "a1", "name": "ApiId"}],
        "Period": 60,
        "EvaluationPeriods": 5,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "Threshold": 3000.0,
        "TreatMissingData": "missing",
        "EvaluateLowSampleCountPercentile": "",
    }
    assert message["StateChangeTime"] == "1970-01-01T00:01:01.500+0000"
    assert build_subject(ALARM, CHANGE, "US East (N. Virginia)") == 'ALARM: "slow" in US East (N. Virginia)'


def test_a_message_of_metric_math_has_its_queries() -> None:
    metric = {"Namespace": "n", "MetricName": "m", "Dimensions": [{"Name": "a", "Value": "b"}]}
    queries = [
        {"Id": "e", "Expression": "m * 2", "ReturnData": True},
        {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
    ]
    trigger = json.loads(build_message({**ALARM, "Metrics": queries}, CHANGE, "1", "r"))["Trigger"]
    assert trigger["Metrics"][1]["MetricStat"]["Metric"]["Dimensions"] == [{"value": "b", "name": "a"}]
    assert "MetricName" not in trigger


def test_a_message_of_a_composite_alarm_names_the_children() -> None:
    alarm = {"AlarmName": "all", "AlarmArn": "arn", "AlarmRule": "ALARM(slow)"}
    child = {"arn": "c", "state": {"value": "ALARM", "timestamp": "t"}}
    message = json.loads(build_message(alarm, CHANGE, "1", "r", [child]))
    assert message["TriggeringChildren"] == [{"Arn": "c", "State": {"Value": "ALARM", "Timestamp": "t"}}]
    assert "Trigger" not in message


def test_an_event_has_both_states() -> None:
    data = build_event(ALARM, CHANGE, "1", "us-east-1")["alarmData"]
    assert data["state"] == {
        "value": "ALARM",
        "reason": "why",
        "reasonData": '{"version":"1.0"}',
        "timestamp": "1970-01-01T00:01:01.500+0000",
    }
    assert (data["previousState"]["value"], data["previousState"]["reason"]) == ("OK", "before")
    assert data["configuration"]["metrics"][0]["metricStat"]["metric"]["dimensions"] == {"ApiId": "a1"}


def test_actions_belong_to_a_state_and_can_be_disabled() -> None:
    assert list(list_actions(ALARM, "ALARM")) == ALARM["AlarmActions"]
    assert list(list_actions(ALARM, "OK")) == []
    assert list(list_actions({**ALARM, "ActionsEnabled": False}, "ALARM")) == []


def test_a_form_becomes_a_document() -> None:
    form = {
        "Action": ["PutMetricData"],
        "MetricData.member.2.MetricName": ["b"],
        "MetricData.member.1.MetricName": ["a"],
        "MetricData.member.1.Dimensions.member.1.Name": ["d"],
    }
    assert query_protocol.parse_form(form) == {
        "Action": "PutMetricData",
        "MetricData": [{"MetricName": "a", "Dimensions": [{"Name": "d"}]}, {"MetricName": "b"}],
    }


def test_a_document_becomes_xml() -> None:
    text = query_protocol.render_xml(
        "ListMetrics", {"Metrics": [{"MetricName": "a<b", "None": None}], "Flag": True}, "id"
    ).decode()
    assert "<ListMetricsResult><Metrics><member><MetricName>a&lt;b</MetricName></member></Metrics>" in text
    assert "<Flag>true</Flag>" in text
