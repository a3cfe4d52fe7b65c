"""The AWS provider over real gRPC, against its data plane."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from plane_fixture import ROLE, AwsPlane, named
from provider_client import Connection, connected

from engine.wire import ARCHIVE, ASSET, SIGNATURE, from_struct
from sandbox.aws.contract.fixtures.account import zip_files
from sandbox.aws.package import AwsPackage
from sandbox.host.grpc_adapter import serve_packages

QUEUE, OBJECT = "aws:sqs/queue:Queue", "aws:s3/bucketObjectv2:BucketObjectv2"
pytestmark = pytest.mark.plane


@pytest.fixture
def aws(aws_plane: AwsPlane) -> Iterator[Connection]:
    with serve_packages([AwsPackage(aws_plane.endpoint)]) as ports, connected(ports["aws"]) as connection:
        connection.configure(region="us-east-1", skipCredentialsValidation="true")
        yield connection


def test_a_queue_lives_on_the_data_plane(aws: Connection, aws_plane: AwsPlane) -> None:
    checked = from_struct(aws.check(QUEUE, "orders", {"visibilityTimeoutSeconds": 30}).inputs)
    id_, outputs = aws.create(QUEUE, checked)
    asked = {"QueueUrl": id_, "AttributeNames": ["VisibilityTimeout"]}
    assert aws_plane.clients.sqs.get_queue_attributes(**asked)["Attributes"] == {"VisibilityTimeout": "30"}
    changed = {**checked, "visibilityTimeoutSeconds": 45}
    assert list(aws.diff(QUEUE, checked, changed).diffs) == ["visibilityTimeoutSeconds"]
    aws.update(QUEUE, id_, checked, changed)
    assert aws_plane.clients.sqs.get_queue_attributes(**asked)["Attributes"] == {"VisibilityTimeout": "45"}
    assert aws.read(QUEUE, id_, changed, outputs)[2]["visibilityTimeoutSeconds"] == 45
    aws.delete(QUEUE, id_, changed)
    assert aws.read(QUEUE, id_, changed, outputs)[0] == ""


def test_what_aws_refuses_is_refused_over_grpc(aws: Connection) -> None:
    (failure,) = aws.check(QUEUE, "orders", {"visibilityTimeoutSeconds": 43201}).failures
    assert failure.property == "visibilityTimeoutSeconds"
    (failure,) = aws.check("aws:nope/nope:Nope", "it", {}).failures
    assert "not among the sandbox's types" in failure.reason


def test_a_file_whose_content_the_engine_withholds_is_read_and_an_overwritten_one_is_seen(
    aws: Connection, aws_plane: AwsPlane, tmp_path: Path
) -> None:
    bucket, page = named("files"), tmp_path / "page.html"
    aws_plane.clients.s3.create_bucket(Bucket=bucket)
    page.write_text("hello")
    digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    whole = {SIGNATURE: ASSET, "path": str(page), "hash": digest}
    inputs = {"bucket": bucket, "key": "page.html", "source": whole, "sourceHash": digest}
    id_, outputs = aws.create(OBJECT, inputs)
    sent = {**inputs, "source": {SIGNATURE: ASSET, "hash": digest}}
    assert aws.read(OBJECT, id_, sent, outputs)[2] == sent
    aws_plane.clients.s3.put_object(Bucket=bucket, Key="page.html", Body=b"other")
    assert aws.read(OBJECT, id_, sent, outputs)[2] == {**sent, "sourceHash": ""}


def test_a_function_whose_code_the_engine_withholds_has_not_drifted(
    aws: Connection, aws_plane: AwsPlane, tmp_path: Path
) -> None:
    aws_plane.allow_everything()
    (tmp_path / "code.zip").write_bytes(zip_files({"main.py": "def handler(event, context): return event"}))
    whole = {SIGNATURE: ARCHIVE, "path": str(tmp_path / "code.zip"), "hash": "abc"}
    inputs = {
        "name": named("function"),
        "role": ROLE,
        "runtime": "python3.13",
        "handler": "main.handler",
        "code": whole,
    }
    id_, outputs = aws.create("aws:lambda/function:Function", inputs)
    sent = {**inputs, "code": {SIGNATURE: ARCHIVE, "hash": "abc"}}
    assert aws.read("aws:lambda/function:Function", id_, sent, outputs)[2] == sent


def test_two_aws_providers_have_their_own_region(aws_plane: AwsPlane) -> None:
    asked = "aws:index/getRegion:getRegion"
    with serve_packages([AwsPackage(aws_plane.endpoint)]) as ports, ExitStack() as stack:
        found = []
        for region in ("us-east-1", "eu-west-1"):
            connection = stack.enter_context(connected(ports["aws"]))
            connection.configure(region=region)
            found.append(connection)
        assert [from_struct(getattr(c.invoke(asked), "return"))["name"] for c in found] == ["us-east-1", "eu-west-1"]
