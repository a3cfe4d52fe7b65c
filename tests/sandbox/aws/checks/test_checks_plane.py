"""What another program made is looked up on the running plane before it is called missing."""

import json

import pytest
from plane_fixture import ROLE, AwsPlane, named

from sandbox.aws.checks.core import resource_names as names
from sandbox.aws.clients import Clients
from sandbox.aws.lookup import PROBES, may_exist
from sandbox.aws.package import AwsPackage
from sandbox.aws.plane import AWS_ACCOUNT, AWS_REGION

pytestmark = pytest.mark.plane


def made(plane: AwsPlane) -> dict[str, list[str]]:
    """One resource of every type that can be looked up, with what a program may call it."""
    clients, name = plane.clients, named("other")
    queue = plane.queue()
    function = plane.function("def handler(event, context): return event")
    clients.dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    bus = clients.events.create_event_bus(Name=name)["EventBusArn"]
    clients.events.put_rule(Name=name, EventBusName=name, EventPattern='{"source": ["shop"]}')
    topic = clients.sns.create_topic(Name=name)["TopicArn"]
    clients.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": []}))
    clients.s3.create_bucket(Bucket=name)
    clients.scheduler.create_schedule_group(Name=name)
    return {
        names.QUEUE: [queue, plane.arn_of(queue), queue.rsplit("/", 1)[1]],
        names.FUNCTION: [function, function.rsplit(":", 1)[1]],
        names.TABLE: [name, f"arn:aws:dynamodb:{AWS_REGION}:{AWS_ACCOUNT}:table/{name}"],
        names.BUS: [name, bus],
        names.RULE: [f"{name}/{name}"],
        names.TOPIC: [topic],
        names.ROLE: [name],
        names.BUCKET: [name],
        names.SCHEDULE_GROUP: [name],
    }


def test_the_plane_is_asked_for_each_type_under_each_of_its_names(aws_plane: AwsPlane) -> None:
    resources = made(aws_plane)
    assert set(resources) == set(PROBES)
    for token, references in resources.items():
        for reference in references:
            assert may_exist(aws_plane.clients, token, reference), (token, reference)
            name = reference.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
            assert not may_exist(aws_plane.clients, token, reference.replace(name, "nothing")), (token, reference)


def test_another_programs_queue_may_be_read_and_a_queue_that_is_nowhere_may_not(aws_plane: AwsPlane) -> None:
    provider = AwsPackage(aws_plane.endpoint).configure({})
    token = "aws:lambda/eventSourceMapping:EventSourceMapping"
    function = aws_plane.function("def handler(event, context): return event")
    inputs = {"functionName": function, "eventSourceArn": aws_plane.arn_of(aws_plane.queue())}
    assert provider.check(token, "mapping", {}, inputs, b"seed").failures == []
    gone = {**inputs, "eventSourceArn": f"arn:aws:sqs:{AWS_REGION}:{AWS_ACCOUNT}:gone"}
    (failure,) = provider.check(token, "mapping", {}, gone, b"seed").failures
    assert failure.reason.endswith("which does not exist; create the queue first")


def test_what_is_deleted_is_missing_again(aws_plane: AwsPlane) -> None:
    provider = AwsPackage(aws_plane.endpoint).configure({})
    token, name = "aws:s3/bucket:Bucket", named("bucket")
    checked = provider.check(token, "bucket", {}, {"bucket": name}, b"seed").inputs
    created = provider.create(token, "bucket", checked, preview=False)
    object_ = ("aws:s3/bucketObjectv2:BucketObjectv2", "object", {}, {"bucket": name, "key": "a", "content": "a"})
    assert provider.check(*object_, b"seed").failures == []
    provider.delete(token, created.id, checked, created.outputs)
    assert [failure.property for failure in provider.check(*object_, b"seed").failures] == ["bucket"]


def test_a_plane_that_does_not_run_denies_nothing() -> None:
    assert may_exist(Clients(lambda: None, AWS_REGION), names.ROLE, ROLE)
