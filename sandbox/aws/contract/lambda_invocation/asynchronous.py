"""Lambda: the queue of asynchronous invocations, destinations and dead letters."""

import json
from typing import Any

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.function_sources import GUIDE
from sandbox.aws.contract.fixtures.queue_consumers import NO_RESERVE
from sandbox.contract.behaviour import behaviour, expect

ASYNC = f"{GUIDE}/invocation-async.html"
ERRORS = f"{GUIDE}/invocation-async-error-handling.html"
RECORDS = f"{GUIDE}/invocation-async-retain-records.html"
# Logs its event and request, sleeps and fails as the event says.
SOURCE = """
    import json, time
    def handler(event, context):
        time.sleep(event.get("sleep", 0))
        print("RAN " + json.dumps({"event": event, "request": context.aws_request_id}))
        if event.get("bad"):
            raise ValueError("as asked")
        return {"done": event}
"""


def wait_for_runs(aws: AwsAccount, function: str, count: int, *, seconds: float = 20) -> list[dict[str, Any]]:
    """What a function was called with, once it was called so often."""
    logs, group = aws.clients.logs, f"/aws/lambda/{function.split(':')[6]}"

    def look() -> list[dict[str, Any]] | None:
        try:
            events = logs.filter_log_events(logGroupName=group)["events"]
        except logs.exceptions.ResourceNotFoundException:
            return None
        found = [json.loads(e["message"].partition("RAN ")[2]) for e in events if "RAN " in e["message"]]
        return found if len(found) >= count else None

    return aws.wait_for(look, f"{count} calls of the function", seconds=seconds)


def send_event(aws: AwsAccount, function: str, event: Any) -> str:
    """The request's id of an asynchronous call."""
    payload = json.dumps(event)
    answer = aws.clients.lambda_.invoke(FunctionName=function, InvocationType="Event", Payload=payload)
    expect(answer["StatusCode"] == 202, f"status {answer['StatusCode']}")
    return str(answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"])


def configure(aws: AwsAccount, function: str, **settings: Any) -> None:
    """Say what becomes of a function's asynchronous calls; `success` and `failure` are ARNs."""
    destinations = {
        name: {"Destination": settings.pop(key)}
        for key, name in (("success", "OnSuccess"), ("failure", "OnFailure"))
        if key in settings
    }
    aws.clients.lambda_.put_function_event_invoke_config(
        FunctionName=function, DestinationConfig=destinations, MaximumRetryAttempts=0, **settings
    )
    aws.wait_for_propagation()


def record_in(aws: AwsAccount, queue: str) -> dict[str, Any]:
    """The one invocation record that a queue gets."""
    (body,) = aws.collect(queue, 1)
    return dict(json.loads(body))


@behaviour(service="lambda", source=ASYNC, gap="Invoke answers with another id than the function sees")
def a_function_sees_the_id_of_the_asynchronous_request(aws: AwsAccount) -> None:
    """An asynchronous call's request id is the one that the function sees."""
    function = aws.function(SOURCE)
    request = send_event(aws, function, {"n": 1})
    (call,) = wait_for_runs(aws, function, 1)
    expect(call == {"event": {"n": 1}, "request": request}, f"request {request}, call {call}")


@behaviour(service="lambda", source=ERRORS, cloud=NO_RESERVE)
def throttled_events_wait_and_all_run(aws: AwsAccount) -> None:
    """Events for which a function has no concurrency wait in its queue; none uses up its retries by that."""
    function, lost = aws.function(SOURCE), aws.queue()
    configure(aws, function, failure=aws.arn_of(lost))
    aws.clients.lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=1)
    for number in range(5):
        send_event(aws, function, {"n": number, "sleep": 0.4})
    calls = wait_for_runs(aws, function, 5)
    expect(sorted(call["event"]["n"] for call in calls) == list(range(5)), f"ran {calls}")
    expect(not aws.take(lost), "an event failed")


