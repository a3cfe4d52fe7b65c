"""What the host needs of the plane's processes; what the plane does as AWS does is in `sandbox/contract`."""

import json
import os
import socket
from pathlib import Path
from typing import Any

import psutil
import pytest
from plane_fixture import AwsPlane, eventually, named, zipped

from sandbox.aws.plane import PLANE
from sandbox.host import Sandbox

pytestmark = pytest.mark.plane

TELLS = "import os\ndef handler(event, context):\n    return dict(os.environ)"


def processes(plane: AwsPlane) -> list[psutil.Process]:
    """The plane, what runs beside it, and their workers."""
    status = plane.sandbox.status()[0]
    pids = [status.pid, *(companion.pid for companion in status.companions)]
    leaders = [psutil.Process(pid) for pid in pids if pid is not None]
    assert len(leaders) == len(pids), "a process is missing"
    return [process for leader in leaders for process in (leader, *leader.children(recursive=True))]


def test_the_plane_and_its_workers_listen_on_loopback_alone(aws_plane: AwsPlane) -> None:
    aws_plane.invoke(aws_plane.function(TELLS))
    found = processes(aws_plane)
    sockets = {
        (s.laddr.ip, s.laddr.port)
        for process in found
        for s in process.net_connections(kind="inet")
        if s.status == psutil.CONN_LISTEN or (s.type == socket.SOCK_DGRAM and s.laddr)
    }
    status = aws_plane.sandbox.status()[0]
    assert len(found) > 1 + len(status.companions), "a function's worker was to be looked at too"
    endpoints = [status.endpoint, *(companion.endpoint for companion in status.companions)]
    assert {int(endpoint.rsplit(":", 1)[1]) for endpoint in endpoints if endpoint} <= {port for _, port in sockets}
    assert {address for address, _ in sockets} == {"127.0.0.1"}


def test_nothing_of_the_callers_environment_reaches_a_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARK_OF_THE_CALLER", "a secret of the caller")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a token of the caller")
    sandbox = Sandbox(tmp_path, [PLANE])
    try:
        sandbox.start("aws")
        plane = AwsPlane(sandbox, tmp_path)
        told = plane.invoke(plane.function(TELLS))
        seen = json.dumps([told["payload"], *(process.environ() for process in processes(plane))])
    finally:
        sandbox.stop()
    assert told["payload"]["AWS_LAMBDA_FUNCTION_NAME"]
    assert "of the caller" not in seen
    assert os.environ["MARK_OF_THE_CALLER"]


def test_a_reset_empties_the_plane(aws_plane: AwsPlane) -> None:
    aws_plane.queue()
    aws_plane.clients.s3.create_bucket(Bucket=named("bucket"))
    assert aws_plane.http("POST", "/_ministack/reset").status_code == 200
    assert not aws_plane.clients.sqs.list_queues().get("QueueUrls")
    assert aws_plane.clients.s3.list_buckets()["Buckets"] == []


def test_a_code_archive_cannot_write_outside_its_own_directory(aws_plane: AwsPlane) -> None:
    absolute = aws_plane.run_dir / "escaped.txt"
    for outside in ("../../../../escaped.txt", str(absolute)):
        files = {"main.py": TELLS, outside: "escaped"}
        answer = aws_plane.invoke(aws_plane.function("", Code={"ZipFile": zipped(files)}))
        assert answer["error"], f"an archive with {outside} was run"
        assert "escaped.txt" in answer["payload"]["errorMessage"]
    assert list(aws_plane.run_dir.parent.rglob("escaped.txt")) == []


def test_a_rate_of_schedules_is_due_by_the_clock(aws_plane: AwsPlane) -> None:
    """A rate of 0, which only the emulator takes, is due at every look and goes the way of any other rate."""
    queue, role = aws_plane.queue(), named("role")
    arn, iam = aws_plane.arn_of(queue), aws_plane.clients.iam
    trust = _policy(Action="sts:AssumeRole", Principal={"Service": "scheduler.amazonaws.com"})
    made = iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    may = _policy(Action="sqs:SendMessage", Resource=arn)
    iam.put_role_policy(RoleName=role, PolicyName="send", PolicyDocument=may)
    aws_plane.clients.scheduler.create_schedule(
        Name=named("schedule"),
        ScheduleExpression="rate(0 minutes)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": made, "Input": '{"sweep": true}'},
    )
    body = eventually(lambda: aws_plane.taken(queue, wait=1), "a run of the schedule", seconds=40)[0]
    assert body == '{"sweep": true}'


def _policy(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def test_everything_is_back_after_a_stop_and_a_start(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path, [PLANE])
    plane = AwsPlane(sandbox, tmp_path)
    try:
        sandbox.start("aws")
        clients, name = plane.clients, named("kept")
        queue = plane.queue()
        clients.sqs.send_message(QueueUrl=queue, MessageBody="kept")
        clients.dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
        clients.dynamodb.put_item(TableName=name, Item={"pk": {"S": "kept"}})
        clients.s3.create_bucket(Bucket=name)
        clients.s3.put_object(Bucket=name, Key="a/kept", Body=b"kept", ContentType="text/plain")
        clients.events.create_event_bus(Name=name)
        clients.secretsmanager.create_secret(Name=name, SecretString="kept")
        key = clients.kms.create_key()["KeyMetadata"]["KeyId"]
        function = plane.function("def handler(event, context):\n    return event")
        mapped = clients.lambda_.create_event_source_mapping(
            EventSourceArn=plane.arn_of(plane.queue()), FunctionName=function
        )
        api = clients.apigatewayv2.create_api(Name=name, ProtocolType="HTTP")["ApiId"]

        sandbox.stop()
        sandbox.start("aws")

        assert plane.taken(queue) == ["kept"]
        assert clients.dynamodb.get_item(TableName=name, Key={"pk": {"S": "kept"}})["Item"] == {"pk": {"S": "kept"}}
        found = clients.s3.get_object(Bucket=name, Key="a/kept")
        assert (found["Body"].read(), found["ContentType"]) == (b"kept", "text/plain")
        assert clients.events.describe_event_bus(Name=name)["Name"] == name
        assert clients.secretsmanager.get_secret_value(SecretId=name)["SecretString"] == "kept"
        assert clients.kms.describe_key(KeyId=key)["KeyMetadata"]["Enabled"]
        assert plane.invoke(function, "again")["payload"] == "again"
        assert clients.lambda_.get_event_source_mapping(UUID=mapped["UUID"])["State"] == "Enabled"
        assert clients.apigatewayv2.get_api(ApiId=api)["Name"] == name
    finally:
        sandbox.stop()
