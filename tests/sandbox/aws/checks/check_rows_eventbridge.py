"""Wrong inputs of EventBridge, one at a time, with what the user reads."""

from check_rows import DROP, Row
from declaration_blocks import FIREHOSE, GONE, NO_BUS, NO_FUNCTION, NO_TOPIC, ORDERED, STRANGER, TOPIC

ROWS = (
    Row("bus", {"name": "default"}, 'name: is "default", the bus that every account has; use another name'),
    Row("bus", {"name": "shop/orders"}, 'name: is "shop/orders"; only a partner\'s bus has a slash in its name'),
    Row("bus", {"name": "shop bus"}, 'name: is "shop bus"; use letters, digits and - . / _'),
    Row(
        "archive",
        {"eventSourceArn": NO_BUS},
        (
            'eventSourceArn: names "arn:aws:events:us-east-1:000000000000:event-bus/gone", which does not '
            "exist; create the bus first"
        ),
    ),
    Row(
        "archive",
        {"eventSourceArn": "shop"},
        'eventSourceArn: is "shop"; use an ARN such as arn:aws:events:<region>:<account>:event-bus/<name>',
    ),
    Row("archive", {"retentionDays": -1}, "retentionDays: is -1; use 0 or more"),
    Row("archive", {"name": "a" * 49}, "name: has 49 characters; use 1 to 48"),
    Row(
        "rule",
        {"eventPattern": "source: shop"},
        "eventPattern: is not JSON (Expecting value: line 1 column 1 (char 0)); use a JSON object",
    ),
    Row("rule", {"eventPattern": '["shop"]'}, 'eventPattern: is ["shop"], not a JSON object; use one'),
    Row(
        "rule",
        {"eventPattern": {"source": "shop"}},
        'eventPattern: has "shop" at source; use a list of values, ["shop"]',
    ),
    Row("rule", {"eventPattern": {"detail": {}}}, "eventPattern: has an empty object at detail; name fields of it"),
    Row(
        "rule",
        {"eventPattern": {"detail": {"total": []}}},
        "eventPattern: has an empty list at detail.total; give at least one value",
    ),
    Row(
        "rule",
        {"eventPattern": {"source": [{"startsWith": "shop"}]}},
        (
            'eventPattern: has {"startsWith": "shop"} at source; a matcher has one of prefix, suffix, '
            "anything-but, numeric, exists, cidr, equals-ignore-case or wildcard"
        ),
    ),
    Row("rule", {"eventBusName": "market"}, 'eventBusName: is "market", which does not exist; create the bus first'),
    Row("rule", {"eventPattern": DROP}, "eventPattern: is missing; a rule needs eventPattern or scheduleExpression"),
    Row(
        "rule",
        {"scheduleExpression": "rate(5 minutes)"},
        'scheduleExpression: is set on the bus "shop"; schedules run on the default bus, or use Schedule',
    ),
    Row(
        "rule",
        {"state": "ON"},
        'state: is "ON"; use ENABLED, DISABLED or ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
    ),
    Row("rule", {"state": "ENABLED", "isEnabled": True}, "state: is set beside isEnabled; set one of them"),
    Row(
        "clock",
        {"scheduleExpression": "rate(0 minutes)"},
        'scheduleExpression: is "rate(0 minutes)"; use a rate of 1 or more',
    ),
    Row(
        "clock",
        {"scheduleExpression": "rate(1 minutes)"},
        'scheduleExpression: is "rate(1 minutes)"; use rate(1 minute)',
    ),
    Row(
        "clock",
        {"scheduleExpression": "rate(5 minute)"},
        'scheduleExpression: is "rate(5 minute)"; use rate(5 minutes)',
    ),
    Row(
        "clock",
        {"scheduleExpression": "rate(5 seconds)"},
        'scheduleExpression: is "rate(5 seconds)"; use rate(5 minutes) or cron(0 12 * * ? *)',
    ),
    Row(
        "clock",
        {"scheduleExpression": "at(2026-01-01T00:00:00)"},
        'scheduleExpression: is "at(2026-01-01T00:00:00)"; use rate(5 minutes) or cron(0 12 * * ? *)',
    ),
    Row(
        "clock",
        {"scheduleExpression": "cron(0 12 * * *)"},
        (
            'scheduleExpression: is "cron(0 12 * * *)"; has 5 fields; use six: minutes, hours, day-of-month, '
            "month, day-of-week, year"
        ),
    ),
    Row(
        "clock",
        {"scheduleExpression": "cron(0 12 * * * *)"},
        ('scheduleExpression: is "cron(0 12 * * * *)"; names both day-of-month and day-of-week; use ? for one of them'),
    ),
    Row(
        "clock",
        {"scheduleExpression": "cron(0 24 * * ? *)"},
        "scheduleExpression: is \"cron(0 24 * * ? *)\"; has the hours '24'; use * or 0 to 23",
    ),
    Row(
        "clock",
        {"scheduleExpression": "cron(0 12 ? * ? *)"},
        (
            'scheduleExpression: is "cron(0 12 ? * ? *)"; uses ? for both day-of-month and day-of-week; use '
            "* for one of them"
        ),
    ),
    Row(
        "clock",
        {"scheduleExpression": "every day"},
        'scheduleExpression: is "every day"; use rate(5 minutes) or cron(0 12 * * ? *)',
    ),
    Row(
        "target",
        {"rule": "cancelled"},
        'rule: is "cancelled", which the bus "shop" does not have; create the rule first',
    ),
    Row(
        "target",
        {"eventBusName": "default"},
        'rule: is "placed", which the bus "default" does not have; create the rule first',
    ),
    Row(
        "target",
        {},
        'rule: is "placed", which has 6 targets; use 5 or less, or another rule',
        beside={f"target-{number}": ("target", {"targetId": f"t{number}"}) for number in range(5)},
    ),
    Row(
        "target",
        {"arn": GONE},
        'arn: names "arn:aws:sqs:us-east-1:000000000000:gone", which does not exist; create the queue first',
    ),
    Row(
        "target",
        {"arn": NO_FUNCTION},
        (
            'arn: names "arn:aws:lambda:us-east-1:000000000000:function:gone", which does not exist; create '
            "the function first"
        ),
    ),
    Row(
        "target",
        {"arn": NO_TOPIC},
        'arn: names "arn:aws:sns:us-east-1:000000000000:gone", which does not exist; create the topic first',
    ),
    Row("target", {"arn": "work"}, 'arn: is "work"; use an ARN such as arn:aws:<service>:...'),
    Row("target", {"arn": ORDERED}, "sqsTarget.messageGroupId: is missing; a FIFO queue needs a message group"),
    Row("target", {"arn": FIREHOSE}, "roleArn: is missing; EventBridge calls firehose in a role's name"),
    Row("target", {"input": "{}", "inputPath": "$.detail"}, "inputPath: is set beside input; set one of them"),
    Row("target", {"inputPath": "detail"}, 'inputPath: is "detail"; use a JSON path such as $.detail'),
    Row(
        "target",
        {"inputTransformer": {"inputPaths": {"id": "$.id"}}},
        "inputTransformer.inputTemplate: is missing; the service requires it",
    ),
    Row("target", {"retryPolicy.maximumRetryAttempts": 186}, "retryPolicy.maximumRetryAttempts: is 186; use 0 to 185"),
    Row(
        "target",
        {"retryPolicy.maximumEventAgeInSeconds": 59},
        "retryPolicy.maximumEventAgeInSeconds: is 59; use 60 to 86400",
    ),
    Row(
        "target",
        {"deadLetterConfig.arn": ORDERED},
        (
            'deadLetterConfig.arn: names "arn:aws:sqs:us-east-1:000000000000:dead.fifo", a FIFO queue; use a '
            "standard queue"
        ),
    ),
    Row(
        "target",
        {"deadLetterConfig.arn": TOPIC},
        (
            'deadLetterConfig.arn: names "arn:aws:sns:us-east-1:000000000000:alarms", not a queue; use '
            "arn:aws:sqs:<region>:<account>:<queue>"
        ),
    ),
    Row(
        "schedule",
        {"scheduleExpression": "at(tomorrow)"},
        'scheduleExpression: is "at(tomorrow)"; use at(yyyy-mm-ddThh:mm:ss)',
    ),
    Row(
        "schedule",
        {"scheduleExpressionTimezone": "Europe/Bielefeld-Nord"},
        'scheduleExpressionTimezone: is "Europe/Bielefeld-Nord"; use a zone such as UTC or Europe/London',
    ),
    Row(
        "schedule",
        {"flexibleTimeWindow": {"mode": "FLEXIBLE"}},
        "flexibleTimeWindow.maximumWindowInMinutes: is missing; the mode is FLEXIBLE, use 1 to 1440",
    ),
    Row(
        "schedule",
        {"flexibleTimeWindow": {"mode": "OFF", "maximumWindowInMinutes": 5}},
        "flexibleTimeWindow.maximumWindowInMinutes: is set while the mode is OFF; use FLEXIBLE or drop it",
    ),
    Row(
        "schedule",
        {"flexibleTimeWindow": {"mode": "FLEXIBLE", "maximumWindowInMinutes": 1_441}},
        "flexibleTimeWindow.maximumWindowInMinutes: is 1441; use 1 to 1440",
    ),
    Row("schedule", {"groupName": "market"}, 'groupName: is "market", which does not exist; create the group first'),
    Row(
        "schedule",
        {"target.arn": NO_FUNCTION},
        (
            'target.arn: names "arn:aws:lambda:us-east-1:000000000000:function:gone", which does not exist; '
            "create the function first"
        ),
    ),
    Row("schedule", {"target.arn": "worker"}, 'target.arn: is "worker"; use an ARN such as arn:aws:<service>:...'),
    Row(
        "schedule",
        {"target.roleArn": STRANGER},
        (
            'target.roleArn: is "arn:aws:iam::000000000000:role/stranger", which scheduler.amazonaws.com may '
            "not assume; name it in the role's trust policy"
        ),
    ),
    Row(
        "schedule",
        {"target.roleArn": "worker"},
        'target.roleArn: is "worker"; use an ARN such as arn:aws:iam::<account>:role/<name>',
    ),
    Row("schedule", {"target.roleArn": DROP}, "target.roleArn: is missing; the service requires it"),
    Row(
        "schedule",
        {"target.deadLetterConfig.arn": GONE},
        (
            'target.deadLetterConfig.arn: names "arn:aws:sqs:us-east-1:000000000000:gone", which does not '
            "exist; create the queue first"
        ),
    ),
    Row("schedule", {"name": "sweep it"}, 'name: is "sweep it"; use letters, digits and - . _'),
    Row("schedule-group", {"name": "g" * 65}, "name: has 65 characters; use 1 to 64"),
    Row("rule", {"eventPattern": {"$or": ["shop"]}}, 'eventPattern: has "shop" in $or; use objects'),
    Row(
        "rule",
        {"eventPattern": {"$or": [{"source": "shop"}]}},
        'eventPattern: has "shop" at source; use a list of values, ["shop"]',
    ),
    Row(
        "rule",
        {"eventPattern": {"source": [["shop"]]}},
        "eventPattern: has a list in the list at source; use values or matchers",
    ),
    Row(
        "schedule",
        {"target.arn": GONE},
        ('target.arn: names "arn:aws:sqs:us-east-1:000000000000:gone", which does not exist; create the queue first'),
    ),
    Row(
        "schedule",
        {"target.arn": ORDERED},
        "target.sqsParameters.messageGroupId: is missing; a FIFO queue needs a message group",
    ),
    Row("bus", {"description": "d" * 513}, "description: has 513 characters; use 512 or less"),
)
