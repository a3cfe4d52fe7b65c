"""SQS: dead letters moved back to where they came from."""

import json
from typing import Any

from sandbox.aws.contract.fixtures.account import Account
from sandbox.aws.contract.queues import received, redrive
from sandbox.contract.behaviour import behaviour, expect

API = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference"
GUIDE = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide"
START, LIST, CANCEL = (
    f"{API}/API_{name}MessageMoveTask{'s' * (name == 'List')}.html" for name in ("Start", "List", "Cancel")
)
# A task takes its time on AWS.
SECONDS = 120


class Poisoned:
    """A queue with a dead-letter queue, which has messages that came from it."""

    def __init__(self, aws: Account, *bodies: str, **queue: Any) -> None:
        self.aws, self.dead = aws, aws.queue(**queue)
        self.arn = aws.arn_of(self.dead)
        self.queue = aws.queue(VisibilityTimeout=0, RedrivePolicy=redrive(aws, self.dead, 1), **queue)
        for body in bodies:
            aws.clients.sqs.send_message(QueueUrl=self.queue, MessageBody=body)
        aws.eventually(lambda: not received(aws, self.queue) and self.letters() == len(bodies), "the dead letters")
        aws.clients.sqs.set_queue_attributes(QueueUrl=self.queue, Attributes={"VisibilityTimeout": "30"})

    def letters(self) -> int:
        """How many messages the dead-letter queue has."""
        return int(self.aws.attributes(self.dead, "ApproximateNumberOfMessages")["ApproximateNumberOfMessages"])

    def move(self, **settings: Any) -> str:
        """Start a task; its handle."""
        return str(self.aws.clients.sqs.start_message_move_task(SourceArn=self.arn, **settings)["TaskHandle"])

    def tasks(self) -> list[dict[str, Any]]:
        """The queue's tasks, the newest first."""
        return self.aws.clients.sqs.list_message_move_tasks(SourceArn=self.arn, MaxResults=10).get("Results", [])

    def ended(self, status: str = "COMPLETED") -> dict[str, Any]:
        """The newest task, once it has a status."""
        newest = lambda: next((task for task in self.tasks()[:1] if task["Status"] == status), None)  # noqa: E731
        return self.aws.eventually(newest, f"a task that is {status}", seconds=SECONDS)

    def refused(self, **settings: Any) -> tuple[str, str]:
        """The code and text with which a task is refused."""
        wanted = {"SourceArn": self.arn, **settings}
        error = self.aws.refused(self.aws.clients.sqs.start_message_move_task, **wanted)["Error"]
        return error["Code"], error["Message"]


@behaviour(service="sqs", source=START, seconds=SECONDS)
def dead_letters_go_back_to_their_queue(aws: Account) -> None:
    """Without a destination, messages go back to the queue that they came from."""
    made = Poisoned(aws, "a", "b", "c")
    made.move()
    found = sorted(aws.collected(made.queue, 3, seconds=60))
    expect(found == ["a", "b", "c"], f"received {found}")
    task = made.ended()
    expect(task["ApproximateNumberOfMessagesMoved"] == 3, f"task {task}")
    expect(made.letters() == 0, "there are dead letters left")


@behaviour(service="sqs", source=START, seconds=SECONDS)
def dead_letters_can_go_to_another_queue(aws: Account) -> None:
    """With a destination, messages go there."""
    made, other = Poisoned(aws, "a"), aws.queue()
    made.move(DestinationArn=aws.arn_of(other))
    expect(aws.collected(other, 1, seconds=60) == ["a"], "another message")
    task = made.ended()
    expect(task["DestinationArn"] == aws.arn_of(other), f"task {task}")


