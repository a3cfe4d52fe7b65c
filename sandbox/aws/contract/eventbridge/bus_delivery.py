"""EventBridge: deliveries to targets, what becomes of those that fail, and what PutEvents refuses."""

import json
from typing import Any

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.event_rules import EVENTS, SOURCE, DeliveryRule, make_rule, open_queue, put_event
from sandbox.aws.contract.fixtures.target import policy_document
from sandbox.contract.behaviour import behaviour, expect

GUIDE = "https://docs.aws.amazon.com/eventbridge/latest/userguide"
API = "https://docs.aws.amazon.com/eventbridge/latest/APIReference"
DELIVERY = f"{GUIDE}/eb-rule-event-delivery.html"
POLICIES = f"{GUIDE}/eb-use-resource-based.html"
ENTRY_CODES = f"{API}/API_PutEventsResultEntry.html"
PUT_EVENTS = f"{API}/API_PutEvents.html"


def receive_events(made: DeliveryRule, queue: str, count: int = 1) -> list[dict[str, Any]]:
    """The events in a queue."""
    return [json.loads(body) for body in made.aws.collect(queue, count)]


def entries(aws: AwsAccount, *given: dict[str, Any]) -> list[dict[str, Any]]:
    """What PutEvents says of entries on the default bus, in their order."""
    usual = {"Source": SOURCE, "DetailType": "placed", "Detail": "{}"}
    answer = aws.clients.events.put_events(Entries=[{**usual, **entry} for entry in given])
    failed = sum("ErrorCode" in entry for entry in answer["Entries"])
    expect(answer["FailedEntryCount"] == failed, f"FailedEntryCount {answer['FailedEntryCount']}, but {failed} failed")
    return list(answer["Entries"])


@behaviour(service="events", source=POLICIES)
def an_event_reaches_a_queue_that_its_policy_opens_to_the_rule(aws: AwsAccount) -> None:
    """A rule delivers to a queue whose policy lets EventBridge send for that rule."""
    made, queue = make_rule(aws), aws.queue()
    made.to({"Arn": open_queue(made, queue)})
    id_ = made.put(total=3)
    (event,) = receive_events(made, queue)
    expect((event["id"], event["detail"]) == (id_, {"total": 3}), f"event {event}, put was {id_}")


@behaviour(service="events", source=DELIVERY)
def an_event_for_a_queue_that_is_not_open_goes_to_the_dead_letter_queue(aws: AwsAccount) -> None:
    """A queue whose policy does not let the rule in fails without a retry; the dead letter names rule and target."""
    made = make_rule(aws)
    arn = aws.arn_of(aws.queue())
    made.to({"Arn": arn})
    id_ = made.put()
    (letter,) = made.dead_letters()
    seen = {name: letter["attributes"].get(name) for name in ("RULE_ARN", "TARGET_ARN", "ERROR_CODE", "RETRY_ATTEMPTS")}
    wanted = {"RULE_ARN": made.arn, "TARGET_ARN": arn, "ERROR_CODE": "NO_PERMISSIONS", "RETRY_ATTEMPTS": "0"}
    expect(seen == wanted, f"attributes {letter['attributes']}")
    expect(letter["attributes"].get("ERROR_MESSAGE"), "ERROR_MESSAGE is missing")
    expect(letter["body"]["id"] == id_, f"the body is not the event {id_}: {letter['body']}")


@behaviour(service="events", source=DELIVERY)
def events_for_a_queue_that_is_gone_go_to_the_dead_letter_queue(aws: AwsAccount) -> None:
    """Events for a deleted queue are kept in the dead-letter queue, each as it was matched."""
    made, queue = make_rule(aws), aws.queue()
    made.to({"Arn": open_queue(made, queue), "InputPath": "$.detail"})
    aws.clients.sqs.delete_queue(QueueUrl=queue)
    put_ids = {made.put(number=number) for number in range(3)}
    letters = made.dead_letters(3)
    expect({letter["body"]["id"] for letter in letters} == put_ids, f"{letters}, put were {put_ids}")
    retries = {letter["attributes"]["RETRY_ATTEMPTS"] for letter in letters}
    expect(retries == {"0"}, f"RETRY_ATTEMPTS {retries}; a missing target is not tried again")


@behaviour(service="events", source=DELIVERY)
def a_queue_that_does_not_let_the_rule_in_gets_no_dead_letters(aws: AwsAccount) -> None:
    """A dead-letter queue whose policy does not let the rule in gets nothing: the event is lost."""
    made, dead = make_rule(aws), aws.queue()
    made.to({"Arn": aws.arn_of(aws.queue()), "DeadLetterConfig": {"Arn": aws.arn_of(dead)}})
    made.put("lost")
    open_queue(made, dead)
    letters = aws.wait_for(lambda: (made.put("kept"), aws.take(dead))[1], "a dead letter once the queue is open")
    kinds = {json.loads(letter)["detail-type"] for letter in letters}
    expect(kinds == {"kept"}, f"dead letters of {kinds}")


