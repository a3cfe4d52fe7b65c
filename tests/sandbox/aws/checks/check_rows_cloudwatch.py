"""Wrong inputs of CloudWatch and budgets, one at a time, with what the user reads."""

from check_rows import DROP, Row
from declaration_blocks import NO_TOPIC, TOPIC

ROWS = (
    Row(
        "log-group",
        {"retentionInDays": 8},
        (
            "retentionInDays: is 8; use 0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, "
            "1096, 1827, 2192, 2557, 2922, 3288 or 3653"
        ),
    ),
    Row(
        "log-group",
        {"name": "aws/lambda/worker"},
        'name: is "aws/lambda/worker"; names that begin with aws/ are kept, use /aws/... or another one',
    ),
    Row("log-group", {"name": "worker logs"}, 'name: is "worker logs"; use letters, digits and # - . / _'),
    Row("alarm", {"period": 45}, "period: is 45; use 10, 20, 30 or a multiple of 60 seconds"),
    Row("alarm", {"datapointsToAlarm": 6}, "datapointsToAlarm: is 6, above the 5 evaluationPeriods; use 5 or less"),
    Row(
        "alarm",
        {"period": 60, "evaluationPeriods": 1_441, "datapointsToAlarm": DROP},
        "evaluationPeriods: is 1441; of 60 s each that is 86460 s, use 86400 s or less in all",
    ),
    Row("alarm", {"metricName": DROP}, "metricName: is missing; an alarm needs metricName or metricQueries"),
    Row("alarm", {"namespace": DROP}, "namespace: is missing; metricName is set"),
    Row("alarm", {"statistic": DROP}, "statistic: is missing; metricName is set, use e.g. Sum"),
    Row("alarm", {"statistic": "Median"}, 'statistic: is "Median"; use SampleCount, Average, Sum, Minimum or Maximum'),
    Row("alarm", {"extendedStatistic": "p99"}, "extendedStatistic: is set beside statistic; set one of them"),
    Row(
        "alarm",
        {"comparisonOperator": "Above"},
        (
            'comparisonOperator: is "Above"; use GreaterThanOrEqualToThreshold, GreaterThanThreshold, '
            "LessThanThreshold, LessThanOrEqualToThreshold, LessThanLowerOrGreaterThanUpperThreshold, "
            "LessThanLowerThreshold or GreaterThanUpperThreshold"
        ),
    ),
    Row(
        "alarm",
        {"comparisonOperator": "GreaterThanUpperThreshold"},
        "thresholdMetricId: is missing; the comparisonOperator is GreaterThanUpperThreshold",
    ),
    Row("alarm", {"threshold": DROP}, "threshold: is missing; give the number to compare with"),
    Row("alarm", {"threshold": "many"}, 'threshold: is "many", not a number; use a number'),
    Row(
        "alarm",
        {"treatMissingData": "fine"},
        'treatMissingData: is "fine"; use breaching, notBreaching, ignore or missing',
    ),
    Row(
        "alarm",
        {"alarmActions": [NO_TOPIC]},
        (
            'alarmActions[0]: names "arn:aws:sns:us-east-1:000000000000:gone", which does not exist; create '
            "the topic first"
        ),
    ),
    Row(
        "alarm", {"alarmActions": ["alarms"]}, 'alarmActions[0]: is "alarms"; use an ARN such as arn:aws:<service>:...'
    ),
    Row(
        "ratio-alarm",
        {"metricQueries[0].id": "Ratio"},
        'metricQueries[0].id: is "Ratio"; use a small letter, then letters, digits and underscores',
    ),
    Row(
        "ratio-alarm",
        {"metricQueries[1].id": "ratio"},
        'metricQueries[1].id: is "ratio", another query\'s as well; make it unique',
    ),
    Row(
        "ratio-alarm",
        {"metricQueries[1].expression": "1"},
        "metricQueries[1].expression: is set beside metric; set one of them",
    ),
    Row(
        "ratio-alarm",
        {"metricQueries[0].returnData": DROP},
        "metricQueries: have returnData on 0 queries; set it on one",
    ),
    Row(
        "ratio-alarm",
        {"metricQueries[1].metric.period": 7},
        "metricQueries[1].metric.period: is 7; use 10, 20, 30 or a multiple of 60 seconds",
    ),
    Row("composite", {"alarmRule": "age > 3"}, 'alarmRule: is "age > 3"; use e.g. ALARM(name) OR ALARM(other)'),
    Row(
        "composite",
        {"alarmRule": "ALARM(age) OR (ALARM(errors)"},
        'alarmRule: is "ALARM(age) OR (ALARM(errors)"; close every parenthesis',
    ),
    Row(
        "dashboard",
        {"dashboardBody": "widgets"},
        "dashboardBody: is not JSON (Expecting value: line 1 column 1 (char 0)); use a JSON object",
    ),
    Row("dashboard", {"dashboardBody": {"title": "x"}}, "dashboardBody: has no list of widgets; give one"),
    Row(
        "dashboard",
        {"dashboardBody": {"widgets": [{"type": "metric", "width": 25}]}},
        "dashboardBody: widgets[0].width is 25; use 1 to 24",
    ),
    Row(
        "dashboard",
        {"dashboardName": "the overview"},
        'dashboardName: is "the overview"; use up to 255 letters, digits, hyphens and underscores',
    ),
    Row("budget", {"name": "spend:all"}, 'name: is "spend:all"; use up to 100 characters without : and \\'),
    Row("budget", {"limitAmount": "fifty"}, 'limitAmount: is "fifty"; use a text that matches ([0-9]*\\.)?[0-9]+'),
    Row("budget", {"limitAmount": DROP}, "limitAmount: is missing; a budget has a limit"),
    Row("budget", {"timeUnit": "WEEKLY"}, 'timeUnit: is "WEEKLY"; use DAILY, MONTHLY, QUARTERLY, ANNUALLY or CUSTOM'),
    Row(
        "budget",
        {"notifications[0].comparisonOperator": "MORE_THAN"},
        'notifications[0].comparisonOperator: is "MORE_THAN"; use GREATER_THAN, LESS_THAN or EQUAL_TO',
    ),
    Row(
        "budget",
        {"notifications[0].subscriberSnsTopicArns": DROP},
        "notifications[0].subscriberSnsTopicArns: is missing; give it or subscriberEmailAddresses",
    ),
    Row(
        "budget",
        {"notifications[0].subscriberSnsTopicArns": ["alarms"]},
        (
            'notifications[0].subscriberSnsTopicArns[0]: is "alarms"; use an ARN such as '
            "arn:aws:sns:<region>:<account>:<topic>"
        ),
    ),
    Row(
        "budget",
        {"notifications[0].subscriberEmailAddresses": ["oncall"]},
        'notifications[0].subscriberEmailAddresses[0]: is "oncall"; use an e-mail address',
    ),
    Row("budget", {"limitUnit": DROP}, "limitUnit: is missing; limitAmount is set, use e.g. USD"),
    Row(
        "budget",
        {"notifications[0].subscriberSnsTopicArns": [TOPIC, TOPIC]},
        "notifications[0].subscriberSnsTopicArns: has 2 elements; use 1 or less",
    ),
    Row(
        "alarm",
        {"metricQueries": [{"id": "m1", "expression": "1", "returnData": True}]},
        "metricQueries: is set beside metricName; set one of them",
    ),
    Row(
        "ratio-alarm",
        {"metricQueries[1].metric": DROP},
        "metricQueries[1].expression: is missing; a query has expression or metric",
    ),
    Row(
        "dashboard",
        {"dashboardBody": {"widgets": [{"type": "text"}] * 501}},
        "dashboardBody: has 501 widgets; use 500 or less",
    ),
    Row(
        "dashboard",
        {"dashboardBody": {"widgets": [{"width": 6}]}},
        "dashboardBody: widgets[0] has no type; use e.g. metric",
    ),
    Row(
        "alarm", {"evaluationPeriods": 1.5, "datapointsToAlarm": DROP}, "evaluationPeriods: is 1.5; use a whole number"
    ),
)
