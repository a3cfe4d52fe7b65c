"""What services do for a deployed shop by roles and resource policies: each thing by itself, and quickly.

`rest` readies the shop for that: the clock's sweeps stop, streams give a record up at once, Firehose does not wait.
"""

import contextlib
import json
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from shop_behaviours import Behaviour, sale
from shop_fixture import Shop
from shop_ground import Ground, overdue_event, published

from apps.shop.application.records import order_pk
from apps.shop.domain.ids import new_id
from apps.shop.ports import Put

MAPPINGS = ("orders", "inventory", "payment")
CLOCK_SECONDS = 25.0
STATEMENT_OF_EVENTS = "SendEvents"
ALIAS = "live"
DENIED = "denied-meanwhile"


def rest(shop: Shop) -> None:
    """Leave nothing to do in the background, and no waiting that only saves money."""
    scheduler = shop.client("scheduler")
    for schedule in scheduler.list_schedules()["Schedules"]:
        found = scheduler.get_schedule(Name=schedule["Name"], GroupName=schedule["GroupName"])
        kept = ("Name", "GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target")
        scheduler.update_schedule(**{name: found[name] for name in kept}, State="DISABLED")
    functions = shop.client("lambda")
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        if ":dynamodb:" in mapping["EventSourceArn"]:
            functions.update_event_source_mapping(UUID=mapping["UUID"], MaximumRetryAttempts=0)
    sweeper = {"FunctionName": shop.outputs["functionNames"]["sweeper"], "Qualifier": ALIAS}
    kept_ = functions.get_function_event_invoke_config(**sweeper)["DestinationConfig"]
    functions.put_function_event_invoke_config(**sweeper, MaximumRetryAttempts=0, DestinationConfig=kept_)
    firehose = shop.client("firehose")
    for name in firehose.list_delivery_streams()["DeliveryStreamNames"]:
        version = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]["VersionId"]
        firehose.update_destination(
            DeliveryStreamName=name,
            CurrentDeliveryStreamVersionId=version,
            DestinationId="destinationId-000000000001",
            ExtendedS3DestinationUpdate={"BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 0}},
        )


def handled(ground: Ground) -> str:
    """What a consumer has handled leaves its queue."""
    before = {name: waiting(ground, name) for name in MAPPINGS}
    failure = sale(ground)
    if failure:
        return failure
    gone = ground.until(lambda: all(waiting(ground, name) <= before[name] for name in MAPPINGS))
    return "" if gone else "handled messages stay in their queue"


def parked(ground: Ground) -> str:
    """What a relay can't publish is kept whole in a bucket."""
    bucket = bucket_of(ground, "relay-streams-failed")
    before = objects(ground, bucket)
    poison = {"pk": order_pk(new_id()), "sk": "OUTBOX#shop.orders#000001", "kind": "outbox", "event": "no event"}
    ground.tables["orders"].commit([Put(poison)])
    found = ground.until(lambda: objects(ground, bucket) > before)
    key = {name: {"S": poison[name]} for name in ("pk", "sk")}  # the ledger must not stumble over it
    ground.shop.client("dynamodb").delete_item(TableName=ground.outputs["tableNames"]["orders"], Key=key)
    return "" if found else "the record is lost"


def in_the_lake(ground: Ground) -> str:
    """Events reach the lake's bucket."""
    bucket = bucket_of(ground, "lake-events")
    before = objects(ground, bucket)
    tell(ground, alone())
    return "" if ground.until(lambda: objects(ground, bucket) > before) else "no event reaches the lake"


def lake_complains(ground: Ground) -> str:
    """What Firehose can't write is told in its log group."""
    logs = ground.shop.client("logs")
    (group,) = [g["logGroupName"] for g in logs.describe_log_groups(logGroupNamePrefix="lake-logs")["logGroups"]]
    began = int(time.time() * 1000)
    with role_without(ground, "lake-writer", "s3:PutObject"):
        tell(ground, alone())
        told = ground.until(lambda: bool(logs.filter_log_events(logGroupName=group, startTime=began)["events"]))
    return "" if told else "Firehose's log is silent"


def _undelivered(queue: str) -> Behaviour:
    """An event that its queue refuses is kept with the dead letters."""

    def behaviour(ground: Ground) -> str:
        url, dead = ground.outputs["queueUrls"][queue], ground.outputs["deadLetterQueues"][queue]
        with queue_closed(ground, url):
            return kept(ground, dead, lambda: tell(ground, *REFUSED[queue]))

    return behaviour


REFUSED: Mapping[str, tuple[str, ...]] = {
    "orders": ("shop.payment.declined.v1",),
    "inventory": ("shop.order.confirmed.v1",),
    "payment": ("shop.stock.reserved.v1",),
}


def lake_undelivered(ground: Ground) -> str:
    """An event that Firehose refuses is kept with the dead letters."""
    sqs = ground.shop.client("sqs")
    (dead,) = sqs.list_queues(QueueNamePrefix="lake-dlq")["QueueUrls"]
    with role_without(ground, "lake-deliverer", "firehose:PutRecord"):
        return kept(ground, dead, lambda: tell(ground, alone()))


def clock(ground: Ground) -> str:
    """A schedule calls its function; a run that can't start is kept with the dead letters."""
    scheduler = ground.shop.client("scheduler")
    (usual,) = scheduler.list_schedules()["Schedules"]
    found = scheduler.get_schedule(Name=usual["Name"], GroupName=usual["GroupName"])
    target, dead = found["Target"], queue_url(ground, found["Target"]["DeadLetterConfig"]["Arn"])
    nobody = re.sub(r":function:.*", ":function:nobody", target["Arn"])
    item = overdue_event(ground, "orders")
    before = depth(ground, dead)
    with (
        run_now(ground, target),
        run_now(ground, {**target, "Arn": nobody, "RetryPolicy": {"MaximumRetryAttempts": 0}}),
    ):
        ran = ground.until(lambda: published(ground, "orders", item), CLOCK_SECONDS)
        buried = ran and ground.until(lambda: depth(ground, dead) > before, CLOCK_SECONDS)
    return "" if buried else "a failed run is lost" if ran else "the schedule does not run"


def failed_run(ground: Ground) -> str:
    """A run of the sweeper that fails is kept with the dead letters."""
    (usual,) = ground.shop.client("scheduler").list_schedules()["Schedules"]
    found = ground.shop.client("scheduler").get_schedule(Name=usual["Name"], GroupName=usual["GroupName"])
    dead, sweeper = queue_url(ground, found["Target"]["DeadLetterConfig"]["Arn"]), {"Qualifier": ALIAS}
    sweeper["FunctionName"] = ground.outputs["functionNames"]["sweeper"]
    with role_without(ground, "sweeper-role", "dynamodb:Query"):
        return kept(ground, dead, lambda: ground.shop.client("lambda").invoke(**sweeper, InvocationType="Event"))


def alarm(ground: Ground) -> str:
    """An alarm reaches those who listen to its topic."""
    alarms, sns, sqs = (ground.shop.client(service) for service in ("cloudwatch", "sns", "sqs"))
    found = alarms.describe_alarms()["MetricAlarms"][0]
    (topic,) = found["AlarmActions"]
    url = sqs.create_queue(QueueName=f"ears-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    opened = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:*", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [opened]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)
    try:
        for state in ("OK", "ALARM"):
            alarms.set_alarm_state(AlarmName=found["AlarmName"], StateValue=state, StateReason="a test")
        return "" if ground.until(lambda: depth(ground, url) > 0) else "nobody hears the alarm"
    finally:
        sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
        sqs.delete_queue(QueueUrl=url)


DELIVERIES: Mapping[str, Behaviour] = {
    "handled messages leave their queues": handled,
    "what can't be relayed is parked": parked,
    "events reach the lake": in_the_lake,
    "the lake complains": lake_complains,
    "what the lake refuses is kept": lake_undelivered,
    **{f"what the queue of {queue} refuses is kept": _undelivered(queue) for queue in REFUSED},
    "a failed run is kept": failed_run,
    "an alarm is heard": alarm,
    "the clock runs": clock,
}


def tell(ground: Ground, type_: str) -> None:
    """Put an event on the bus that every consumer takes for garbage."""
    entry = {"EventBusName": ground.outputs["busName"], "Source": "shop.tests", "DetailType": type_, "Detail": "{}"}
    ground.shop.client("events").put_events(Entries=[entry])


def alone() -> str:
    """A type of event that nothing else has: Firehose collects by type, and what it has begun to collect it ends."""
    return f"shop.test.n{uuid.uuid4().hex[:8]}.v1"


def kept(ground: Ground, dead: str, act: Callable[[], None]) -> str:
    """Whether one more dead letter is there after something was done."""
    before = depth(ground, dead)
    act()
    found = "" if ground.until(lambda: depth(ground, dead) > before) else "the event is lost"
    ground.shop.client("sqs").purge_queue(QueueUrl=dead)
    return found


@contextlib.contextmanager
def role_without(ground: Ground, prefix: str, action: str) -> Iterator[None]:
    """A role may not do something meanwhile."""
    iam = ground.shop.client("iam")
    (role,) = [r["RoleName"] for r in iam.list_roles()["Roles"] if r["RoleName"].startswith(prefix)]
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": action, "Resource": "*"}]}
    iam.put_role_policy(RoleName=role, PolicyName=DENIED, PolicyDocument=json.dumps(document))
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName=DENIED)


