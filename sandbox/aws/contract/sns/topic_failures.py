"""SNS: deliveries that fail, and functions as subscribers."""

import json
from typing import Any

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.lambda_invocation.asynchronous import SOURCE, wait_for_runs
from sandbox.contract.behaviour import behaviour, expect

GUIDE = "https://docs.aws.amazon.com/sns/latest/dg"
DEAD = f"{GUIDE}/sns-dead-letter-queues.html"


def subscribe(aws: AwsAccount, topic: str, protocol: str, endpoint: str, **attributes: str) -> str:
    """The URL of the dead-letter queue of a new subscription."""
    dead = aws.queue()
    aws.allow_sender(dead, "sns")
    attributes["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": aws.arn_of(dead)})
    aws.clients.sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes)
    aws.wait_for_propagation()
    return dead


def make_subscriber(aws: AwsAccount, topic: str) -> str:
    """The ARN of a new function that a topic may invoke."""
    function = aws.function(SOURCE)
    aws.permit(function, "sns", SourceArn=topic)
    return function


def read_dead_letter(aws: AwsAccount, dead: str) -> Any:
    """The one dead letter of a queue."""
    (body,) = aws.collect(dead, 1)
    return json.loads(body)


@behaviour(service="sns", source=DEAD)
def a_message_for_a_queue_that_is_gone_is_a_dead_letter(aws: AwsAccount) -> None:
    """A message for a subscribed queue that was deleted goes to the subscription's dead-letter queue."""
    topic, queue = aws.topic(), aws.queue()
    aws.allow_sender(queue, "sns")
    dead = subscribe(aws, topic, "sqs", aws.arn_of(queue))
    aws.clients.sqs.delete_queue(QueueUrl=queue)
    aws.wait_for_propagation()
    aws.clients.sns.publish(TopicArn=topic, Message="lost")
    found = read_dead_letter(aws, dead)
    reported = found["Type"], found["TopicArn"], found["Message"]
    expect(reported == ("Notification", topic, "lost"), f"dead letter {found}")


@behaviour(service="sns", source=DEAD)
def a_message_for_a_queue_that_is_closed_is_a_dead_letter(aws: AwsAccount) -> None:
    """A message for a queue whose policy does not let SNS in goes to the subscription's dead-letter queue."""
    topic, queue = aws.topic(), aws.queue()
    dead = subscribe(aws, topic, "sqs", aws.arn_of(queue))
    aws.clients.sns.publish(TopicArn=topic, Message="lost")
    expect(read_dead_letter(aws, dead)["Message"] == "lost", "another message")
    expect(not aws.take(queue), "the message was delivered")


@behaviour(service="sns", source=DEAD)
def a_message_for_a_function_that_is_gone_is_a_dead_letter(aws: AwsAccount) -> None:
    """A message for a subscribed function that was deleted goes to the subscription's dead-letter queue."""
    topic = aws.topic()
    function = make_subscriber(aws, topic)
    dead = subscribe(aws, topic, "lambda", function)
    aws.clients.lambda_.delete_function(FunctionName=function)
    aws.wait_for_propagation()
    aws.clients.sns.publish(TopicArn=topic, Message="lost")
    expect(read_dead_letter(aws, dead)["Message"] == "lost", "another message")


@behaviour(service="sns", source=f"{GUIDE}/sns-lambda-as-subscriber.html")
def a_topic_invokes_its_functions_asynchronously(aws: AwsAccount) -> None:
    """A subscribed function gets the message, and the function's destination gets the record."""
    topic, done = aws.topic(), aws.queue()
    function = make_subscriber(aws, topic)
    subscribe(aws, topic, "lambda", function)
    aws.clients.lambda_.put_function_event_invoke_config(
        FunctionName=function,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnSuccess": {"Destination": aws.arn_of(done)}},
    )
    aws.wait_for_propagation()
    aws.clients.sns.publish(TopicArn=topic, Message="notice")
    (call,) = wait_for_runs(aws, function, 1)
    record = call["event"]["Records"][0]
    reported = record["EventSource"], record["Sns"]["TopicArn"], record["Sns"]["Message"]
    expect(reported == ("aws:sns", topic, "notice"), f"event {record}")
    found = read_dead_letter(aws, done)["requestPayload"]["Records"][0]["Sns"]["Message"]
    expect(found == "notice", f"record of {found}")
