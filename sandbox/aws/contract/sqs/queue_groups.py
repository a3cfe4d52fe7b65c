"""SQS FIFO queues: order, groups, deduplication."""

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.sqs.queues import receive
from sandbox.contract.behaviour import behaviour, expect

GUIDE = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide"


@behaviour(service="sqs", source=f"{GUIDE}/FIFO-queues-understanding-logic.html")
def a_fifo_queue_keeps_the_order_of_a_group(aws: AwsAccount) -> None:
    """Messages of a group are received in the order in which they were sent."""
    queue = aws.queue(FifoQueue=True, ContentBasedDeduplication=True)
    sent = [str(number) for number in range(5)]
    aws.send(queue, *sent, MessageGroupId="order-1")
    found = aws.collect(queue, 5)
    expect(found == sent, f"order {found}")


@behaviour(service="sqs", source=f"{GUIDE}/FIFO-queues-understanding-logic.html")
def a_message_in_flight_blocks_its_group_alone(aws: AwsAccount) -> None:
    """While a message of a group is in flight, no other of that group is received; other groups go on."""
    queue = aws.queue(FifoQueue=True, ContentBasedDeduplication=True, VisibilityTimeout=600)
    aws.send(queue, "a-1", "a-2", MessageGroupId="a")
    sqs = aws.clients.sqs
    first = aws.wait_for(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"), "a message")[0]
    aws.send(queue, "b-1", MessageGroupId="b")
    seen = [message["Body"] for message in receive(aws, queue)]
    expect((first["Body"], seen) == ("a-1", ["b-1"]), f"first {first['Body']}, then received {seen}")
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=first["ReceiptHandle"])
    expect(aws.collect(queue, 1) == ["a-2"], "the group did not go on")


@behaviour(service="sqs", source=f"{GUIDE}/using-messagededuplicationid-property.html")
def a_message_with_a_known_deduplication_id_is_not_sent_again(aws: AwsAccount) -> None:
    """A message whose deduplication id was used within five minutes is accepted and not delivered again."""
    queue = aws.queue(FifoQueue=True)
    sent = [
        aws.clients.sqs.send_message(
            QueueUrl=queue, MessageBody=body, MessageGroupId="a", MessageDeduplicationId="order-1"
        )
        for body in ("first", "second")
    ]
    expect(sent[0]["SequenceNumber"] == sent[1]["SequenceNumber"], "the second has a sequence number of its own")
    found = aws.collect(queue, 1)
    expect(found == ["first"] and not aws.take(queue), f"received {found} and more")


@behaviour(service="sqs", source=f"{GUIDE}/using-messagegroupid-property.html")
def a_fifo_message_needs_a_group(aws: AwsAccount) -> None:
    """A message to a FIFO queue without a group is refused."""
    queue = aws.queue(FifoQueue=True, ContentBasedDeduplication=True)
    code = aws.refusal(aws.clients.sqs.send_message, QueueUrl=queue, MessageBody="x")["Error"]["Code"]
    expect(code == "MissingParameter", f"code {code}")


@behaviour(service="sqs", source=f"{GUIDE}/using-messagededuplicationid-property.html")
def a_fifo_message_needs_a_deduplication_id(aws: AwsAccount) -> None:
    """Without content-based deduplication a message to a FIFO queue needs an id of its own."""
    send = aws.clients.sqs.send_message
    code = aws.refusal(send, QueueUrl=aws.queue(FifoQueue=True), MessageBody="x", MessageGroupId="a")["Error"]["Code"]
    expect(code == "InvalidParameterValue", f"code {code}")