@behaviour(service="lambda", source=RECORDS, cloud=NO_RESERVE)
def events_for_no_reserved_concurrency_fail_at_once(aws: AwsAccount) -> None:
    """With a reserved concurrency of zero new events go to the failure destination without any attempt."""
    function, lost = aws.function(SOURCE), aws.queue()
    configure(aws, function, failure=aws.arn_of(lost), MaximumEventAgeInSeconds=21600)
    aws.clients.lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    send_event(aws, function, {"n": 1})
    record = record_in(aws, lost)
    expect(record["requestPayload"] == {"n": 1}, f"record {record}")
    expect(record["requestContext"]["condition"] != "Success", f"record {record}")


@behaviour(service="lambda", source=RECORDS)
def a_successful_event_is_recorded_at_its_destination(aws: AwsAccount) -> None:
    """The on-success destination gets the event, the answer, the request and the version."""
    function, done = aws.function(SOURCE), aws.queue()
    configure(aws, function, success=aws.arn_of(done))
    send_event(aws, function, {"n": 1})
    (call,), record = wait_for_runs(aws, function, 1), record_in(aws, done)
    context, answered = record["requestContext"], record["responseContext"]
    expect((record["version"], "timestamp" in record) == ("1.0", True), f"record {record}")
    reported = {name: context[name] for name in ("requestId", "functionArn", "condition", "approximateInvokeCount")}
    wanted = {
        "requestId": call["request"],
        "functionArn": f"{function}:$LATEST",
        "condition": "Success",
        "approximateInvokeCount": 1,
    }
    expect(reported == wanted, f"request {reported}")
    expect(answered == {"statusCode": 200, "executedVersion": "$LATEST"}, f"answer {answered}")
    payloads = record["requestPayload"], record["responsePayload"]
    expect(payloads == ({"n": 1}, {"done": {"n": 1}}), f"payloads {payloads}")


@behaviour(service="lambda", source=RECORDS)
def a_successful_event_is_no_failure(aws: AwsAccount) -> None:
    """An event that succeeds reaches the success destination alone, one that fails the other."""
    function, done, lost = aws.function(SOURCE), aws.queue(), aws.queue()
    configure(aws, function, success=aws.arn_of(done), failure=aws.arn_of(lost))
    send_event(aws, function, {"n": 1})
    send_event(aws, function, {"n": 2, "bad": True})
    found = [record_in(aws, queue)["requestPayload"]["n"] for queue in (done, lost)]
    expect(found == [1, 2], f"success and failure are {found}")
    expect(not aws.take(done) and not aws.take(lost), "there are more records")


@behaviour(service="lambda", source=f"{RECORDS}#invocation-dlq")
def a_dead_letter_is_the_event_with_its_error(aws: AwsAccount) -> None:
    """A function's dead-letter queue gets the event as it was, with request, error code and message as attributes."""
    dead = aws.queue()
    function = aws.function(SOURCE, DeadLetterConfig={"TargetArn": aws.arn_of(dead)})
    configure(aws, function)
    send_event(aws, function, {"n": 1, "bad": True})
    (call,) = wait_for_runs(aws, function, 1)
    receive = {"QueueUrl": dead, "MessageAttributeNames": ["All"], "WaitTimeSeconds": 1}
    (message,) = aws.wait_for(lambda: aws.clients.sqs.receive_message(**receive).get("Messages"), "a dead letter")
    expect(json.loads(message["Body"]) == {"n": 1, "bad": True}, f"body {message['Body']}")
    found = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    wanted = {"RequestID": call["request"], "ErrorCode": "200", "ErrorMessage": "as asked"}
    expect(found == wanted, f"attributes {found}")


@behaviour(
    service="lambda", source="https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html"
)
def a_destination_and_a_dead_letter_queue_may_both_be_set(aws: AwsAccount) -> None:
    """A failed event goes to the failure destination in addition to the dead-letter queue."""
    dead, lost = aws.queue(), aws.queue()
    function = aws.function(SOURCE, DeadLetterConfig={"TargetArn": aws.arn_of(dead)})
    configure(aws, function, failure=aws.arn_of(lost))
    send_event(aws, function, {"n": 1, "bad": True})
    found = record_in(aws, lost)["requestPayload"], json.loads(aws.collect(dead, 1)[0])
    expect(found == ({"n": 1, "bad": True},) * 2, f"record and dead letter {found}")


