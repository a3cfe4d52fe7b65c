"""Queues, asynchronous events and moves on a plane: what survives a stop, what status says, what is not lost."""

import json
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from plane_fixture import AwsPlane, changed_plane, eventually, named

from sandbox.aws.contract.asynchronous import SOURCE, configured, ran, sent
from sandbox.aws.contract.fixtures.account import Account
from sandbox.aws.contract.fixtures.consumers import Line, line, read
from sandbox.aws.contract.fixtures.target import AwsTarget
from sandbox.aws.contract.redrive import Poisoned
from sandbox.aws.plane import PLANE
from sandbox.host import Sandbox

pytestmark = pytest.mark.plane
# Tells of a batch before it works on it.
SLOW = """
    import json, time
    def handler(event, context):
        told = {"bodies": [json.loads(r["body"]) for r in event["Records"]], "first": event["Records"][:1]}
        print("HEARD " + json.dumps({**told, "began": time.time()}), flush=True)
        if told["first"][0]["attributes"]["ApproximateReceiveCount"] == "1":
            time.sleep(60)
"""


@dataclass(frozen=True)
class Left:
    """What a plane had when it was stopped."""

    aws: Account
    waited: str
    """A function with events that waited for one another."""
    batch: Line
    """A queue with a batch that ran."""
    poisoned: Poisoned
    moved: int
    """How many messages its task had moved."""


def account(plane: AwsPlane) -> Account:
    return Account(AwsTarget(plane.clients, plane.endpoint))


def figures(plane: AwsPlane, name: str) -> dict[str, Any]:
    found = plane.http("GET", "/_sandbox/status").json()["supplements"]
    return next(one["figures"] for one in found if one["name"] == name)


@pytest.fixture
def aws(aws_plane: AwsPlane) -> Iterator[Account]:
    """An account of the module's plane; what a test made is removed."""
    found = account(aws_plane)
    yield found
    assert found.close() == []


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Left]:
    """A plane that was stopped in the midst of work and started again."""
    directory = tmp_path_factory.mktemp("restart")
    sandbox = Sandbox(directory, [PLANE])
    try:
        sandbox.start("aws")
        plane = AwsPlane(sandbox, directory)
        aws = account(plane)
        waited = aws.function(SOURCE, Timeout=60)
        aws.clients.lambda_.put_function_concurrency(FunctionName=waited, ReservedConcurrentExecutions=1)
        for number in range(3):
            sent(aws, waited, {"n": number, "sleep": 4})
        batch = Line(aws, aws.queue(VisibilityTimeout=600), aws.function(SLOW, Timeout=100))
        read(batch)
        batch.send({"n": 0})
        poisoned = Poisoned(aws, *"abcdefghij")
        poisoned.move(MaxNumberOfMessagesPerSecond=1)
        batch.given(1)
        moved = eventually(lambda: poisoned.tasks()[0]["ApproximateNumberOfMessagesMoved"], "a message moved")
        sandbox.stop()
        sandbox.start("aws")
        yield Left(account(plane), waited, batch, poisoned, moved)
    finally:
        sandbox.stop()


def test_events_that_were_accepted_run_after_a_restart(left: Left) -> None:
    calls = ran(left.aws, left.waited, 3, seconds=30)
    assert {call["event"]["n"] for call in calls} == {0, 1, 2}


def test_a_batch_that_ran_at_a_stop_runs_again_though_its_visibility_timeout_is_long(left: Left) -> None:
    made = Line(left.aws, left.batch.queue, left.batch.function)
    again = made.calls(lambda calls: len(calls) >= 2)[1]
    assert again["first"][0]["attributes"]["ApproximateReceiveCount"] == "2"
    left.aws.eventually(made.is_empty, "an empty queue")


def test_a_move_goes_on_after_a_restart(left: Left) -> None:
    sqs, arn = left.aws.clients.sqs, left.poisoned.arn
    assert left.moved < 10
    eventually(
        lambda: sqs.list_message_move_tasks(SourceArn=arn)["Results"][0]["Status"] == "COMPLETED", "the move's end"
    )
    found = left.aws.collected(left.poisoned.queue, 10)
    assert sorted(found) == list("abcdefghij")


def test_status_says_how_long_a_retry_waits_here_and_on_aws(tmp_path: Path) -> None:
    with changed_plane(tmp_path, SANDBOX_SETTINGS='{"asynchronous": {"retry_seconds": 30}}') as plane:
        aws = account(plane)
        sent(aws, aws.function(SOURCE), {"n": 1, "bad": True})
        found = eventually(lambda: (f := figures(plane, "asynchronous")) and f["waiting"] and f, "an event that waits")
    assert found["retry_seconds"] == [30, 60]
    assert found["retry_seconds_on_aws"] == [60, 120]
    assert (found["running"], found["ended"]) == (0, {})


