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

from shop_access import ShopAccess, is_published, overdue_event
from shop_behaviours import Behaviour, sale
from shop_fixture import Shop

from apps.shop.adapters.aws.items import order_key
from apps.shop.adapters.aws.writes import ItemPut
from apps.shop.domain.ids import new_id

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


def handle_messages(access: ShopAccess) -> str:
    """What a consumer has handled leaves its queue."""
    before = {name: waiting(access, name) for name in MAPPINGS}
    failure = sale(access)
    if failure:
        return failure
    gone = access.until(lambda: all(waiting(access, name) <= before[name] for name in MAPPINGS))
    return "" if gone else "handled messages stay in their queue"


def park_poison(access: ShopAccess) -> str:
    """What a relay can't publish is kept whole in a bucket."""
    bucket = bucket_of(access, "relay-streams-failed")
    before = objects(access, bucket)
    place = order_key(new_id(), "OUTBOX#shop.orders#000001")
    access.tables["orders"].write(ItemPut({**place._asdict(), "kind": "outbox", "event": "no event"}))
    found = access.until(lambda: objects(access, bucket) > before)
    key = {name: {"S": value} for name, value in place._asdict().items()}  # who reads records must not stumble over it
    access.shop.client("dynamodb").delete_item(TableName=access.outputs["tableNames"]["orders"], Key=key)
    return "" if found else "the record is lost"


def in_the_lake(access: ShopAccess) -> str:
    """Events reach the lake's bucket."""
    bucket = bucket_of(access, "lake-events")
    before = objects(access, bucket)
    tell(access, alone())
    return "" if access.until(lambda: objects(access, bucket) > before) else "no event reaches the lake"


def lake_complains(access: ShopAccess) -> str:
    """What Firehose can't write is in its log group."""
    logs = access.shop.client("logs")
    (group,) = [g["logGroupName"] for g in logs.describe_log_groups(logGroupNamePrefix="lake-logs")["logGroups"]]
    began = int(time.time() * 1000)
    with role_without(access, "lake-writer", "s3:PutObject"):
        tell(access, alone())
        logged = access.until(lambda: bool(logs.filter_log_events(logGroupName=group, startTime=began)["events"]))
    return "" if logged else "Firehose's log is silent"


def _keep_undelivered(queue: str) -> Behaviour:
    """An event that its queue refuses is kept with the dead letters."""

    def behaviour(access: ShopAccess) -> str:
        url, dead = access.outputs["queueUrls"][queue], access.outputs["deadLetterQueues"][queue]
        with closed_queue(access, url):
            return keeps_letter(access, dead, lambda: tell(access, *REFUSED[queue]))

    return behaviour


REFUSED: Mapping[str, tuple[str, ...]] = {
    "orders": ("shop.payment.declined.v1",),
    "inventory": ("shop.order.confirmed.v1",),
    "payment": ("shop.stock.reserved.v1",),
}


def keep_what_the_lake_refuses(access: ShopAccess) -> str:
    """An event that Firehose refuses is kept with the dead letters."""
    sqs = access.shop.client("sqs")
    (dead,) = sqs.list_queues(QueueNamePrefix="lake-dlq")["QueueUrls"]
    with role_without(access, "lake-deliverer", "firehose:PutRecord"):
        return keeps_letter(access, dead, lambda: tell(access, alone()))


def clock(access: ShopAccess) -> str:
    """A schedule calls its function; a run that can't start is kept with the dead letters."""
    scheduler = access.shop.client("scheduler")
    (usual,) = scheduler.list_schedules()["Schedules"]
    found = scheduler.get_schedule(Name=usual["Name"], GroupName=usual["GroupName"])
    target, dead = found["Target"], queue_url(access, found["Target"]["DeadLetterConfig"]["Arn"])
    nobody = re.sub(r":function:.*", ":function:nobody", target["Arn"])
    item = overdue_event(access, "orders")
    before = depth(access, dead)
    with (
        run_now(access, target),
        run_now(access, {**target, "Arn": nobody, "RetryPolicy": {"MaximumRetryAttempts": 0}}),
    ):
        ran = access.until(lambda: is_published(access, "orders", item), CLOCK_SECONDS)
        buried = ran and access.until(lambda: depth(access, dead) > before, CLOCK_SECONDS)
    return "" if buried else "a failed run is lost" if ran else "the schedule does not run"


def keep_failed_run(access: ShopAccess) -> str:
    """A run of the sweeper that fails is kept with the dead letters."""
    (usual,) = access.shop.client("scheduler").list_schedules()["Schedules"]
    found = access.shop.client("scheduler").get_schedule(Name=usual["Name"], GroupName=usual["GroupName"])
    dead, sweeper = queue_url(access, found["Target"]["DeadLetterConfig"]["Arn"]), {"Qualifier": ALIAS}
    sweeper["FunctionName"] = access.outputs["functionNames"]["sweeper"]
    with role_without(access, "sweeper-role", "dynamodb:Query"):
        return keeps_letter(
            access, dead, lambda: access.shop.client("lambda").invoke(**sweeper, InvocationType="Event")
        )