@contextlib.contextmanager
def queue_closed(ground: Ground, url: str) -> Iterator[None]:
    """A queue takes no events meanwhile."""
    sqs = ground.shop.client("sqs")
    text = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    policy = json.loads(text)
    kept_ = [s for s in policy["Statement"] if s["Sid"] != STATEMENT_OF_EVENTS]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({**policy, "Statement": kept_})})
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": text})


@contextlib.contextmanager
def run_now(ground: Ground, target: Mapping[str, Any]) -> Iterator[None]:
    """A schedule that is due once."""
    scheduler, name = ground.shop.client("scheduler"), f"now-{uuid.uuid4().hex[:8]}"
    when = f"at({datetime.now(UTC) - timedelta(seconds=1):%Y-%m-%dT%H:%M:%S})"
    scheduler.create_schedule(
        Name=name, ScheduleExpression=when, FlexibleTimeWindow={"Mode": "OFF"}, Target=dict(target)
    )
    try:
        yield
    finally:
        scheduler.delete_schedule(Name=name)


def bucket_of(ground: Ground, prefix: str) -> str:
    """A bucket of the stack."""
    (found,) = [b["Name"] for b in ground.shop.client("s3").list_buckets()["Buckets"] if b["Name"].startswith(prefix)]
    return found


def objects(ground: Ground, bucket: str) -> int:
    """How many objects a bucket holds."""
    return int(ground.shop.client("s3").list_objects_v2(Bucket=bucket)["KeyCount"])


def depth(ground: Ground, url: str) -> int:
    """How many messages wait."""
    return _counts(ground, url)["ApproximateNumberOfMessages"]


def waiting(ground: Ground, name: str) -> int:
    """How many messages a consumer's queue holds, hidden ones too."""
    return sum(_counts(ground, ground.outputs["queueUrls"][name]).values())


def queue_url(ground: Ground, arn: str) -> str:
    """A queue's URL."""
    return ground.shop.client("sqs").get_queue_url(QueueName=arn.rsplit(":", maxsplit=1)[-1])["QueueUrl"]


def _counts(ground: Ground, url: str) -> Mapping[str, int]:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = ground.shop.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return {name: int(found[name]) for name in names}