@behaviour(service="events", source=DELIVERY)
def a_target_that_fails_does_not_keep_the_others(aws: AwsAccount) -> None:
    """A rule's other targets get an event that one of them can't take."""
    made, queue = make_rule(aws), aws.queue()
    missing = aws.arn_of(aws.queue()) + "-missing"
    made.to({"Arn": missing}, {"Arn": open_queue(made, queue)}, {"Arn": f"{missing}-too"})
    ids = [made.put() for _ in range(2)]
    expect({event["id"] for event in receive_events(made, queue, 2)} == set(ids), f"the good target did not get {ids}")
    targets = {letter["attributes"]["TARGET_ARN"] for letter in made.dead_letters(4)}
    expect(targets == {missing, f"{missing}-too"}, f"dead letters of {targets}")


@behaviour(service="events", source=POLICIES)
def a_function_is_not_called_for_a_rule_that_it_does_not_permit(aws: AwsAccount) -> None:
    """A function that does not permit a rule fails without a retry."""
    made = make_rule(aws)
    function = aws.function("def handler(event, context): pass")
    made.to({"Arn": function})
    made.put()
    (letter,) = made.dead_letters()
    seen = letter["attributes"]["ERROR_CODE"], letter["attributes"]["RETRY_ATTEMPTS"]
    expect(seen == ("NO_PERMISSIONS", "0"), f"attributes {letter['attributes']}")


@behaviour(service="events", source=DELIVERY)
def an_event_for_a_function_that_is_gone_goes_to_the_dead_letter_queue(aws: AwsAccount) -> None:
    """Events for a deleted function go to the dead-letter queue."""
    made = make_rule(aws)
    missing = f"arn:aws:lambda:{aws.region}:{aws.id}:function:{aws.name('missing')}"
    made.to({"Arn": missing})
    id_ = made.put()
    (letter,) = made.dead_letters()
    seen = letter["body"]["id"], letter["attributes"]["TARGET_ARN"], letter["attributes"]["RETRY_ATTEMPTS"]
    expect(seen == (id_, missing, "0"), f"{letter}")


