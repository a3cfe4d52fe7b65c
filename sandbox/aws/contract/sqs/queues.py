"""SQS standard queues: visibility, delay, long polls, dead letters, counts."""

import json
import time
from typing import Any

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.contract.behaviour import behaviour, expect

GUIDE = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide"
API = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference"


def receive(aws: AwsAccount, queue: str, wait: int = 1) -> list[dict[str, Any]]:
    """Up to ten messages with all their attributes, left in flight."""
    found = aws.clients.sqs.receive_message(
        QueueUrl=queue,
        MaxNumberOfMessages=10,
        WaitTimeSeconds=wait,
        MessageSystemAttributeNames=["All"],
        MessageAttributeNames=["All"],
    )
    return found.get("Messages", [])


def wait_for_message(aws: AwsAccount, queue: str) -> dict[str, Any]:
    """The next message, once there is one."""
    return aws.wait_for(lambda: receive(aws, queue), "a message")[0]


def redrive(aws: AwsAccount, dead: str, receives: int) -> str:
    """A redrive policy."""
    return json.dumps({"deadLetterTargetArn": aws.arn_of(dead), "maxReceiveCount": receives})


@behaviour(service="sqs", source=f"{GUIDE}/sqs-visibility-timeout.html")
def a_received_message_is_hidden_until_its_timeout(aws: AwsAccount) -> None:
    """A received message is hidden until its visibility timeout passes."""
    queue = aws.queue(VisibilityTimeout=2)
    aws.send(queue, "once more")
    before = wait_for_message(aws, queue)
    hidden = receive(aws, queue)
    expect(not hidden, f"it was received again at once: {hidden}")
    again = wait_for_message(aws, queue)
    counts = [message["Attributes"]["ApproximateReceiveCount"] for message in (before, again)]
    expect(counts == ["1", "2"], f"receive counts {counts}")


@behaviour(service="sqs", source=f"{API}/API_ChangeMessageVisibility.html")
def a_message_can_be_made_visible_at_once(aws: AwsAccount) -> None:
    """A message whose visibility timeout is changed to 0 can be received at once."""
    queue = aws.queue(VisibilityTimeout=600)
    aws.send(queue, "again")
    handle = wait_for_message(aws, queue)["ReceiptHandle"]
    aws.clients.sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=0)
    expect(aws.collect(queue, 1) == ["again"], "another message")


@behaviour(service="sqs", source=f"{API}/API_ChangeMessageVisibility.html")
def a_message_can_be_hidden_for_longer(aws: AwsAccount) -> None:
    """A consumer that needs longer extends the visibility timeout of its message."""
    queue = aws.queue(VisibilityTimeout=1)
    aws.send(queue, "mine")
    handle = wait_for_message(aws, queue)["ReceiptHandle"]
    aws.clients.sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=600)
    seen = receive(aws, queue, wait=3)
    expect(not seen, "it came back after the queue's own timeout")


@behaviour(service="sqs", source=f"{API}/API_ChangeMessageVisibility.html", gap="any timeout is taken")
def a_visibility_timeout_beyond_12_hours_is_refused(aws: AwsAccount) -> None:
    """A visibility timeout above 43,200 seconds is refused."""
    queue = aws.queue()
    aws.send(queue, "mine")
    handle = wait_for_message(aws, queue)["ReceiptHandle"]
    change = aws.clients.sqs.change_message_visibility
    code = aws.refusal(change, QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=43_201)["Error"]["Code"]
    expect(code == "InvalidParameterValue", f"code {code}")


@behaviour(service="sqs", source=f"{GUIDE}/sqs-delay-queues.html")
def a_delay_queue_hides_new_messages(aws: AwsAccount) -> None:
    """A queue's delay hides each new message for that long, and a long poll wakes when it is over."""
    queue = aws.queue(DelaySeconds=2)
    aws.send(queue, "late")
    early = aws.take(queue, wait=0)
    expect(not early, "the message was received before its delay was over")
    expect(aws.take(queue, wait=20) == ["late"], "a long poll of 20 s ended without the message")


@behaviour(service="sqs", source=f"{GUIDE}/sqs-message-timers.html")
def a_messages_own_delay_overrides_the_queues(aws: AwsAccount) -> None:
    """A message's own delay goes before its queue's."""
    queue = aws.queue(DelaySeconds=600)
    aws.send(queue, "now", DelaySeconds=0)
    expect(aws.collect(queue, 1) == ["now"], "another message")


@behaviour(service="sqs", source=f"{GUIDE}/sqs-short-and-long-polling.html")
def a_long_poll_ends_when_a_message_arrives(aws: AwsAccount) -> None:
    """A long poll answers as soon as there is a message, and empty when its time is over."""
    queue = aws.queue(ReceiveMessageWaitTimeSeconds=1)
    began = time.monotonic()
    empty = aws.clients.sqs.receive_message(QueueUrl=queue).get("Messages")
    waited = time.monotonic() - began
    expect(not empty and waited >= 0.9, f"the queue's wait of 1 s took {waited:.2f} s and gave {empty}")


