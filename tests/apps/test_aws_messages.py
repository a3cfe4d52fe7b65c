"""EventBridge and SQS as botocore's own models have them."""

import json
from typing import Any

import pytest
from aws_stubs import Stub
from aws_variables import QUEUES
from botocore.stub import ANY, Stubber
from shop_world import START

from apps.shop.adapters.aws.messages import EventBridgeBus, SqsQueues
from apps.shop.domain.errors import TryAgainError, UnknownQueueError
from apps.shop.domain.events import Event, make_event
from apps.shop.domain.ids import new_id
from apps.shop.ports import DeadMessage, Redriven


def cancellation(sequence: int = 1) -> Event:
    return make_event(
        "shop.orders", "shop.order.cancelled.v1", new_id(), sequence=sequence, now=START, data={"reason": "CUSTOMER"}
    )


# -- the bus --------------------------------------------------------------------------------------------------------


def test_an_event_is_an_entry_whose_detail_is_the_cloud_event(stub: Stub) -> None:
    client, stubber = stub("events")
    one = cancellation()
    entry = {"EventBusName": "shop-bus", "Source": "shop.orders", "DetailType": one.type, "Detail": ANY}
    stubber.add_response("put_events", {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}, {"Entries": [entry]})
    sent: list[Any] = []
    client.meta.events.register(
        "provide-client-params.eventbridge.PutEvents", lambda params, **_: sent.append(params["Entries"][0]["Detail"])
    )
    assert EventBridgeBus(client, "shop-bus").publish([one]) == []
    assert [json.loads(detail) for detail in sent] == [one.envelope()]


def test_entries_that_failed_come_back_though_the_call_succeeded(stub: Stub) -> None:
    client, stubber = stub("events")
    events = [cancellation(n) for n in range(1, 5)]
    results = [
        {"EventId": "1"},
        {"ErrorCode": "ThrottlingException"},
        {"EventId": "3"},
        {"ErrorCode": "InternalFailure"},
    ]
    stubber.add_response("put_events", {"FailedEntryCount": 2, "Entries": results})
    assert EventBridgeBus(client, "bus").publish(events) == [events[1].id, events[3].id]


def test_a_bus_that_takes_nothing_is_tried_again(stub: Stub) -> None:
    client, stubber = stub("events")
    stubber.add_client_error("put_events", "ThrottlingException", http_status_code=400)
    with pytest.raises(TryAgainError, match="shop-bus took none of 1"):
        EventBridgeBus(client, "shop-bus").publish([cancellation()])


def test_more_events_than_one_call_takes_are_several_calls(stub: Stub) -> None:
    client, stubber = stub("events")
    events = [cancellation(n) for n in range(1, 13)]
    taken = [{"EventId": str(n)} for n in range(10)]
    stubber.add_response("put_events", {"FailedEntryCount": 0, "Entries": taken})
    stubber.add_client_error("put_events", "ThrottlingException", http_status_code=400)
    refused = EventBridgeBus(client, "bus").publish(events)
    assert refused == [events[10].id, events[11].id], "what was taken is not to come again"


def test_nothing_to_publish_is_no_call(stub: Stub) -> None:
    assert EventBridgeBus(stub("events")[0], "bus").publish([]) == []


# -- the queues -----------------------------------------------------------------------------------------------------


def letter(number: int, body: str) -> dict[str, str]:
    return {"MessageId": f"m-{number}", "ReceiptHandle": f"r-{number}", "Body": body}


def depth(stubber: Stubber, count: int) -> None:
    stubber.add_response("get_queue_attributes", {"Attributes": {"ApproximateNumberOfMessages": str(count)}})


def test_a_letter_is_sent_before_it_is_deleted(stub: Stub) -> None:
    client, stubber = stub("sqs")
    dead, alive = QUEUES["orders"]["dead_letter_url"], QUEUES["orders"]["url"]
    stubber.add_response("receive_message", {"Messages": [letter(1, "one"), letter(2, "two")]})
    for number, body in ((1, "one"), (2, "two")):
        sent = {"MD5OfMessageBody": "0" * 32, "MessageId": "new"}
        stubber.add_response("send_message", sent, {"QueueUrl": alive, "MessageBody": body})
        stubber.add_response("delete_message", {}, {"QueueUrl": dead, "ReceiptHandle": f"r-{number}"})
    stubber.add_response("receive_message", {})
    depth(stubber, 0)
    assert SqsQueues(client, QUEUES).redrive("orders", 100) == Redriven(found=2, moved=2)


def test_no_more_letters_are_taken_than_may_be_moved(stub: Stub) -> None:
    client, stubber = stub("sqs")
    expected = {
        "QueueUrl": QUEUES["orders"]["dead_letter_url"],
        "MaxNumberOfMessages": 1,
        "VisibilityTimeout": 30,
        "MessageSystemAttributeNames": ["ApproximateReceiveCount"],
    }
    stubber.add_response("receive_message", {"Messages": [letter(1, "one")]}, expected)
    stubber.add_response("send_message", {"MessageId": "new"})
    stubber.add_response("delete_message", {})
    depth(stubber, 4)
    assert SqsQueues(client, QUEUES).redrive("orders", 1).found == 5


def test_a_dry_run_shows_letters_and_hides_none(stub: Stub) -> None:
    client, stubber = stub("sqs")
    one = cancellation()
    depth(stubber, 3)
    bodies = [json.dumps({"detail": one.envelope()}), "no json", "{}", '{"detail": 7}']
    expected = {"VisibilityTimeout": 0, "QueueUrl": ANY, "MaxNumberOfMessages": ANY, "MessageSystemAttributeNames": ANY}
    stubber.add_response("receive_message", {"Messages": [letter(n, b) for n, b in enumerate(bodies)]}, expected)
    found = SqsQueues(client, QUEUES).show_dead_letters("orders", 100)
    assert (found.found, found.moved) == (3, 0)
    assert found.letters[0] == DeadMessage("m-0", one.type, one.subject, one.id)
    assert {letter.type for letter in found.letters[1:]} == {"unreadable"}


def test_an_unknown_queue_is_refused_with_those_there_are(stub: Stub) -> None:
    queues = SqsQueues(stub("sqs")[0], QUEUES)
    for act in (queues.redrive, queues.show_dead_letters):
        with pytest.raises(UnknownQueueError, match="orders") as refused:
            act("x" * 500, 1)
        assert len(str(refused.value)) < 100
