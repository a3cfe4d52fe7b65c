"""Lambda: asynchronous calls."""

import json
from typing import Any

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.function_sources import GUIDE
from sandbox.contract.behaviour import behaviour, expect

FAILS = "def handler(event, context):\n    raise ValueError('always')"
COUNTS_TRIES = """
    import boto3, os
    def handler(event, context):
        boto3.client("sqs").send_message(QueueUrl=os.environ["SEEN"], MessageBody=context.aws_request_id)
        raise ValueError("always")
"""


def invoke_asynchronously(aws: AwsAccount, function: str, event: Any) -> int:
    """The status of an asynchronous call."""
    payload = json.dumps(event)
    return aws.clients.lambda_.invoke(FunctionName=function, InvocationType="Event", Payload=payload)["StatusCode"]


def send_failures_to(aws: AwsAccount, function: str, queue: str, retries: int) -> None:
    """Have a function's failed events sent to a queue."""
    aws.clients.lambda_.put_function_event_invoke_config(
        FunctionName=function,
        MaximumRetryAttempts=retries,
        DestinationConfig={"OnFailure": {"Destination": aws.arn_of(queue)}},
    )
    aws.wait_for_propagation()


@behaviour(service="lambda", source=f"{GUIDE}/invocation-async.html")
def an_asynchronous_call_is_accepted_at_once(aws: AwsAccount) -> None:
    """An asynchronous call answers 202 and runs afterwards."""
    queue = aws.queue()
    source = """
        import boto3
        def handler(event, context):
            boto3.client("sqs").send_message(QueueUrl=event["queue"], MessageBody="ran")
    """
    status = invoke_asynchronously(aws, aws.function(source, Timeout=15), {"queue": queue})
    expect(status == 202, f"status {status}")
    expect(aws.collect(queue, 1) == ["ran"], "another message")


@behaviour(service="lambda", source=f"{GUIDE}/invocation-async-retain-records.html")
def an_asynchronous_call_that_keeps_failing_goes_to_its_destination(aws: AwsAccount) -> None:
    """An event whose retries are used up goes to the on-failure destination, with event, error and count."""
    lost, function = aws.queue(), aws.function(FAILS)
    send_failures_to(aws, function, lost, 0)
    invoke_asynchronously(aws, function, {"order": "A-7"})
    (body,) = aws.collect(lost, 1)
    record = json.loads(body)
    expect(record["requestPayload"] == {"order": "A-7"}, f"event {record['requestPayload']}")
    context = record["requestContext"]
    reported = (context["condition"], context["approximateInvokeCount"])
    expect(reported == ("RetriesExhausted", 1), f"condition and count {reported}")
    expect(context["functionArn"].startswith(function), f"function {context['functionArn']}")
    expect(record["responsePayload"]["errorType"] == "ValueError", f"error {record['responsePayload']}")
    expect(record["responseContext"]["functionError"] == "Unhandled", f"{record['responseContext']}")


@behaviour(service="lambda", source=f"{GUIDE}/invocation-async-error-handling.html", seconds=60)
def an_asynchronous_call_is_retried_as_often_as_is_set(aws: AwsAccount) -> None:
    """A failing asynchronous call is repeated as often as its function says, with one request id."""
    seen, lost = aws.queue(), aws.queue()
    function = aws.function(COUNTS_TRIES, Environment={"Variables": {"SEEN": seen}}, Timeout=15)
    send_failures_to(aws, function, lost, 1)
    invoke_asynchronously(aws, function, None)
    (body,) = aws.collect(lost, 1, seconds=40)
    tries = aws.collect(seen, 2)
    expect(len(tries) == 2 and len(set(tries)) == 1, f"request ids {tries}")
    count = json.loads(body)["requestContext"]["approximateInvokeCount"]
    expect(count == 2, f"count {count}")
