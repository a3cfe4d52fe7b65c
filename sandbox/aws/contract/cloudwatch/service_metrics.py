"""CloudWatch metrics of AWS's own services: what functions, queues, tables and rules count."""

from collections.abc import Mapping

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.metric_alarms import expect_refusal, recent_window
from sandbox.contract.behaviour import behaviour, expect

LATER = "AWS publishes a service's metrics some minutes after what they count"


@behaviour(
    service="lambda", source="https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html", cloud=LATER
)
def a_functions_invocations_and_errors_are_counted(aws: AwsAccount) -> None:
    """AWS/Lambda counts the invocations, errors and durations of a function."""
    source = "def handler(event, context):\n    return 1 / event\n"
    function = aws.function(source)
    for divisor in (1, 2, 0):
        aws.invoke(function, divisor)
    dimension = {"FunctionName": function.rpartition(":")[2]}
    sums = _service(aws, "AWS/Lambda", dimension, {"Invocations": "Sum", "Errors": "Sum", "Duration": "SampleCount"})
    expect(sums == {"Invocations": 3, "Errors": 1, "Duration": 3}, f"AWS/Lambda has {sums}")


@behaviour(
    service="sqs",
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html",
    cloud=LATER,
)
def a_queues_messages_are_counted(aws: AwsAccount) -> None:
    """AWS/SQS counts the messages that are sent to, received from and deleted from a queue."""
    queue = aws.queue()
    entries = [{"Id": str(n), "MessageBody": "x"} for n in range(2)]
    aws.clients.sqs.send_message_batch(QueueUrl=queue, Entries=entries)
    aws.send(queue, "x")
    aws.collect(queue, 3)
    names = ("NumberOfMessagesSent", "NumberOfMessagesReceived", "NumberOfMessagesDeleted")
    sums = _service(aws, "AWS/SQS", {"QueueName": queue.rpartition("/")[2]}, dict.fromkeys(names, "Sum"))
    expect(sums == dict.fromkeys(names, 3), f"AWS/SQS has {sums}")


@behaviour(
    service="dynamodb",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html",
    cloud=LATER,
)
def a_tables_failed_conditions_are_counted(aws: AwsAccount) -> None:
    """AWS/DynamoDB counts conditions that fail, and times requests that succeed."""
    table, key = aws.table(), {"pk": {"S": "a"}, "sk": {"S": "a"}}
    put = {"TableName": table, "Item": key, "ConditionExpression": "attribute_not_exists(pk)"}
    aws.clients.dynamodb.put_item(**put)
    expect_refusal(lambda: aws.clients.dynamodb.put_item(**put), "ConditionalCheckFailedException")
    failed = _service(aws, "AWS/DynamoDB", {"TableName": table}, {"ConditionalCheckFailedRequests": "Sum"})
    timed = _service(
        aws,
        "AWS/DynamoDB",
        {"TableName": table, "Operation": "PutItem"},
        {"SuccessfulRequestLatency": "SampleCount"},
    )
    expect(
        {**failed, **timed} == {"ConditionalCheckFailedRequests": 1, "SuccessfulRequestLatency": 1}, f"{failed} {timed}"
    )


@behaviour(
    service="events", source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html", cloud=LATER
)
def a_rules_invocations_are_counted(aws: AwsAccount) -> None:
    """AWS/Events counts the events that a rule of a bus matches and the invocations of its targets."""
    bus, queue, events = aws.bus(), aws.queue(), aws.clients.events
    aws.allow_sender(queue, "events")
    events.put_rule(Name="all", EventBusName=bus, EventPattern='{"source": ["shop"]}')
    aws.undo(events.delete_rule, Name="all", EventBusName=bus)
    events.put_targets(Rule="all", EventBusName=bus, Targets=[{"Id": "queue", "Arn": aws.arn_of(queue)}])
    aws.undo(events.remove_targets, Rule="all", EventBusName=bus, Ids=["queue"])
    for source in ("shop", "shop", "others"):
        events.put_events(Entries=[{"EventBusName": bus, "Source": source, "DetailType": "d", "Detail": "{}"}])
    aws.collect(queue, 2)
    names = {"MatchedEvents": "Sum", "Invocations": "Sum"}
    sums = _service(aws, "AWS/Events", {"EventBusName": bus, "RuleName": "all"}, names)
    expect(sums == {"MatchedEvents": 2, "Invocations": 2}, f"AWS/Events has {sums}")


def _service(
    aws: AwsAccount, namespace: str, dimensions: Mapping[str, str], wanted: Mapping[str, str]
) -> dict[str, float]:
    """Statistics of a service's metrics, once all are there."""
    pairs = [{"Name": name, "Value": value} for name, value in dimensions.items()]

    def read_sums() -> dict[str, float] | None:
        sums: dict[str, float] = {}
        for name, statistic in wanted.items():
            points = aws.clients.cloudwatch.get_metric_statistics(
                Namespace=namespace,
                MetricName=name,
                Dimensions=pairs,
                Statistics=[statistic],
                Period=60,
                **recent_window(),
            )["Datapoints"]
            sums[name] = sum(point[statistic] for point in points)
        return sums if all(sums.values()) else None

    return aws.wait_for(read_sums, f"{', '.join(wanted)} of {namespace}")
