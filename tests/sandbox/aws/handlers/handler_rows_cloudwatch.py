"""Rows for logs, alarms, budgets, and what is only recorded."""

import json
from typing import Any

from handler_lab import Lab, Made, Row
from plane_fixture import named

TAGS = {"tags": {"owner": "platform-team", "env": "dev"}}
RETAGGED = {"tags": {"owner": "another-team"}}
KEPT = "It is kept in the state alone."


def alarm(lab: Lab) -> dict[str, Any]:
    topic = lab.topic()["arn"]
    return {
        "name": named("alarm"),
        "alarmDescription": "the queue waits",
        "namespace": "AWS/SQS",
        "metricName": "ApproximateAgeOfOldestMessage",
        "dimensions": {"QueueName": "orders"},
        "statistic": "Maximum",
        "period": 60,
        "evaluationPeriods": 5,
        "threshold": 300,
        "comparisonOperator": "GreaterThanOrEqualToThreshold",
        "treatMissingData": "notBreaching",
        "alarmActions": [topic],
        "okActions": [topic],
        **TAGS,
    }


def quieten(lab: Lab, made: Made) -> None:
    lab.clients.cloudwatch.put_metric_alarm(
        AlarmName=made.id,
        Namespace="AWS/SQS",
        MetricName="ApproximateAgeOfOldestMessage",
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=5,
        Threshold=999999,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )


def composite(lab: Lab) -> dict[str, Any]:
    one = lab.make("aws:cloudwatch/metricAlarm:MetricAlarm", alarm(lab)).id
    return {"alarmName": named("either"), "alarmRule": f'ALARM("{one}")', "alarmDescription": "any", **TAGS}


def widgets(title: str) -> str:
    widget = {"type": "text", "x": 0, "y": 0, "width": 6, "height": 3, "properties": {"markdown": title}}
    return json.dumps({"widgets": [widget]})


def budget(lab: Lab) -> dict[str, Any]:
    return {
        "name": named("budget"),
        "budgetType": "COST",
        "timeUnit": "MONTHLY",
        "limitAmount": "50",
        "limitUnit": "USD",
        "costFilters": [{"name": "TagKeyValue", "values": ["user:service$shop"]}],
        "notifications": [notification(lab, 80)],
        **TAGS,
    }


def notification(lab: Lab, threshold: int) -> dict[str, Any]:
    return {
        "notificationType": "FORECASTED",
        "comparisonOperator": "GREATER_THAN",
        "threshold": threshold,
        "thresholdType": "PERCENTAGE",
        "subscriberSnsTopicArns": [lab.topic()["arn"]],
    }


def spend(lab: Lab, made: Made) -> None:
    found = lab.clients.budgets.describe_budget(AccountId="000000000000", BudgetName=made.inputs["name"])["Budget"]
    lab.clients.budgets.update_budget(
        AccountId="000000000000",
        NewBudget={
            **{key: found[key] for key in ("BudgetName", "BudgetType", "TimeUnit")},
            "BudgetLimit": {"Amount": "9000", "Unit": "USD"},
        },
    )


def web_acl(limit: int) -> dict[str, Any]:
    seen = {"cloudwatchMetricsEnabled": True, "metricName": "edge", "sampledRequestsEnabled": True}
    rate = {"rateBasedStatement": {"limit": limit, "aggregateKeyType": "IP"}}
    rule = {"name": "rate", "priority": 0, "action": {"block": {}}, "statement": rate, "visibilityConfig": seen}
    return {"rules": [rule], "visibilityConfig": seen}


def scalable(lab: Lab) -> dict[str, Any]:
    key = {"hashKey": "pk", "attributes": [{"name": "pk", "type": "S"}]}
    table = lab.make("aws:dynamodb/table:Table", {"name": named("table"), "readCapacity": 5, "writeCapacity": 5, **key})
    return {**scaled(table.id), "minCapacity": 1, "maxCapacity": 10}