@behaviour(service="lambda", source=RECORDS)
def a_function_can_be_a_destination(aws: AwsAccount) -> None:
    """A function that is a destination is invoked with the record."""
    function, reported = aws.function(SOURCE), aws.function(SOURCE)
    configure(aws, function, success=reported)
    send_event(aws, function, {"n": 1})
    (call,) = wait_for_runs(aws, reported, 1)
    expect(call["event"]["requestPayload"] == {"n": 1}, f"event {call['event']}")


@behaviour(service="lambda", source=RECORDS)
def a_topic_can_be_a_destination(aws: AwsAccount) -> None:
    """A topic that is a destination gets the record as its message."""
    function, topic, queue = aws.function(SOURCE), aws.topic(), aws.queue()
    aws.allow_sender(queue, "sns")
    aws.clients.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=aws.arn_of(queue))
    configure(aws, function, failure=topic)
    send_event(aws, function, {"n": 1, "bad": True})
    (body,) = aws.collect(queue, 1)
    record = json.loads(json.loads(body)["Message"])
    expect(record["requestPayload"] == {"n": 1, "bad": True}, f"record {record}")


@behaviour(service="lambda", source=RECORDS)
def a_bus_can_be_a_destination(aws: AwsAccount) -> None:
    """A bus that is a destination gets the record as the detail of an event from `lambda`."""
    function, bus, queue, rule = aws.function(SOURCE), aws.bus(), aws.queue(), aws.name("rule")
    aws.allow_sender(queue, "events")
    events = aws.clients.events
    events.put_rule(Name=rule, EventBusName=bus, EventPattern=json.dumps({"source": ["lambda"]}))
    aws.undo(events.delete_rule, Name=rule, EventBusName=bus)
    events.put_targets(Rule=rule, EventBusName=bus, Targets=[{"Id": "queue", "Arn": aws.arn_of(queue)}])
    aws.undo(events.remove_targets, Rule=rule, EventBusName=bus, Ids=["queue"])
    arn = events.describe_event_bus(Name=bus)["Arn"]
    configure(aws, function, success=arn)
    send_event(aws, function, {"n": 1})
    event = record_in(aws, queue)
    expect("Success" in event["detail-type"], f"type {event['detail-type']}")
    expect(event["detail"]["requestPayload"] == {"n": 1}, f"detail {event['detail']}")
    expect(arn in event["resources"], f"resources {event['resources']}")


@behaviour(service="lambda", source=f"{GUIDE}/invocation-async-configuring.html")
def an_alias_has_destinations_of_its_own(aws: AwsAccount) -> None:
    """What is set for an alias holds for its calls alone."""
    function, lambda_ = aws.function(SOURCE, Publish=True), aws.clients.lambda_
    alias = str(lambda_.create_alias(FunctionName=function, Name="live", FunctionVersion="1")["AliasArn"])
    queues = {arn: aws.queue() for arn in (alias, function)}
    for arn, queue in queues.items():
        configure(aws, arn, success=aws.arn_of(queue))
    for arn in queues:
        send_event(aws, arn, {"called": arn})
    found = {arn: record_in(aws, queue) for arn, queue in queues.items()}
    expect(all(record["requestPayload"]["called"] == arn for arn, record in found.items()), f"records {found}")
    context, answered = found[alias]["requestContext"], found[alias]["responseContext"]
    reported = context["functionArn"], answered["executedVersion"]
    expect(reported == (alias, "1"), f"function and version {reported}")


@behaviour(service="lambda", source=RECORDS)
def a_destination_needs_the_functions_permission(aws: AwsAccount) -> None:
    """A record reaches a destination by the function's role; without the grant it cannot be set, or gets nothing."""
    function, lost = aws.function(SOURCE, Role=aws.role()), aws.queue()
    try:
        configure(aws, function, failure=aws.arn_of(lost))
    except aws.clients.lambda_.exceptions.InvalidParameterValueException:
        return
    send_event(aws, function, {"n": 1, "bad": True})
    expect(not aws.take(lost, wait=3), "a record came without a grant")