def alarm(access: ShopAccess) -> str:
    """An alarm reaches those who listen to its topic."""
    alarms, sns, sqs = (access.shop.client(service) for service in ("cloudwatch", "sns", "sqs"))
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
        return "" if access.until(lambda: depth(access, url) > 0) else "nobody hears the alarm"
    finally:
        sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
        sqs.delete_queue(QueueUrl=url)


DELIVERIES: Mapping[str, Behaviour] = {
    "handled messages leave their queues": handle_messages,
    "what can't be relayed is parked": park_poison,
    "events reach the lake": in_the_lake,
    "the lake complains": lake_complains,
    "what the lake refuses is kept": keep_what_the_lake_refuses,
    **{f"what the queue of {queue} refuses is kept": _keep_undelivered(queue) for queue in REFUSED},
    "a failed run is kept": keep_failed_run,
    "an alarm is heard": alarm,
    "the clock runs": clock,
}


def tell(access: ShopAccess, type_: str) -> None:
    """Put an event on the bus that every consumer takes for garbage."""
    entry = {"EventBusName": access.outputs["busName"], "Source": "shop.tests", "DetailType": type_, "Detail": "{}"}
    access.shop.client("events").put_events(Entries=[entry])


def alone() -> str:
    """A type of event that nothing else has: Firehose collects by type, and what it has begun to collect it ends."""
    return f"shop.test.n{uuid.uuid4().hex[:8]}.v1"


def keeps_letter(access: ShopAccess, dead: str, act: Callable[[], None]) -> str:
    """Whether one more dead letter is there after something was done."""
    before = depth(access, dead)
    act()
    found = "" if access.until(lambda: depth(access, dead) > before) else "the event is lost"
    access.shop.client("sqs").purge_queue(QueueUrl=dead)
    return found


@contextlib.contextmanager
def role_without(access: ShopAccess, prefix: str, action: str) -> Iterator[None]:
    """A role may not do something meanwhile."""
    iam = access.shop.client("iam")
    (role,) = [r["RoleName"] for r in iam.list_roles()["Roles"] if r["RoleName"].startswith(prefix)]
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": action, "Resource": "*"}]}
    iam.put_role_policy(RoleName=role, PolicyName=DENIED, PolicyDocument=json.dumps(document))
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName=DENIED)


@contextlib.contextmanager
def closed_queue(access: ShopAccess, url: str) -> Iterator[None]:
    """A queue takes no events meanwhile."""
    sqs = access.shop.client("sqs")
    text = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    policy = json.loads(text)
    kept_ = [s for s in policy["Statement"] if s["Sid"] != STATEMENT_OF_EVENTS]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({**policy, "Statement": kept_})})
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": text})


@contextlib.contextmanager
def run_now(access: ShopAccess, target: Mapping[str, Any]) -> Iterator[None]:
    """A schedule that is due once."""
    scheduler, name = access.shop.client("scheduler"), f"now-{uuid.uuid4().hex[:8]}"
    when = f"at({datetime.now(UTC) - timedelta(seconds=1):%Y-%m-%dT%H:%M:%S})"
    scheduler.create_schedule(
        Name=name, ScheduleExpression=when, FlexibleTimeWindow={"Mode": "OFF"}, Target=dict(target)
    )
    try:
        yield
    finally:
        scheduler.delete_schedule(Name=name)


def bucket_of(access: ShopAccess, prefix: str) -> str:
    """A bucket of the stack."""
    (found,) = [b["Name"] for b in access.shop.client("s3").list_buckets()["Buckets"] if b["Name"].startswith(prefix)]
    return found


def objects(access: ShopAccess, bucket: str) -> int:
    """How many objects a bucket holds."""
    return int(access.shop.client("s3").list_objects_v2(Bucket=bucket)["KeyCount"])


def depth(access: ShopAccess, url: str) -> int:
    """How many messages wait."""
    return _counts(access, url)["ApproximateNumberOfMessages"]


def waiting(access: ShopAccess, name: str) -> int:
    """How many messages a consumer's queue holds, hidden ones too."""
    return sum(_counts(access, access.outputs["queueUrls"][name]).values())


def queue_url(access: ShopAccess, arn: str) -> str:
    """A queue's URL."""
    return access.shop.client("sqs").get_queue_url(QueueName=arn.rsplit(":", maxsplit=1)[-1])["QueueUrl"]


def _counts(access: ShopAccess, url: str) -> Mapping[str, int]:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = access.shop.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return {name: int(found[name]) for name in names}
