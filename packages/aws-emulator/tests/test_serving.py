"""Where it listens, what is empty after a reset and back after a restart, what code may write."""

import socket
from pathlib import Path

import psutil
import pytest
from running_emulator import RunningEmulator, make_name, run_emulator, wait_until, zip_files

pytestmark = pytest.mark.plane

TELLS = "import os\ndef handler(event, context):\n    return dict(os.environ)"


def test_everything_listens_on_loopback_alone(emulator: RunningEmulator) -> None:
    emulator.invoke(emulator.function(TELLS))
    assert emulator.functions_process
    leaders = [psutil.Process(p.popen.pid) for p in (emulator.process, emulator.functions_process)]
    found = [process for leader in leaders for process in (leader, *leader.children(recursive=True))]
    sockets = {
        (s.laddr.ip, s.laddr.port)
        for process in found
        for s in process.net_connections(kind="inet")
        if s.status == psutil.CONN_LISTEN or (s.type == socket.SOCK_DGRAM and s.laddr)
    }
    assert len(found) > len(leaders), "a function's worker was to be looked at too"
    assert {emulator.port, emulator.functions_port} <= {port for _, port in sockets}
    assert {address for address, _ in sockets} == {"127.0.0.1"}


def test_a_reset_empties_the_plane(emulator: RunningEmulator) -> None:
    emulator.queue()
    emulator.clients.s3.create_bucket(Bucket=make_name("bucket"))
    assert emulator.http("POST", "/_ministack/reset").status_code == 200
    assert not emulator.clients.sqs.list_queues().get("QueueUrls")
    assert emulator.clients.s3.list_buckets()["Buckets"] == []


def test_a_code_archive_cannot_write_outside_its_own_directory(emulator: RunningEmulator) -> None:
    absolute = emulator.directory / "escaped.txt"
    for outside in ("../../../../escaped.txt", str(absolute)):
        files = {"main.py": TELLS, outside: "escaped"}
        answer = emulator.invoke(emulator.function("", Code={"ZipFile": zip_files(files)}))
        assert answer["error"], f"an archive with {outside} was run"
        assert "escaped.txt" in answer["payload"]["errorMessage"]
    assert list(emulator.directory.parent.rglob("escaped.txt")) == []


def test_a_rate_of_schedules_is_due_by_the_clock(emulator: RunningEmulator) -> None:
    """A rate of 0, which only the emulator takes, is due at every look and goes the way of any other rate."""
    queue = emulator.queue()
    arn = emulator.arn_of(queue)
    made = emulator.role({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn})
    emulator.clients.scheduler.create_schedule(
        Name=make_name("schedule"),
        ScheduleExpression="rate(0 minutes)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": made, "Input": '{"sweep": true}'},
    )
    body = wait_until(lambda: emulator.take_messages(queue, wait=1), "a run of the schedule", seconds=40)[0]
    assert body == '{"sweep": true}'


def test_everything_is_back_after_a_stop_and_a_start(tmp_path: Path) -> None:
    with run_emulator(tmp_path) as plane:
        clients, name = plane.clients, make_name("kept")
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

        plane.restart()

        assert plane.take_messages(queue) == ["kept"]
        assert clients.dynamodb.get_item(TableName=name, Key={"pk": {"S": "kept"}})["Item"] == {"pk": {"S": "kept"}}
        found = clients.s3.get_object(Bucket=name, Key="a/kept")
        assert (found["Body"].read(), found["ContentType"]) == (b"kept", "text/plain")
        assert clients.events.describe_event_bus(Name=name)["Name"] == name
        assert clients.secretsmanager.get_secret_value(SecretId=name)["SecretString"] == "kept"
        assert clients.kms.describe_key(KeyId=key)["KeyMetadata"]["Enabled"]
        assert plane.invoke(function, "again")["payload"] == "again"
        assert clients.lambda_.get_event_source_mapping(UUID=mapped["UUID"])["State"] == "Enabled"
        assert clients.apigatewayv2.get_api(ApiId=api)["Name"] == name