@behaviour(service="sqs", source=f"{GUIDE}/sqs-dead-letter-queues.html")
def a_message_goes_to_the_dead_letters_after_its_last_receive(aws: AwsAccount) -> None:
    """A message received more often than its redrive policy allows goes to the dead-letter queue."""
    dead = aws.queue()
    queue = aws.queue(VisibilityTimeout=0, RedrivePolicy=redrive(aws, dead, 2))
    aws.send(queue, "poison")
    seen = [wait_for_message(aws, queue) for _ in range(2)]
    again = receive(aws, queue)
    expect(not again, f"a third receive gave {again}")
    moved = wait_for_message(aws, dead)
    expect(moved["MessageId"] == seen[0]["MessageId"], "the message has another id in the dead-letter queue")
    expect(moved["Attributes"]["SentTimestamp"] == seen[0]["Attributes"]["SentTimestamp"], "its age began anew")
    source = moved["Attributes"].get("DeadLetterQueueSourceArn")
    expect(source == aws.arn_of(queue), f"its source is {source}")


@behaviour(service="sqs", source=f"{API}/API_SetQueueAttributes.html")
def a_dead_letter_queue_must_exist(aws: AwsAccount) -> None:
    """A redrive policy that names a queue that does not exist is refused."""
    policy = json.dumps({"deadLetterTargetArn": f"{aws.arn_of(aws.queue())}-none", "maxReceiveCount": 2})
    set_attributes = aws.clients.sqs.set_queue_attributes
    answer = aws.refusal(set_attributes, QueueUrl=aws.queue(), Attributes={"RedrivePolicy": policy})
    expect(answer["ResponseMetadata"]["HTTPStatusCode"] == 400, f"{answer}")


@behaviour(service="sqs", source=f"{API}/API_GetQueueAttributes.html")
def a_queue_counts_what_waits_and_what_is_in_flight(aws: AwsAccount) -> None:
    """A queue counts messages that wait, are delayed and are in flight apart."""
    queue = aws.queue(VisibilityTimeout=600)
    aws.send(queue, "a", "b", "c")
    aws.send(queue, "later", DelaySeconds=600)
    aws.wait_for(lambda: aws.clients.sqs.receive_message(QueueUrl=queue).get("Messages"), "a message")
    wanted = {
        "ApproximateNumberOfMessages": "2",
        "ApproximateNumberOfMessagesNotVisible": "1",
        "ApproximateNumberOfMessagesDelayed": "1",
    }
    aws.wait_for(lambda: aws.attributes(queue, *wanted) == wanted, f"the counts {wanted}", seconds=10)


@behaviour(service="sqs", source=f"{API}/API_DeleteMessage.html")
def a_deleted_message_does_not_come_back(aws: AwsAccount) -> None:
    """A deleted message does not come back after its visibility timeout."""
    queue = aws.queue(VisibilityTimeout=1)
    aws.send(queue, "done")
    handle = wait_for_message(aws, queue)["ReceiptHandle"]
    aws.clients.sqs.delete_message(QueueUrl=queue, ReceiptHandle=handle)
    seen = receive(aws, queue, wait=2)
    expect(not seen, f"it came back: {seen}")


@behaviour(
    service="sqs",
    source=f"{API}/API_DeleteMessage.html",
    gap="a second deletion is refused with ReceiptHandleIsInvalid",
)
def a_message_can_be_deleted_twice(aws: AwsAccount) -> None:
    """Deleting a message again is no error: the consumer may not know that the first attempt came through."""
    queue = aws.queue()
    aws.send(queue, "done")
    handle = wait_for_message(aws, queue)["ReceiptHandle"]
    for _ in range(2):
        aws.clients.sqs.delete_message(QueueUrl=queue, ReceiptHandle=handle)


@behaviour(service="sqs", source=f"{API}/API_PurgeQueue.html")
def a_purged_queue_is_empty(aws: AwsAccount) -> None:
    """A purge deletes what is in a queue."""
    queue = aws.queue()
    aws.send(queue, "a", "b")
    aws.clients.sqs.purge_queue(QueueUrl=queue)
    aws.wait_for(
        lambda: aws.attributes(queue, "ApproximateNumberOfMessages")["ApproximateNumberOfMessages"] == "0",
        "an empty queue",
        seconds=15,
    )


@behaviour(service="sqs", source=f"{GUIDE}/sqs-message-metadata.html")
def a_message_keeps_its_attributes(aws: AwsAccount) -> None:
    """A message arrives with its attributes, which carry a type."""
    queue = aws.queue()
    sent = {"trace": {"DataType": "String", "StringValue": "t-1"}, "tries": {"DataType": "Number", "StringValue": "3"}}
    aws.send(queue, "with attributes", MessageAttributes=sent)
    found = wait_for_message(aws, queue)["MessageAttributes"]
    expect(found == sent, f"it arrived with {found}")
