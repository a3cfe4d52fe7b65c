"""Lambda: batches of queues, when they are taken and what runs at once."""

import json
from itertools import pairwise

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.function_sources import GUIDE
from sandbox.aws.contract.fixtures.queue_consumers import FIRST, NO_RESERVE, ConsumedQueue, make_consumer
from sandbox.contract.behaviour import behaviour, expect

ERRORS = f"{GUIDE}/services-sqs-errorhandling.html"
CONFIGURE = f"{GUIDE}/services-sqs-configure.html"
SCALING = f"{GUIDE}/services-sqs-scaling.html"
SHARED = "its pollers share a few messages, so that no batch is full"


@behaviour(service="lambda", source=CONFIGURE)
def messages_within_the_batching_window_arrive_together(aws: AwsAccount) -> None:
    """Messages that are sent one by one within a mapping's batching window are handed over together."""
    made = make_consumer(aws, MaximumBatchingWindowInSeconds=3)
    for number in range(3):
        made.send({"n": number})
    batches = made.wait_for_batches(3)
    expect(len(batches) < 3, f"batches {batches}")


@behaviour(service="lambda", source=CONFIGURE, cloud=SHARED)
def a_full_batch_does_not_wait_for_its_window(aws: AwsAccount) -> None:
    """A batch that is full is handed over before its window has passed."""
    made = make_consumer(aws, BatchSize=2, MaximumBatchingWindowInSeconds=60)
    made.send({"n": 0}, {"n": 1})
    expect(len(made.wait_for_batches(2)) == 1, "the messages came one by one")


@behaviour(service="lambda", source=CONFIGURE, cloud=SHARED)
def a_batch_may_be_larger_than_a_receive(aws: AwsAccount) -> None:
    """With a batching window a batch has up to ten thousand messages, more than one receive gives."""
    made = make_consumer(aws, BatchSize=25, MaximumBatchingWindowInSeconds=2)
    made.send(*({"n": number} for number in range(25)))
    sizes = [len(batch) for batch in made.wait_for_batches(25)]
    expect(max(sizes) > 10, f"batches of {sizes}")


@behaviour(service="lambda", source=f"{GUIDE}/with-sqs.html")
def a_record_has_its_message_and_its_attributes(aws: AwsAccount) -> None:
    """A function gets a message's body, attributes, receive count and queue."""
    made = make_consumer(aws)
    attributes = {"kind": {"DataType": "String", "StringValue": "order"}}
    aws.clients.sqs.send_message(QueueUrl=made.queue, MessageBody='{"n": 7}', MessageAttributes=attributes)
    (call,) = made.wait_for_calls(lambda calls: len(calls) == 1)
    record = call["first"][0]
    reported = [record[name] for name in ("body", "eventSource", "eventSourceARN", "awsRegion")]
    expect(reported == ['{"n": 7}', "aws:sqs", aws.arn_of(made.queue), aws.region], f"record {record}")
    kind = record["messageAttributes"]["kind"]
    expect((kind["stringValue"], kind["dataType"]) == ("order", "String"), f"attribute {kind}")
    expect(record["attributes"]["ApproximateReceiveCount"] == "1", f"attributes {record['attributes']}")
    expect(abs(int(record["attributes"]["SentTimestamp"]) / 1000 - call["began"]) < 60, "sent at another time")


@behaviour(service="lambda", source=CONFIGURE)
def a_mapping_calls_the_alias_that_it_names(aws: AwsAccount) -> None:
    """A mapping to an alias runs the alias."""
    made = make_consumer(aws)
    lambda_ = aws.clients.lambda_
    version = lambda_.publish_version(FunctionName=made.function)["Version"]
    alias = str(lambda_.create_alias(FunctionName=made.function, Name="live", FunctionVersion=version)["AliasArn"])
    lambda_.update_event_source_mapping(UUID=made.mapping, FunctionName=alias, Enabled=True)
    aws.wait_for_propagation()
    made.send({"n": 0})
    (call,) = made.wait_for_calls(lambda calls: len(calls) == 1, seconds=60)
    expect(call["function"] == alias, f"called as {call['function']}")


@behaviour(service="lambda", source=f"{GUIDE}/with-sqs.html#fifo-queues")
def a_fifo_mapping_keeps_the_order_of_each_group(aws: AwsAccount) -> None:
    """A function gets the messages of a group in order, one batch of it at a time."""
    made = make_consumer(aws, fifo=True, BatchSize=2)
    for number in range(6):
        for group in ("a", "b"):
            made.send({"n": number, "group": group}, MessageGroupId=group)
    calls = made.wait_for_calls(lambda calls: sum(len(call["bodies"]) for call in calls) >= 12)
    for group in ("a", "b"):
        own = [call for call in calls if any(m["group"] == group for m in call["bodies"])]
        order = [m["n"] for call in own for m in call["bodies"] if m["group"] == group]
        expect(order == list(range(6)), f"order of {group}: {order}")
        pairs = pairwise(own)
        expect(all(one["ended"] <= two["began"] for one, two in pairs), f"batches of {group} ran together")


