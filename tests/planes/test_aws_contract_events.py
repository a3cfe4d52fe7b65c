"""What the shop needs of EventBridge, Scheduler, SNS and Firehose."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from plane_fixture import DEADLINE_SECONDS, ROLE, AwsPlane, eventually, named

pytestmark = pytest.mark.plane

# Schedules are looked at every 10 s.
TICK_SECONDS = 10


@pytest.fixture(scope="module")
def schedules(aws_plane: AwsPlane) -> dict[str, str]:
    """Queues by schedule expression; made first, so that the plane's clock ticks while other tests run."""
    made = {"disabled": aws_plane.queue()}
    schedule(aws_plane, "rate(0 minutes)", made["disabled"], State="DISABLED")
    passed = (datetime.now(UTC) - timedelta(minutes=1)).strftime("at(%Y-%m-%dT%H:%M:%S)")
    # No minute passes in this module: a rate of zero is due at every look, and goes the way of any other rate.
    for kind, expression in {"at": passed, "later": "rate(5 minutes)", "rate": "rate(0 minutes)"}.items():
        made[kind] = aws_plane.queue()
        schedule(aws_plane, expression, made[kind])
    return made


@pytest.fixture(autouse=True)
def _ticking(schedules: dict[str, str]) -> None:
    """Every test of the module starts the clock."""


def schedule(plane: AwsPlane, expression: str, queue: str, **settings: Any) -> None:
    plane.clients.scheduler.create_schedule(
        Name=named("schedule"),
        ScheduleExpression=expression,
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": plane.arn_of(queue), "RoleArn": ROLE, "Input": '{"sweep": true}'},
        **settings,
    )


def bus_with(plane: AwsPlane, pattern: dict[str, Any], **target: Any) -> tuple[str, str]:
    """A bus, and a queue that a rule with the pattern fills."""
    bus, queue = named("bus"), plane.queue()
    plane.clients.events.create_event_bus(Name=bus)
    plane.clients.events.put_rule(Name="rule", EventBusName=bus, EventPattern=json.dumps(pattern))
    targets = [{"Id": "queue", "Arn": plane.arn_of(queue), **target}]
    plane.clients.events.put_targets(Rule="rule", EventBusName=bus, Targets=targets)
    return bus, queue


def put(plane: AwsPlane, bus: str, *types: str, source: str = "shop.orders") -> dict[str, Any]:
    entries = [
        {"EventBusName": bus, "Source": source, "DetailType": kind, "Detail": json.dumps({"id": kind})}
        for kind in types
    ]
    return plane.clients.events.put_events(Entries=entries)


def heard(plane: AwsPlane, queue: str) -> list[str]:
    """The types of the events in a queue, in order; events are delivered before PutEvents answers."""
    return [json.loads(body)["detail-type"] for body in plane.taken(queue)]


def test_a_rule_passes_the_event_types_that_it_lists(aws_plane: AwsPlane) -> None:
    bus, queue = bus_with(aws_plane, {"detail-type": ["shop.order.placed.v1", "shop.order.cancelled.v1"]})
    put(aws_plane, bus, "shop.order.placed.v1", "shop.order.confirmed.v1", "shop.order.cancelled.v1")
    assert heard(aws_plane, queue) == ["shop.order.placed.v1", "shop.order.cancelled.v1"]


def test_a_rule_passes_sources_with_a_prefix(aws_plane: AwsPlane) -> None:
    bus, queue = bus_with(aws_plane, {"source": [{"prefix": "shop."}]})
    put(aws_plane, bus, "ours")
    put(aws_plane, bus, "theirs", source="other.orders")
    assert heard(aws_plane, queue) == ["ours"]


def test_an_event_arrives_whole_with_its_envelope(aws_plane: AwsPlane) -> None:
    bus, queue = bus_with(aws_plane, {"source": ["shop.orders"]})
    put(aws_plane, bus, "shop.order.placed.v1")
    (event,) = (json.loads(body) for body in aws_plane.taken(queue))
    assert event["detail"] == {"id": "shop.order.placed.v1"}
    assert event["source"] == "shop.orders"
    assert {"id", "time", "account", "region", "resources", "version"} <= event.keys()


def test_a_bus_hears_only_its_own_events(aws_plane: AwsPlane) -> None:
    _, queue = bus_with(aws_plane, {"source": ["shop.orders"]})
    other, _ = bus_with(aws_plane, {"source": ["nothing"]})
    put(aws_plane, other, "elsewhere")
    assert heard(aws_plane, queue) == []


def test_more_than_ten_events_in_one_call_are_refused(aws_plane: AwsPlane) -> None:
    bus, queue = bus_with(aws_plane, {"source": ["shop.orders"]})
    with pytest.raises(Exception, match="10"):
        put(aws_plane, bus, *map(str, range(11)))
    assert heard(aws_plane, queue) == []


def test_an_archive_counts_the_events_of_its_bus(aws_plane: AwsPlane) -> None:
    bus, _ = bus_with(aws_plane, {"source": ["nothing"]})
    arn = aws_plane.clients.events.describe_event_bus(Name=bus)["Arn"]
    archive = named("archive")
    aws_plane.clients.events.create_archive(ArchiveName=archive, EventSourceArn=arn, RetentionDays=7)
    put(aws_plane, bus, "a", "b")
    found = aws_plane.clients.events.describe_archive(ArchiveName=archive)
    assert (found["EventCount"], found["RetentionDays"], found["State"]) == (2, 7, "ENABLED")