def scaled(table: str) -> dict[str, Any]:
    return {
        "serviceNamespace": "dynamodb",
        "resourceId": f"table/{table}",
        "scalableDimension": "dynamodb:table:ReadCapacityUnits",
    }


def policy(lab: Lab) -> dict[str, Any]:
    target = lab.make("aws:appautoscaling/target:Target", scalable(lab)).inputs
    return {"name": named("policy"), **scaled(target["resourceId"].split("/")[1]), **following(70)}


def following(target: float) -> dict[str, Any]:
    metric = {"predefinedMetricType": "DynamoDBReadCapacityUtilization"}
    about = {"targetValue": target, "predefinedMetricSpecification": metric}
    return {"policyType": "TargetTrackingScaling", "targetTrackingScalingPolicyConfiguration": about}


ROWS = (
    Row(
        "aws:cloudwatch/logGroup:LogGroup",
        lambda lab: {"name": named("/shop/log"), "retentionInDays": 7, **TAGS},
        ({"retentionInDays": 30}, {"retentionInDays": None}, RETAGGED),
        lambda lab, made: lab.clients.logs.put_retention_policy(logGroupName=made.id, retentionInDays=1),
        "retentionInDays",
    ),
    Row(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        alarm,
        (
            {"threshold": 600, "period": 120, "evaluationPeriods": 3},
            {"statistic": "Average", "comparisonOperator": "GreaterThanThreshold"},
            {"statistic": None, "extendedStatistic": "p99"},
            {"dimensions": {"QueueName": "payments"}, "alarmDescription": "another"},
            lambda lab, _: {"alarmActions": [lab.topic()["arn"]]},
            {"okActions": None, "treatMissingData": "breaching"},
            RETAGGED,
        ),
        quieten,
        "threshold",
        unseen={"2:extendedStatistic": "The inputs from before do not have it."},
    ),
    Row(
        "aws:cloudwatch/compositeAlarm:CompositeAlarm",
        composite,
        ({"alarmDescription": "either"}, {"alarmRule": "FALSE"}, RETAGGED),
        lambda lab, made: lab.clients.cloudwatch.put_composite_alarm(AlarmName=made.id, AlarmRule="TRUE"),
        "alarmRule",
    ),
    Row(
        "aws:cloudwatch/dashboard:Dashboard",
        lambda lab: {"dashboardName": named("board"), "dashboardBody": widgets("Orders")},
        ({"dashboardBody": widgets("Payments")},),
        lambda lab, made: lab.clients.cloudwatch.put_dashboard(DashboardName=made.id, DashboardBody=widgets("x")),
        "dashboardBody",
    ),
    Row(
        "aws:budgets/budget:Budget",
        budget,
        (
            {"limitAmount": "75"},
            {"costFilters": [{"name": "TagKeyValue", "values": ["user:service$other"]}]},
            lambda lab, _: {"notifications": [notification(lab, 90)]},
            lambda lab, _: {"notifications": [notification(lab, 90)]},
            RETAGGED,
        ),
        spend,
        "limitAmount",
    ),
    Row(
        "aws:wafv2/webAcl:WebAcl",
        lambda lab: {
            "name": named("edge"),
            "scope": "CLOUDFRONT",
            "defaultAction": {"allow": {}},
            **web_acl(2000),
            **TAGS,
        },
        ({"rules": web_acl(1000)["rules"]},),
        unseen={"rules": KEPT},
        undeletable=KEPT,
    ),
    Row(
        "aws:appautoscaling/target:Target",
        scalable,
        ({"maxCapacity": 20},),
        unseen={"maxCapacity": KEPT},
        undeletable=KEPT,
    ),
    Row(
        "aws:appautoscaling/policy:Policy",
        policy,
        ({key: value for key, value in following(60).items() if key != "policyType"},),
        unseen={"targetTrackingScalingPolicyConfiguration": KEPT},
        undeletable=KEPT,
    ),
)
