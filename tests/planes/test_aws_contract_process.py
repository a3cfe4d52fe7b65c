"""What the host needs of the plane's process, and the small services: keys, secrets, parameters."""

import json
import os
import socket
from pathlib import Path

import psutil
import pytest
from botocore.exceptions import ClientError
from plane_fixture import AwsPlane, named

from sandbox.host import Sandbox

pytestmark = pytest.mark.plane


def processes(plane: AwsPlane) -> list[psutil.Process]:
    pid = plane.sandbox.status()[0].pid
    assert pid is not None
    leader = psutil.Process(pid)
    return [leader, *leader.children(recursive=True)]


def test_the_plane_and_its_workers_listen_on_loopback_alone(aws_plane: AwsPlane) -> None:
    aws_plane.invoke(aws_plane.function("def handler(event, context):\n    print('works')"))
    found = processes(aws_plane)
    sockets = {
        (s.laddr.ip, s.laddr.port)
        for p in found
        for s in p.net_connections(kind="inet")
        if s.status == psutil.CONN_LISTEN or (s.type == socket.SOCK_DGRAM and s.laddr)
    }
    assert len(found) > 1, "a function's worker was to be looked at too"
    assert sockets == {("127.0.0.1", int(aws_plane.endpoint.rsplit(":", 1)[1]))}


def test_nothing_of_the_callers_environment_reaches_a_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARK_OF_THE_CALLER", "a secret of the caller")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a token of the caller")
    sandbox = Sandbox(tmp_path)
    try:
        sandbox.start("aws")
        plane = AwsPlane(sandbox, tmp_path)
        function = plane.function("import os\ndef handler(e, c):\n    print('env')\n    return dict(os.environ)")
        seen = json.dumps([plane.invoke(function)["payload"], *(p.environ() for p in processes(plane))])
    finally:
        sandbox.stop()
    assert "of the caller" not in seen
    assert os.environ["MARK_OF_THE_CALLER"]


def test_a_reset_empties_the_plane(aws_plane: AwsPlane) -> None:
    aws_plane.queue()
    aws_plane.clients.s3.create_bucket(Bucket=named("bucket"))
    assert aws_plane.http("POST", "/_ministack/reset").status_code == 200
    assert not aws_plane.clients.sqs.list_queues().get("QueueUrls")
    assert aws_plane.clients.s3.list_buckets()["Buckets"] == []


def test_everything_is_back_after_a_stop_and_a_start(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path)
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
        function = plane.function("def handler(event, context):\n    print('runs')\n    return event")
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


def test_a_key_encrypts_under_its_context_alone(aws_plane: AwsPlane) -> None:
    kms = aws_plane.clients.kms
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    sealed = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext={"table": "orders"})["CiphertextBlob"]
    assert b"secret" not in sealed
    assert kms.decrypt(CiphertextBlob=sealed, EncryptionContext={"table": "orders"})["Plaintext"] == b"secret"
    with pytest.raises(ClientError):
        kms.decrypt(CiphertextBlob=sealed, EncryptionContext={"table": "other"})


def test_a_disabled_key_decrypts_nothing(aws_plane: AwsPlane) -> None:
    kms = aws_plane.clients.kms
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    sealed = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    kms.disable_key(KeyId=key)
    with pytest.raises(ClientError, match="Disabled"):
        kms.decrypt(CiphertextBlob=sealed)


def test_a_secret_is_readable_by_version_and_gone_when_deleted(aws_plane: AwsPlane) -> None:
    secrets, name = aws_plane.clients.secretsmanager, named("secret")
    first = secrets.create_secret(Name=name, SecretString="one")["VersionId"]
    secrets.put_secret_value(SecretId=name, SecretString="two")
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "two"
    assert secrets.get_secret_value(SecretId=name, VersionId=first)["SecretString"] == "one"
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        secrets.get_secret_value(SecretId=name)


def test_a_secret_parameter_is_decrypted_only_when_asked(aws_plane: AwsPlane) -> None:
    ssm, name = aws_plane.clients.ssm, f"/{named('parameter')}"
    ssm.put_parameter(Name=name, Value="hidden", Type="SecureString")
    assert ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] == "hidden"
    assert ssm.get_parameter(Name=name)["Parameter"]["Value"] != "hidden"