@behaviour(service="sqs", source=f"{GUIDE}/sqs-configure-dead-letter-queue-redrive.html", seconds=SECONDS)
def a_moved_message_is_a_new_one(aws: Account) -> None:
    """A moved message has a new id, and its receives are counted from the start."""
    made = Poisoned(aws, "a")
    (letter,) = received(aws, made.dead)
    sqs = aws.clients.sqs
    sqs.change_message_visibility(QueueUrl=made.dead, ReceiptHandle=letter["ReceiptHandle"], VisibilityTimeout=0)
    made.move()
    (message,) = aws.eventually(lambda: received(aws, made.queue), "the message", seconds=60)
    expect(message["MessageId"] != letter["MessageId"], "the id is the old one")
    count = message["Attributes"]["ApproximateReceiveCount"]
    expect((message["Body"], count) == ("a", "1"), f"body {message['Body']}, received {count} times")


@behaviour(service="sqs", source=f"{GUIDE}/sqs-configure-dead-letter-queue-redrive.html", seconds=SECONDS)
def a_moved_message_keeps_its_attributes(aws: Account) -> None:
    """A moved message has the attributes with which it was sent."""
    made = Poisoned(aws)
    attributes = {"kind": {"DataType": "String", "StringValue": "order"}}
    aws.clients.sqs.send_message(QueueUrl=made.queue, MessageBody="a", MessageAttributes=attributes)
    aws.clients.sqs.set_queue_attributes(QueueUrl=made.queue, Attributes={"VisibilityTimeout": "0"})
    aws.eventually(lambda: not received(aws, made.queue) and made.letters() == 1, "the dead letter")
    made.move()
    (message,) = aws.eventually(lambda: received(aws, made.queue), "the message", seconds=60)
    kind = message["MessageAttributes"]["kind"]["StringValue"]
    expect(kind == "order", f"attribute {kind}")


@behaviour(service="sqs", source=START)
def only_a_dead_letter_queue_can_be_moved_from(aws: Account) -> None:
    """A queue that is nobody's dead-letter queue has nothing to move back."""
    made = Poisoned(aws)
    code, text = made.refused(SourceArn=aws.arn_of(made.queue))
    expect("dead letter queue" in text.lower(), f"{code}: {text}")


@behaviour(service="sqs", source=START)
def a_move_needs_its_source(aws: Account) -> None:
    """A queue that does not exist cannot be moved from."""
    code, text = Poisoned(aws).refused(SourceArn=f"arn:aws:sqs:{aws.region}:{aws.id}:{aws.name('none')}")
    expect((code, "SourceArn" in text) == ("ResourceNotFoundException", True), f"{code}: {text}")


@behaviour(service="sqs", source=START)
def a_move_needs_its_destination(aws: Account) -> None:
    """A queue that does not exist cannot be moved to."""
    code, text = Poisoned(aws).refused(DestinationArn=f"arn:aws:sqs:{aws.region}:{aws.id}:{aws.name('none')}")
    expect((code, "DestinationArn" in text) == ("ResourceNotFoundException", True), f"{code}: {text}")


@behaviour(service="sqs", source=START)
def a_move_is_no_faster_than_500_messages_a_second(aws: Account) -> None:
    """The rate of a move is from 1 to 500 messages a second."""
    made = Poisoned(aws)
    codes = [made.refused(MaxNumberOfMessagesPerSecond=rate)[0] for rate in (0, 501)]
    expect(all(code.startswith("InvalidParameterValue") for code in codes), f"codes {codes}")


@behaviour(service="sqs", source=START, seconds=SECONDS)
def a_queue_has_one_active_move(aws: Account) -> None:
    """While a task runs, its queue has no other; one that is cancelled keeps what it has not moved."""
    made = Poisoned(aws, *"abcdefgh")
    handle = made.move(MaxNumberOfMessagesPerSecond=1)
    code, text = made.refused()
    expect("already a task running" in text, f"{code}: {text}")
    running = made.tasks()[0]
    told = running["Status"], running.get("TaskHandle"), running["MaxNumberOfMessagesPerSecond"]
    expect(told == ("RUNNING", handle, 1), f"task {running}")
    aws.clients.sqs.cancel_message_move_task(TaskHandle=handle)
    task = made.ended("CANCELLED")
    expect("TaskHandle" not in task, f"task {task}")
    moved = task["ApproximateNumberOfMessagesMoved"]
    expect(moved < 8 and made.letters() == 8 - moved, f"{moved} moved, {made.letters()} left")
    made.move()
    made.ended()
    expect([task["Status"] for task in made.tasks()] == ["COMPLETED", "CANCELLED"], f"tasks {made.tasks()}")


