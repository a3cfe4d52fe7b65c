"""Metrics and alarms in a running plane, where no behaviour of AWS says it: shorter minutes, restarts, bad input."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from running_emulator import RunningEmulator, make_name, run_emulator, wait_until

pytestmark = pytest.mark.plane
MINUTE = 1
BREACHED: dict[str, Any] = {
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "TreatMissingData": "notBreaching",
}


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    with run_emulator(tmp_path_factory.mktemp("watching"), serve=("--minute-seconds", str(MINUTE))) as found:
        yield found


def alarm(plane: RunningEmulator, namespace: str, metric: str, statistic: str, **dimensions: str) -> str:
    name = make_name("alarm")
    pairs = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    watched = {"Namespace": namespace, "MetricName": metric, "Dimensions": pairs, "Period": 60}
    how = {"ExtendedStatistic": statistic} if statistic.startswith("p") else {"Statistic": statistic}
    plane.clients.cloudwatch.put_metric_alarm(AlarmName=name, **watched, **how, **BREACHED)
    return name


def wait_until_state(plane: RunningEmulator, name: str, state: str) -> dict[str, Any]:
    def found() -> dict[str, Any] | None:
        described = plane.clients.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
        return described if described["StateValue"] == state else None

    return wait_until(found, f"alarm {name} in {state}")


def test_an_alarm_on_dead_letters_goes_off_and_goes_back_when_they_are_taken(plane: RunningEmulator) -> None:
    queue = plane.queue()
    name = alarm(plane, "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", QueueName=queue.rpartition("/")[2])
    wait_until_state(plane, name, "OK")
    plane.clients.sqs.send_message(QueueUrl=queue, MessageBody="x")
    went_off = wait_until_state(plane, name, "ALARM")
    shown = [found for found in plane.figures("alarms")["firing"] if found["name"] == name]
    assert [(found["reason"], found["region"]) for found in shown] == [(went_off["StateReason"], "us-east-1")]
    assert plane.take_messages(queue) == ["x"]
    wait_until_state(plane, name, "OK")
    assert name not in {found["name"] for found in plane.figures("alarms")["firing"]}


def test_an_alarm_on_a_functions_errors_goes_off(plane: RunningEmulator) -> None:
    function = plane.function("def handler(event, context):\n    raise ValueError")
    name = alarm(plane, "AWS/Lambda", "Errors", "Sum", FunctionName=function.rpartition(":")[2])
    plane.invoke(function)
    wait_until_state(plane, name, "ALARM")
    wait_until_state(plane, name, "OK")


def test_an_alarm_on_an_apis_errors_and_latency_goes_off(plane: RunningEmulator) -> None:
    apis = plane.clients.apigatewayv2
    function = plane.function("import time\ndef handler(event, context):\n    time.sleep(0.01)\n    raise ValueError")
    api = apis.create_api(Name=make_name("api"), ProtocolType="HTTP")["ApiId"]
    uri = {"IntegrationType": "AWS_PROXY", "IntegrationUri": function, "PayloadFormatVersion": "2.0"}
    integration = apis.create_integration(ApiId=api, **uri)["IntegrationId"]
    apis.create_route(ApiId=api, RouteKey="GET /", Target=f"integrations/{integration}")
    apis.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    plane.clients.lambda_.add_permission(
        FunctionName=function, StatementId="api", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
    )
    names = [alarm(plane, "AWS/ApiGateway", m, s, ApiId=api) for m, s in (("5xx", "Sum"), ("Latency", "p99"))]
    answer = plane.http("GET", f"/_aws/execute-api/{api}/$default/")
    assert answer.status_code >= 500
    for name in names:
        wait_until_state(plane, name, "ALARM")


def test_an_alarm_on_undelivered_events_goes_off(plane: RunningEmulator) -> None:
    events, bus = plane.clients.events, make_name("bus")
    events.create_event_bus(Name=bus)
    events.put_rule(Name="all", EventBusName=bus, EventPattern='{"source": ["shop"]}')
    gone = "arn:aws:sqs:us-east-1:000000000000:gone"
    target = {"Id": "gone", "Arn": gone, "RetryPolicy": {"MaximumRetryAttempts": 0}}
    events.put_targets(Rule="all", EventBusName=bus, Targets=[target])
    name = alarm(plane, "AWS/Events", "FailedInvocations", "Sum", RuleName="all", EventBusName=bus)
    events.put_events(Entries=[{"EventBusName": bus, "Source": "shop", "DetailType": "d", "Detail": "{}"}])
    wait_until_state(plane, name, "ALARM")


def test_an_alarm_that_can_not_be_evaluated_does_not_stop_the_others(plane: RunningEmulator) -> None:
    queue = plane.queue()
    lost = alarm(plane, "AWS/Nothing", "Nothing", "Sum", Nobody="knows")
    topic = "arn:aws:sns:us-east-1:000000000000:gone"
    pairs = [{"Name": "QueueName", "Value": queue.rpartition("/")[2]}]
    watched = {"Namespace": "AWS/SQS", "MetricName": "NumberOfMessagesSent", "Dimensions": pairs, "Period": 60}
    name = make_name("alarm")
    put = plane.clients.cloudwatch.put_metric_alarm
    actions = [topic, "arn:aws:automate:us-east-1:ec2:stop"]
    put(AlarmName=name, **watched, Statistic="Sum", AlarmActions=actions, **BREACHED)
    plane.clients.sqs.send_message(QueueUrl=queue, MessageBody="x")
    wait_until_state(plane, name, "ALARM")
    wait_until_state(plane, lost, "OK")
    items = plane.clients.cloudwatch.describe_alarm_history(AlarmName=name, HistoryItemType="Action")
    assert {item["HistorySummary"].split()[0] for item in items["AlarmHistoryItems"]} == {"Failed"}
    assert len(items["AlarmHistoryItems"]) == 2


def test_an_alarm_on_metric_math_is_stored_and_counted_as_not_evaluated(plane: RunningEmulator) -> None:
    metric = {"Namespace": "shop", "MetricName": "sold"}
    queries = [
        {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
        {"Id": "e", "Expression": "m * 2", "Label": "twice", "ReturnData": True},
    ]
    name = make_name("alarm")
    plane.clients.cloudwatch.put_metric_alarm(AlarmName=name, Metrics=queries, **BREACHED)
    [found] = plane.clients.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    assert found["Metrics"] == queries
    assert not {"MetricName", "Statistic", "Period"} & set(found)
    assert found["StateValue"] == "INSUFFICIENT_DATA"
    assert plane.figures("alarms")["not_evaluated"] == 1


def test_older_clients_speak_the_query_protocol(plane: RunningEmulator) -> None:
    space = make_name("space")
    form = {
        "Action": "PutMetricData",
        "Version": "2010-08-01",
        "Namespace": space,
        "MetricData.member.1.MetricName": "sold",
        "MetricData.member.1.Value": "3",
    }
    scope = "Credential=test/20260101/us-east-1/monitoring/aws4_request"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"}
    assert plane.http("POST", "/", data=form, headers=headers).status_code == 200
    listed = plane.http("POST", "/", data={"Action": "ListMetrics", "Namespace": space}, headers=headers).text
    assert "<MetricName>sold</MetricName>" in listed
    refused = plane.http("POST", "/", data={**form, "Namespace": "AWS/SQS"}, headers=headers)
    assert refused.status_code == 400
    assert "<Code>InvalidParameterValue</Code>" in refused.text


def test_status_says_that_minutes_are_shorter(plane: RunningEmulator) -> None:
    assert plane.figures("alarms")["seconds_per_minute"] == MINUTE


def test_values_and_states_survive_a_restart(emulator: RunningEmulator) -> None:
    cloudwatch, name = emulator.clients.cloudwatch, make_name("alarm")
    datum = {"MetricName": name, "Value": 5, "Timestamp": time.time() // 60 * 60 - 60}
    cloudwatch.put_metric_data(Namespace="shop", MetricData=[datum])
    watched = {"Namespace": "shop", "MetricName": name, "Period": 60, "Statistic": "Maximum"}
    breached = {**BREACHED, "EvaluationPeriods": 5, "DatapointsToAlarm": 1}
    cloudwatch.put_metric_alarm(AlarmName=name, **watched, **breached)
    before = wait_until_state(emulator, name, "ALARM")
    emulator.restart()
    after = wait_until_state(emulator, name, "ALARM")
    assert (after["StateReason"], after["StateReasonData"]) == (before["StateReason"], before["StateReasonData"])
    listed = emulator.clients.cloudwatch.list_metrics(Namespace="shop", MetricName=name)["Metrics"]
    assert len(listed) == 1


def test_the_emulator_alone_forgets_dimensions_and_counts_no_queues(emulator_alone: RunningEmulator) -> None:
    cloudwatch, name = emulator_alone.clients.cloudwatch, make_name("alarm")
    queue = emulator_alone.queue()
    emulator_alone.clients.sqs.send_message(QueueUrl=queue, MessageBody="x")
    assert cloudwatch.list_metrics(Namespace="AWS/SQS")["Metrics"] == []
    watched = {"Namespace": "shop", "MetricName": "sold", "Period": 60, "Statistic": "Sum"}
    cloudwatch.put_metric_alarm(AlarmName=name, **watched, Dimensions=[{"Name": "Depot", "Value": "a"}], **BREACHED)
    other = {"MetricName": "sold", "Value": 5, "Dimensions": [{"Name": "Depot", "Value": "b"}]}
    cloudwatch.put_metric_data(Namespace="shop", MetricData=[other])
    assert cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"] == "ALARM"
