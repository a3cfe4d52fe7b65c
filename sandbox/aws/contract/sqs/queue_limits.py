"""SQS: what it refuses."""

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.contract.behaviour import behaviour, expect

GUIDE = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide"
API = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference"
MIB = 1024 * 1024


def entries(*bodies: str) -> list[dict[str, str]]:
    """Entries of a batch."""
    return [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]


@behaviour(service="sqs", source=f"{GUIDE}/quotas-queues.html")
def a_retention_outside_a_minute_and_14_days_is_refused(aws: AwsAccount) -> None:
    """A retention below 60 or above 1,209,600 seconds is refused."""
    for seconds in (59, 1_209_601):
        create = aws.clients.sqs.create_queue
        asked = {"QueueName": aws.name("queue"), "Attributes": {"MessageRetentionPeriod": str(seconds)}}
        code = aws.refusal(create, **asked)["Error"]["Code"]
        expect(code == "InvalidAttributeValue", f"{seconds} s: code {code}")


@behaviour(service="sqs", source=f"{GUIDE}/quotas-messages.html")
def a_batch_of_more_than_ten_messages_is_refused(aws: AwsAccount) -> None:
    """A batch of eleven messages is refused as a whole."""
    queue = aws.queue()
    send = aws.clients.sqs.send_message_batch
    code = aws.refusal(send, QueueUrl=queue, Entries=entries(*map(str, range(11))))["Error"]["Code"]
    expect(code.endswith("TooManyEntriesInBatchRequest"), f"code {code}")
    expect(aws.take(queue) == [], "some of them were sent")


@behaviour(service="sqs", source=f"{API}/API_SendMessageBatch.html")
def the_entries_of_a_batch_need_distinct_ids(aws: AwsAccount) -> None:
    """A batch in which two entries have one id is refused."""
    twice = [{"Id": "same", "MessageBody": body} for body in ("a", "b")]
    code = aws.refusal(aws.clients.sqs.send_message_batch, QueueUrl=aws.queue(), Entries=twice)["Error"]["Code"]
    expect(code.endswith("BatchEntryIdsNotDistinct"), f"code {code}")


@behaviour(service="sqs", source=f"{API}/API_SendMessageBatch.html", gap="in a batch any delay is taken")
def a_batch_says_for_each_entry_whether_it_was_sent(aws: AwsAccount) -> None:
    """A batch sends what is valid, and names what is not; the call itself succeeds."""
    queue = aws.queue()
    batch = [*entries("good"), {"Id": "bad", "MessageBody": "bad", "DelaySeconds": 901}]
    answer = aws.clients.sqs.send_message_batch(QueueUrl=queue, Entries=batch)
    sent, failed = ([e["Id"] for e in answer.get(kind, [])] for kind in ("Successful", "Failed"))
    expect((sent, failed) == (["0"], ["bad"]), f"sent {sent}, failed {failed}")
    expect(aws.collect(queue, 1) == ["good"], "another message was sent")


@behaviour(service="sqs", source=f"{GUIDE}/quotas-messages.html")
def a_message_is_at_most_1_mib(aws: AwsAccount) -> None:
    """A message of 1 MiB is sent, one byte more is refused."""
    queue = aws.queue()
    aws.send(queue, "x" * MIB)
    code = aws.refusal(aws.clients.sqs.send_message, QueueUrl=queue, MessageBody="x" * (MIB + 1))["Error"]["Code"]
    expect(code == "InvalidParameterValue", f"code {code}")


@behaviour(service="sqs", source=f"{GUIDE}/quotas-messages.html")
def a_queues_own_maximum_size_is_kept(aws: AwsAccount) -> None:
    """A message above the queue's own maximum size is refused."""
    queue = aws.queue(MaximumMessageSize=1024)
    aws.send(queue, "x" * 1024)
    code = aws.refusal(aws.clients.sqs.send_message, QueueUrl=queue, MessageBody="x" * 1025)["Error"]["Code"]
    expect(code == "InvalidParameterValue", f"code {code}")


@behaviour(service="sqs", source=f"{API}/API_ReceiveMessage.html")
def more_than_ten_messages_are_never_received_at_once(aws: AwsAccount) -> None:
    """A receive of more than ten messages is refused."""
    receive = aws.clients.sqs.receive_message
    answer = aws.refusal(receive, QueueUrl=aws.queue(), MaxNumberOfMessages=11)
    expect(answer["ResponseMetadata"]["HTTPStatusCode"] == 400, f"{answer}")


@behaviour(service="sqs", source=f"{API}/API_CreateQueue.html")
def creating_a_queue_again_gives_the_same_one(aws: AwsAccount) -> None:
    """Creating a queue again gives its URL; with other attributes it is refused."""
    create, name = aws.clients.sqs.create_queue, aws.name("queue")
    urls = {create(QueueName=name, Attributes={"VisibilityTimeout": "5"})["QueueUrl"] for _ in range(2)}
    aws.undo(aws.clients.sqs.delete_queue, QueueUrl=next(iter(urls)))
    expect(len(urls) == 1, f"two queues: {urls}")
    code = aws.refusal(create, QueueName=name, Attributes={"VisibilityTimeout": "6"})["Error"]["Code"]
    expect(code in {"QueueAlreadyExists", "QueueNameExists"}, f"code {code}")


@behaviour(service="sqs", source=f"{API}/API_SendMessage.html")
def a_queue_that_does_not_exist_is_named_as_such(aws: AwsAccount) -> None:
    """Sending to a queue that does not exist is refused by name."""
    code = aws.refusal(aws.clients.sqs.send_message, QueueUrl=f"{aws.queue()}-none", MessageBody="x")["Error"]["Code"]
    expect(code in {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}, f"code {code}")