@behaviour(service="sqs", source=CANCEL, seconds=SECONDS)
def a_move_that_has_ended_cannot_be_cancelled(aws: Account) -> None:
    """Only a task that runs can be cancelled."""
    made = Poisoned(aws, "a")
    handle = made.move()
    made.ended()
    aws.refused(aws.clients.sqs.cancel_message_move_task, TaskHandle=handle)


@behaviour(service="sqs", source=CANCEL)
def an_unknown_move_cannot_be_cancelled(aws: Account) -> None:
    """A handle that is no task's is refused."""
    aws.refused(aws.clients.sqs.cancel_message_move_task, TaskHandle="none")


@behaviour(service="sqs", source=LIST)
def moves_are_listed_by_their_source(aws: Account) -> None:
    """A queue without tasks has an empty list; one that does not exist has none."""
    made = Poisoned(aws)
    expect(made.tasks() == [], f"tasks {made.tasks()}")
    arn = f"arn:aws:sqs:{aws.region}:{aws.id}:{aws.name('none')}"
    code = aws.refused(aws.clients.sqs.list_message_move_tasks, SourceArn=arn)["Error"]["Code"]
    expect(code == "ResourceNotFoundException", f"code {code}")


@behaviour(service="sqs", source=f"{GUIDE}/troubleshooting-dlq-redrive.html", seconds=SECONDS)
def a_message_that_came_from_no_queue_cannot_go_back(aws: Account) -> None:
    """A message that was sent to the dead-letter queue itself makes a move without destination fail."""
    made = Poisoned(aws)
    aws.send(made.dead, "direct")
    aws.eventually(lambda: made.letters() == 1, "the message")
    made.move()
    task = made.ended("FAILED")
    expect("CouldNotDetermineMessageSource" in task["FailureReason"], f"task {task}")
    expect(made.letters() == 1, "the message is gone")


@behaviour(service="sqs", source=f"{API}/API_ListDeadLetterSourceQueues.html")
def a_dead_letter_queue_knows_its_sources(aws: Account) -> None:
    """A dead-letter queue's sources are the queues whose redrive policy names it."""
    made = Poisoned(aws)
    sqs = aws.clients.sqs
    found = aws.eventually(lambda: sqs.list_dead_letter_source_queues(QueueUrl=made.dead)["queueUrls"], "its source")
    expect(found == [made.queue], f"sources {found}")
    none = sqs.list_dead_letter_source_queues(QueueUrl=made.queue).get("queueUrls", [])
    expect(not none, f"sources of another queue {none}")


@behaviour(service="sqs", source=f"{GUIDE}/sqs-configure-dead-letter-queue-redrive.html", seconds=SECONDS)
def a_fifo_queues_dead_letters_go_back_in_order(aws: Account) -> None:
    """Dead letters of a FIFO queue go back to it in the order of their group."""
    dead = aws.queue(FifoQueue=True)
    policy = json.dumps({"deadLetterTargetArn": aws.arn_of(dead), "maxReceiveCount": 1})
    queue = aws.queue(FifoQueue=True, VisibilityTimeout=0, RedrivePolicy=policy, ContentBasedDeduplication=True)
    aws.send(queue, "a", "b", "c", MessageGroupId="order-1")

    def dead_letters() -> bool:
        received(aws, queue)
        return aws.attributes(dead)["ApproximateNumberOfMessages"] == "3"

    aws.eventually(dead_letters, "three dead letters")
    aws.clients.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "30"})
    aws.clients.sqs.start_message_move_task(SourceArn=aws.arn_of(dead))
    found = aws.collected(queue, 3, seconds=60)
    expect(found == ["a", "b", "c"], f"received {found}")