@behaviour(service="lambda", source=f"{GUIDE}/with-sqs.html#fifo-queues")
def a_failed_fifo_message_holds_up_its_group_alone(aws: AwsAccount) -> None:
    """A failed message of a group is tried again before its successors; other groups go on in the meantime."""
    made = make_consumer(
        aws, FIRST + 'if first and bodies[0].get("bad"): raise ValueError("once")', fifo=True, BatchSize=1
    )
    made.send({"n": 0, "group": "a", "bad": True}, {"n": 1, "group": "a"}, MessageGroupId="a")
    made.send({"n": 2, "group": "b"}, MessageGroupId="b")
    calls = made.wait_for_calls(lambda calls: len(calls) >= 4)
    order = [call["bodies"][0]["n"] for call in calls]
    expect([n for n in order if n < 2] == [0, 0, 1], f"order {order}")
    expect(order.index(2) < 2, f"group b waited: {order}")


@behaviour(service="lambda", source=ERRORS, cloud=NO_RESERVE)
def a_throttled_batch_is_tried_again_without_another_receive(aws: AwsAccount) -> None:
    """A batch that is throttled is tried again while it is invisible; its receive count does not grow."""
    made = make_consumer(aws, visible=15, BatchSize=1)
    lambda_ = aws.clients.lambda_
    lambda_.put_function_concurrency(FunctionName=made.function, ReservedConcurrentExecutions=1)
    event = {"Records": [{"body": json.dumps({"n": -1, "sleep": 2}), "attributes": {}}]}
    lambda_.invoke(FunctionName=made.function, InvocationType="Event", Payload=json.dumps(event))
    made.send({"n": 0})
    calls = made.wait_for_calls(lambda calls: len(calls) == 2)
    counts = [c["first"][0]["attributes"]["ApproximateReceiveCount"] for c in calls if c["bodies"][0]["n"] == 0]
    expect(counts == ["1"], f"receive counts {counts}")


@behaviour(service="lambda", source=SCALING, cloud=NO_RESERVE)
def reserved_concurrency_below_the_messages_loses_none(aws: AwsAccount) -> None:
    """A function that may run once at a time processes every message, and none of them becomes a dead letter."""
    dead = aws.queue()
    made = make_consumer(aws, visible=10, receives=2, dead=dead, BatchSize=1)
    aws.clients.lambda_.put_function_concurrency(FunctionName=made.function, ReservedConcurrentExecutions=1)
    made.send(*({"n": number, "sleep": 0.2} for number in range(8)))
    seen = sorted(message["n"] for batch in made.wait_for_batches(8) for message in batch)
    expect(seen == list(range(8)), f"processed {seen}")
    expect(not aws.take(dead), "there are dead letters")


@behaviour(service="lambda", source=f"{GUIDE}/invocation-eventsourcemapping.html")
def a_slow_mapping_does_not_hold_another_one_up(aws: AwsAccount) -> None:
    """While a function takes its time, the messages of another queue are processed."""
    slow, fast = make_consumer(aws, visible=10), make_consumer(aws)
    slow.send({"n": 0, "sleep": 6})
    fast.send({"n": 1})
    fast.wait_for_batches(1, seconds=15)
    expect(not slow.list_calls(), "the other function was not slow")


@behaviour(service="lambda", source="https://docs.aws.amazon.com/lambda/latest/api/API_DeleteEventSourceMapping.html")
def a_batch_that_runs_outlives_its_mapping(aws: AwsAccount) -> None:
    """A batch that runs when its mapping is deleted is finished."""
    made = make_consumer(aws, visible=10)
    made.send({"n": 0, "sleep": 2})
    aws.wait_for(
        lambda: aws.attributes(made.queue)["ApproximateNumberOfMessagesNotVisible"] == "1", "the message in flight"
    )
    aws.clients.lambda_.delete_event_source_mapping(UUID=made.mapping)
    made.wait_for_batches(1)
    aws.wait_for(made.is_empty, "an empty queue")


@behaviour(service="lambda", source=f"{GUIDE}/with-sqs.html#events-sqs-permissions")
def a_function_that_may_not_receive_gets_no_mapping(aws: AwsAccount) -> None:
    """A mapping needs a function whose role may receive from the queue."""
    made = make_unmapped_queue(aws, aws.role())
    asked = {"EventSourceArn": aws.arn_of(made.queue), "FunctionName": made.function}
    error = aws.refusal(aws.clients.lambda_.create_event_source_mapping, **asked)["Error"]
    reported = error["Code"], "ReceiveMessage" in error["Message"]
    expect(reported == ("InvalidParameterValueException", True), f"refused with {error}")


@behaviour(service="lambda", source="https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html")
def a_mapping_needs_its_queue(aws: AwsAccount) -> None:
    """A mapping of a queue that does not exist is refused."""
    made = make_unmapped_queue(aws, "")
    asked = {"EventSourceArn": aws.arn_of(made.queue) + "-none", "FunctionName": made.function}
    error = aws.refusal(aws.clients.lambda_.create_event_source_mapping, **asked)["Error"]
    reported = error["Code"], "NonExistentQueue" in error["Message"]
    expect(reported == ("InvalidParameterValueException", True), f"refused with {error}")


def make_unmapped_queue(aws: AwsAccount, role: str) -> ConsumedQueue:
    """A queue, and a function with a role that does not read it yet."""
    role_of = {"Role": role} if role else {}
    function = aws.function("def handler(event, context): pass", **role_of)
    return ConsumedQueue(aws, aws.queue(), function)
