"""The account that one behaviour works in: it makes what it needs, and everything it made is removed."""

import io
import json
import textwrap
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.contract.behaviour import Broken
from sandbox.contract.scope import SECONDS, Scope
from sandbox.contract.world import document
from sandbox.providers.aws.clients import code_of

LONGEST = 300
PYTHON = "python3.13"
# What CreateFunction says of a role that not every part of AWS knows yet.
UNKNOWN_ROLE = "cannot be assumed"


class Account(Scope):
    """An account as one behaviour sees it."""

    def queue(self, **attributes: Any) -> str:
        """The URL of a new queue; with `FifoQueue=True` a FIFO one."""
        texts = {name: _text(value) for name, value in attributes.items()}
        name = self.name("queue") + (".fifo" if attributes.get("FifoQueue") else "")
        url = str(self.clients.sqs.create_queue(QueueName=name, Attributes=texts, tags=self.world.tags)["QueueUrl"])
        self.undo(self.clients.sqs.delete_queue, QueueUrl=url)
        return url

    def arn_of(self, queue: str) -> str:
        """The ARN of a queue."""
        return self.attributes(queue, "QueueArn")["QueueArn"]

    def attributes(self, queue: str, *names: str) -> dict[str, str]:
        """Attributes of a queue, all by default."""
        found = self.clients.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=list(names) or ["All"])
        return dict(found["Attributes"])

    def open_to(self, queue: str, service: str) -> None:
        """Let a service (`sns`, `events`) send to a queue, as the queue's policy must."""
        principal = {"Service": f"{service}.amazonaws.com"}
        arn = self.arn_of(queue)
        policy = document({"Effect": "Allow", "Action": "sqs:SendMessage", "Principal": principal, "Resource": arn})
        self.clients.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})

    def send(self, queue: str, *bodies: str, **more: Any) -> None:
        """Send messages, in order."""
        for body in bodies:
            self.clients.sqs.send_message(QueueUrl=queue, MessageBody=body, **more)

    def taken(self, queue: str, wait: int = 1) -> list[str]:
        """The bodies of up to ten messages, which are deleted; waits `wait` seconds for the first."""
        sqs = self.clients.sqs
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=wait).get("Messages", [])
        for message in found:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in found]

    def collected(self, queue: str, count: int, *, seconds: float = SECONDS) -> list[str]:
        """The bodies of messages, which are deleted, once there are `count` at least."""
        found: list[str] = []

        def enough() -> bool:
            found.extend(self.taken(queue))
            return len(found) >= count

        try:
            self.eventually(enough, f"{count} messages", seconds=seconds)
        except Broken as error:
            msg = f"{error}; received: {found}"
            raise Broken(msg) from error
        return found

    def table(self, stream: str = "", **settings: Any) -> str:
        """The name of a new table with the keys `pk` and `sk`; `stream` is a view type."""
        dynamodb, name = self.clients.dynamodb, self.name("table")
        streamed = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": stream}} if stream else {}
        usual = {
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": n, "KeyType": t} for n, t in (("pk", "HASH"), ("sk", "RANGE"))],
            "AttributeDefinitions": [{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
        }
        tags = [{"Key": key, "Value": value} for key, value in self.world.tags.items()]
        dynamodb.create_table(TableName=name, Tags=tags, **{**usual, **streamed, **settings})
        self.undo(dynamodb.delete_table, TableName=name)
        dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        return name

    def bucket(self, **settings: Any) -> str:
        """The name of a new bucket."""
        s3, name = self.clients.s3, self.name("bucket")
        if self.region != "us-east-1":
            settings["CreateBucketConfiguration"] = {"LocationConstraint": self.region}
        s3.create_bucket(Bucket=name, **settings)
        self.undo(s3.delete_bucket, Bucket=name)
        self.undo(_empty, s3, name)
        return name

    def topic(self, **attributes: str) -> str:
        """The ARN of a new topic."""
        sns = self.clients.sns
        arn = str(sns.create_topic(Name=self.name("topic"), Attributes=attributes)["TopicArn"])
        self.undo(sns.delete_topic, TopicArn=arn)
        return arn

    def bus(self) -> str:
        """The name of a new event bus; its rules are removed with it."""
        events, name = self.clients.events, self.name("bus")
        events.create_event_bus(Name=name)
        self.undo(events.delete_event_bus, Name=name)
        return name

    def role(self, *statements: Mapping[str, Any], service: str = "lambda") -> str:
        """The ARN of a new role that a service may take, allowed what the statements say."""
        return self.world.make_role(self.removal, [service], statements)

    def function(self, source: str, **settings: Any) -> str:
        """The ARN of a new function whose module is `source` with a `handler`; it has the run's role."""
        lambda_, name = self.clients.lambda_, self.name("function")
        usual = {
            "Runtime": PYTHON,
            "Handler": "main.handler",
            "Role": settings.get("Role") or self.world.role(),
            "Code": {"ZipFile": zipped({"main.py": source})},
        }

        def make() -> Any:
            try:
                return lambda_.create_function(FunctionName=name, Tags=self.world.tags, **{**usual, **settings})
            except Exception as error:
                if code_of(error) != "InvalidParameterValueException" or UNKNOWN_ROLE not in str(error):
                    raise
                return None

        made = self.eventually(make, "a role that functions can take", seconds=60)
        self.undo(self.clients.logs.delete_log_group, logGroupName=f"/aws/lambda/{name}")
        self.undo(lambda_.delete_function, FunctionName=name)
        if self.endpoint is None:
            lambda_.get_waiter("function_active_v2").wait(FunctionName=name)
        return str(made["FunctionArn"])

    def permit(self, function: str, service: str, **source: str) -> str:
        """Let a service (`sns`) invoke a function, for a `SourceArn` or `SourceAccount`; the statement's id."""
        statement = self.name("statement")
        self.clients.lambda_.add_permission(
            FunctionName=function,
            StatementId=statement,
            Action="lambda:InvokeFunction",
            Principal=f"{service}.amazonaws.com",
            **source,
        )
        return statement

    def invoke(self, function: str, event: Any = None, **how: Any) -> dict[str, Any]:
        """The answer of a function: `payload` is what it returned, `error` the kind of its failure."""
        found = self.clients.lambda_.invoke(FunctionName=function, Payload=json.dumps(event), **how)
        return {"payload": json.loads(found["Payload"].read() or b"null"), "error": found.get("FunctionError")}

    def refused(self, call: Callable[..., Any], **request: Any) -> dict[str, Any]:
        """The answer to a call that must be refused; the error's code is in `["Error"]["Code"]`.

        Raises:
            Broken: it was not.
        """
        from botocore.exceptions import ClientError  # noqa: PLC0415 - costs a third of a second

        try:
            answer = call(**request)
        except ClientError as error:
            return dict(error.response)
        answer.pop("ResponseMetadata", None)
        msg = f"it was not refused: {str(answer)[:LONGEST]}"
        raise Broken(msg)

    def http(self, method: str, url: str, **request: Any) -> Any:
        """A request as a browser or client would send it; a path alone goes to the sandbox."""
        import httpx  # noqa: PLC0415 - few behaviours need it

        whole = url if "://" in url else f"{self.endpoint}{url}"
        with httpx.Client(trust_env=False, timeout=SECONDS) as client:
            return client.request(method, whole, **request)


def zipped(files: Mapping[str, str]) -> bytes:
    """A zip file of texts by path."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for path, text in files.items():
            file.writestr(path, textwrap.dedent(text))
    return buffer.getvalue()


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _empty(s3: Any, bucket: str) -> None:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for found in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            s3.delete_object(Bucket=bucket, Key=found["Key"], VersionId=found["VersionId"])