def test_a_destination_that_is_gone_is_told_of_and_stops_nothing(aws: Account, aws_plane: AwsPlane) -> None:
    gone, dead = aws.queue(), aws.queue()
    function = aws.function(SOURCE, DeadLetterConfig={"TargetArn": aws.arn_of(dead)})
    configured(aws, function, failure=aws.arn_of(gone))
    aws.clients.sqs.delete_queue(QueueUrl=gone)
    sent(aws, function, {"n": 1, "bad": True})
    assert [json.loads(body)["n"] for body in aws.collected(dead, 1)] == [1]
    assert figures(aws_plane, "asynchronous")["ended"]["DestinationDeliveryFailures"] >= 1
    assert "the end of event" in aws_plane.log.read_text()


def test_events_of_a_function_that_is_deleted_are_dropped_and_counted(aws: Account, aws_plane: AwsPlane) -> None:
    function = aws.function(SOURCE, Timeout=10)
    aws.clients.lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=1)
    for number in range(3):
        sent(aws, function, {"n": number, "sleep": 1})
    ran(aws, function, 1)
    aws.clients.lambda_.delete_function(FunctionName=function)
    eventually(lambda: figures(aws_plane, "asynchronous")["ended"].get("FunctionDeleted"), "the others dropped")


def test_a_payload_is_the_same_in_every_attempt(aws: Account) -> None:
    source = """
        def handler(event, context):
            event["tries"] = event.get("tries", 0) + 1
            print("RAN " + '{"tries": %d}' % event["tries"])
            raise ValueError("as asked")
    """
    function = aws.function(source)
    sent(aws, function, {})
    assert [call["tries"] for call in ran(aws, function, 3)] == [1, 1, 1]


def test_a_mapping_counts_what_it_does(aws: Account, aws_plane: AwsPlane) -> None:
    made = line(aws, BatchSize=2)
    made.send({"n": 0}, {"n": 1})
    made.given(2)
    aws.eventually(made.is_empty, "an empty queue")
    found = figures(aws_plane, "queue_sources")["mappings"][made.mapping]
    assert (found["running"], found["messages"]) == (0, 2)
    assert found["batches"] in (1, 2)


def test_a_role_that_may_not_delete_leaves_its_messages(aws: Account) -> None:
    allowed = {"Effect": "Allow", "Action": ["sqs:ReceiveMessage", "sqs:GetQueueAttributes", "logs:*"], "Resource": "*"}
    made = Line(
        aws, aws.queue(VisibilityTimeout=600), aws.function(SLOW.replace('== "1"', '== ""'), Role=aws.role(allowed))
    )
    id_ = read(made)
    made.send({"n": 0})
    result = aws.clients.lambda_.get_event_source_mapping
    aws.eventually(lambda: "sqs:DeleteMessage" in result(UUID=id_)["LastProcessingResult"], "what it may not do")
    assert not made.is_empty()


def test_a_move_is_asked_for_by_the_dead_letter_queues_arn(aws: Account, aws_plane: AwsPlane) -> None:
    made, iam, name = Poisoned(aws, "a"), aws.clients.iam, named("mover")
    iam.create_user(UserName=name)
    aws.undo(iam.delete_user, UserName=name)
    statement = {"Effect": "Allow", "Action": "sqs:*MessageMoveTask*", "Resource": made.arn}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="move", PolicyDocument=document)
    aws.undo(iam.delete_user_policy, UserName=name, PolicyName="move")
    key = iam.create_access_key(UserName=name)["AccessKey"]
    aws.undo(iam.delete_access_key, UserName=name, AccessKeyId=key["AccessKeyId"])
    user = boto3.client(
        "sqs",
        endpoint_url=aws_plane.endpoint,
        region_name=aws.region,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    user.start_message_move_task(SourceArn=made.arn)
    assert aws.collected(made.queue, 1) == ["a"]
    with pytest.raises(ClientError, match="AccessDenied"):
        user.start_message_move_task(SourceArn=aws.arn_of(made.queue))


def test_moves_answer_in_the_query_protocol_too(aws: Account, aws_plane: AwsPlane) -> None:
    made = Poisoned(aws, "a")
    asked = {"Action": "StartMessageMoveTask", "SourceArn": made.arn, "Version": "2012-11-05"}
    assert "<TaskHandle>" in query(aws_plane, aws.region, asked)
    made.ended()
    listed = query(aws_plane, aws.region, {**asked, "Action": "ListMessageMoveTasks"})
    assert "<Status>COMPLETED</Status>" in listed
    refused = query(aws_plane, aws.region, {**asked, "SourceArn": aws.arn_of(made.queue)})
    assert "<Code>InvalidParameterValue</Code>" in refused


def query(plane: AwsPlane, region: str, parameters: dict[str, str]) -> str:
    """The answer to a request as older clients make it."""
    body, kind = urllib.parse.urlencode(parameters), "application/x-www-form-urlencoded"
    request = AWSRequest("POST", f"{plane.endpoint}/", data=body, headers={"Content-Type": kind})
    SigV4Auth(Credentials("test", "test"), "sqs", region).add_auth(request)
    return plane.http("POST", "/", content=body, headers=dict(request.headers)).text