def test_an_archive_is_replayed_to_the_rules_of_its_bus(aws_plane: AwsPlane) -> None:
    bus, queue = bus_with(aws_plane, {"source": ["shop.orders"]})
    arn = aws_plane.clients.events.describe_event_bus(Name=bus)["Arn"]
    archive = aws_plane.clients.events.create_archive(ArchiveName=named("archive"), EventSourceArn=arn)["ArchiveArn"]
    put(aws_plane, bus, "once")
    assert heard(aws_plane, queue) == ["once"]
    now = datetime.now(UTC)
    aws_plane.clients.events.start_replay(
        ReplayName=named("replay"),
        EventSourceArn=archive,
        EventStartTime=now - timedelta(hours=1),
        EventEndTime=now + timedelta(hours=1),
        Destination={"Arn": arn},
    )
    (event,) = eventually(lambda: aws_plane.taken(queue, wait=1), "the replayed event")
    assert "replay-name" in json.loads(event)


def test_a_rule_reaches_a_function(aws_plane: AwsPlane) -> None:
    queue = aws_plane.queue()
    function = aws_plane.function(
        """
        import boto3, json, os
        def handler(event, context):
            print("heard")
            boto3.client("sqs").send_message(QueueUrl=os.environ["HEARD"], MessageBody=event["detail-type"])
        """,
        Environment={"Variables": {"HEARD": queue}},
        Timeout=10,
    )
    bus = named("bus")
    aws_plane.clients.events.create_event_bus(Name=bus)
    aws_plane.clients.events.put_rule(Name="rule", EventBusName=bus, EventPattern='{"source": ["shop.orders"]}')
    aws_plane.clients.events.put_targets(Rule="rule", EventBusName=bus, Targets=[{"Id": "f", "Arn": function}])
    put(aws_plane, bus, "for-the-function")
    assert eventually(lambda: aws_plane.taken(queue, wait=1), "the function's answer") == ["for-the-function"]


def test_a_topic_delivers_to_the_queues_that_subscribe_with_a_filter(aws_plane: AwsPlane) -> None:
    queue, sns = aws_plane.queue(), aws_plane.clients.sns
    aws_plane.open_to_topics(queue)
    topic = sns.create_topic(Name=named("topic"))["TopicArn"]
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=aws_plane.arn_of(queue),
        Attributes={"RawMessageDelivery": "true", "FilterPolicy": '{"severity": ["high"]}'},
    )
    for severity in ("low", "high"):
        attributes = {"severity": {"DataType": "String", "StringValue": severity}}
        sns.publish(TopicArn=topic, Message=severity, MessageAttributes=attributes)
    assert aws_plane.taken(queue) == ["high"]


def test_an_alarm_that_is_set_reaches_the_subscribers_of_its_topic(aws_plane: AwsPlane) -> None:
    queue, alarm = aws_plane.queue(), named("alarm")
    aws_plane.open_to_topics(queue)
    topic = aws_plane.clients.sns.create_topic(Name=named("topic"))["TopicArn"]
    aws_plane.clients.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=aws_plane.arn_of(queue))
    aws_plane.clients.cloudwatch.put_metric_alarm(
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
    aws_plane.clients.cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a try")
    (notice,) = eventually(lambda: aws_plane.taken(queue, wait=1), "the alarm's notice")
    assert alarm in notice


def test_records_put_into_firehose_reach_the_bucket(aws_plane: AwsPlane) -> None:
    bucket, stream, s3 = named("lake"), named("stream"), aws_plane.clients.s3
    s3.create_bucket(Bucket=bucket)
    aws_plane.clients.firehose.create_delivery_stream(
        DeliveryStreamName=stream,
        DeliveryStreamType="DirectPut",
        ExtendedS3DestinationConfiguration={
            "RoleARN": ROLE,
            "BucketARN": f"arn:aws:s3:::{bucket}",
            "Prefix": "events/day=!{timestamp:yyyy-MM-dd}/",
            "ErrorOutputPrefix": "errors/",
        },
    )
    record = {"Data": b'{"total_minor": 100}\n'}
    answer = aws_plane.clients.firehose.put_record_batch(DeliveryStreamName=stream, Records=[record])
    assert answer["FailedPutCount"] == 0
    (found,) = eventually(lambda: s3.list_objects_v2(Bucket=bucket).get("Contents"), "the object")
    assert found["Key"].startswith(f"events/day={datetime.now(UTC):%Y-}")
    assert s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read() == b'{"total_minor": 100}\n'


@pytest.fixture(scope="module")
def ticked(aws_plane: AwsPlane, schedules: dict[str, str]) -> dict[str, list[str]]:
    """What every schedule has sent once the plane has looked at them."""
    rate = eventually(
        lambda: aws_plane.taken(schedules["rate"], wait=1), "a schedule", seconds=TICK_SECONDS + DEADLINE_SECONDS
    )
    return {"rate": rate, **{kind: aws_plane.taken(url) for kind, url in schedules.items() if kind != "rate"}}


@pytest.mark.parametrize("kind", ["rate", "at"])
def test_a_schedule_that_is_due_hands_its_input_to_its_target(ticked: dict[str, list[str]], kind: str) -> None:
    assert ticked[kind]
    assert all(json.loads(body) == {"sweep": True} for body in ticked[kind])


@pytest.mark.parametrize("kind", ["disabled", "later"])
def test_a_schedule_that_is_disabled_or_not_yet_due_does_nothing(ticked: dict[str, list[str]], kind: str) -> None:
    assert ticked[kind] == []