@behaviour(service="events", source=POLICIES)
def a_topic_passes_on_events_of_a_rule_that_its_policy_lets_in(aws: AwsAccount) -> None:
    """A rule publishes to a topic whose policy lets EventBridge in."""
    made, queue, sns = make_rule(aws), aws.queue(), aws.clients.sns
    topic = aws.topic()
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": EVENTS},
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {"ArnEquals": {"aws:SourceArn": made.arn}},
    }
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy_document(statement))
    aws.allow_sender(queue, "sns")
    settings = {"RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=aws.arn_of(queue), Attributes=settings)
    made.to({"Arn": topic})
    id_ = made.put()
    (event,) = receive_events(made, queue)
    expect(event["id"] == id_, f"the topic passed on {event}")


@behaviour(service="events", source=f"{API}/API_SqsParameters.html")
def a_fifo_queue_gets_events_in_the_group_of_the_target(aws: AwsAccount) -> None:
    """A FIFO queue gets events in the message group that the target names."""
    made, queue = make_rule(aws), aws.queue(FifoQueue=True, ContentBasedDeduplication=True)
    made.to({"Arn": open_queue(made, queue), "SqsParameters": {"MessageGroupId": "orders"}})
    made.put()
    receive = {"QueueUrl": queue, "WaitTimeSeconds": 1, "MessageSystemAttributeNames": ["MessageGroupId"]}
    (message,) = aws.wait_for(lambda: aws.clients.sqs.receive_message(**receive).get("Messages"), "the event")
    expect(message["Attributes"]["MessageGroupId"] == "orders", f"attributes {message['Attributes']}")


@behaviour(
    service="events",
    source=f"{POLICIES}#eb-cloudwatchlogs-permissions",
    cloud="CloudWatch Logs lets EventBridge in by a policy of the whole account",
)
def a_log_group_gets_events_as_lines(aws: AwsAccount) -> None:
    """A log group gets each event as a line."""
    made, logs, group = make_rule(aws), aws.clients.logs, f"/aws/events/{aws.name('group')}"
    logs.create_log_group(logGroupName=group)
    aws.undo(logs.delete_log_group, logGroupName=group)
    made.to({"Arn": f"arn:aws:logs:{aws.region}:{aws.id}:log-group:{group}"})
    id_ = made.put()
    (line,) = aws.wait_for(lambda: logs.filter_log_events(logGroupName=group)["events"], "a line")
    expect(json.loads(line["message"])["id"] == id_, f"the line is {line['message']}")


@behaviour(service="events", source=f"{GUIDE}/eb-bus-to-bus.html")
def an_event_is_passed_from_bus_to_bus_once(aws: AwsAccount) -> None:
    """A bus passes events on to another bus, which does not pass them on to a third."""
    first, second, third = make_rule(aws), make_rule(aws), make_rule(aws)
    queue = aws.queue()
    role = aws.role(
        {"Effect": "Allow", "Action": "events:PutEvents", "Resource": [bus_arn(aws, r) for r in (second, third)]},
        service="events",
    )
    first.to({"Arn": bus_arn(aws, second), "RoleArn": role})
    second.to({"Arn": open_queue(second, queue)}, {"Arn": bus_arn(aws, third), "RoleArn": role})
    id_ = first.put(total=1)
    (event,) = receive_events(second, queue)
    expect(event["detail"] == {"total": 1}, f"the second bus passed on {event}, put was {id_}")
    (letter,) = second.dead_letters()
    expect(letter["attributes"]["ERROR_CODE"] == "THIRD_ACCOUNT_HOP_DETECTED", f"attributes {letter['attributes']}")


def bus_arn(aws: AwsAccount, made: DeliveryRule) -> str:
    """The ARN of a rule's bus."""
    return f"arn:aws:events:{aws.region}:{aws.id}:event-bus/{made.bus}"


@behaviour(service="events", source=f"{API}/API_PutTargets.html")
def a_target_that_is_called_as_a_role_needs_one(aws: AwsAccount) -> None:
    """PutTargets refuses a Firehose stream without a role."""
    made = make_rule(aws)
    arn = f"arn:aws:firehose:{aws.region}:{aws.id}:deliverystream/{aws.name('stream')}"
    error = aws.refusal(
        aws.clients.events.put_targets, Rule=made.name, EventBusName=made.bus, Targets=[{"Id": "t", "Arn": arn}]
    )
    expect(error["Error"]["Code"] == "ValidationException" and "RoleArn" in error["Error"]["Message"], f"{error}")


@behaviour(service="events", source=f"{API}/API_DeleteRule.html")
def a_rule_with_targets_is_not_deleted(aws: AwsAccount) -> None:
    """DeleteRule refuses a rule that has targets."""
    made, queue = make_rule(aws), aws.queue()
    made.to({"Arn": open_queue(made, queue)})
    error = aws.refusal(aws.clients.events.delete_rule, Name=made.name, EventBusName=made.bus)
    expect(error["Error"]["Code"] == "ValidationException", f"{error}")
    made.put()
    expect(len(receive_events(made, queue)) == 1, "the rule is gone all the same")


@behaviour(service="events", source=ENTRY_CODES)
def an_entry_whose_detail_is_no_json_object_fails_by_itself(aws: AwsAccount) -> None:
    """A Detail that is no JSON object fails with MalformedDetail; the other entries are accepted."""
    found = entries(aws, {"Detail": "{"}, {}, {"Detail": "[1]"})
    codes = [entry.get("ErrorCode") for entry in found]
    expect(codes == ["MalformedDetail", None, "MalformedDetail"], f"{found}")
    expect(found[1]["EventId"], "the good entry has no EventId")


@behaviour(service="events", source=ENTRY_CODES)
def an_entry_that_lacks_a_part_fails_by_itself(aws: AwsAccount) -> None:
    """An entry without Source, DetailType or Detail fails with InvalidArgument."""
    found = entries(aws, {"Source": ""}, {"DetailType": ""}, {"Detail": ""}, {})
    seen = [(entry.get("ErrorCode"), entry.get("ErrorMessage", "").split(" ")[:2]) for entry in found]
    names = ("Source", "DetailType", "Detail")
    wanted: list[Any] = [("InvalidArgument", ["Parameter", name]) for name in names] + [(None, [""])]
    expect(seen == wanted, f"{found}")


@behaviour(service="events", source=ENTRY_CODES)
def an_entry_with_a_source_of_aws_fails(aws: AwsAccount) -> None:
    """Sources that begin with `aws.` are AWS's own."""
    (found,) = entries(aws, {"Source": "aws.s3"})
    expect(found.get("ErrorCode") == "NotAuthorizedForSourceException", f"{found}")


@behaviour(service="events", source=PUT_EVENTS)
def entries_of_more_than_a_mebibyte_are_refused(aws: AwsAccount) -> None:
    """The entries of a request are 1 MiB together at most."""
    fixed = len(SOURCE) + len("placed") + len('{"x":""}')
    for size, fits in ((1024 * 1024, True), (1024 * 1024 + 1, False)):
        detail = '{"x":"' + "x" * (size - fixed) + '"}'
        entry = {"Source": SOURCE, "DetailType": "placed", "Detail": detail}
        if fits:
            expect("EventId" in entries(aws, entry)[0], f"{size} bytes were not accepted")
        else:
            error = aws.refusal(aws.clients.events.put_events, Entries=[entry])
            expect(error["Error"]["Code"] == "ValidationException", f"{error}")


@behaviour(service="events", source=f"{API}/API_PutEventsRequestEntry.html")
def an_entry_for_a_bus_that_does_not_exist_goes_nowhere(aws: AwsAccount) -> None:
    """An entry for an unknown bus is accepted, and delivered to nobody."""
    made, queue = make_rule(aws), aws.queue()
    made.to({"Arn": open_queue(made, queue)})
    expect(put_event(aws, aws.name("missing"), "astray"), "there is no EventId")
    made.put("placed")
    kinds = [event["detail-type"] for event in receive_events(made, queue)]
    expect(kinds == ["placed"], f"the rule passed on {kinds}")
