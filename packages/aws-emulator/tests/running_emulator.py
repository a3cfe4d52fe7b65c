"""A running emulator, started by its own command line, and what tests do with it."""

import contextlib
import functools
import io
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import textwrap
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

T = TypeVar("T")
PACKAGE = Path(__file__).parents[1]
SOURCES = PACKAGE / "src"
ACCOUNT, REGION = "000000000000", "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"
SERVICES = ("lambda", "events", "firehose", "scheduler", "apigateway", "states")
DEADLINE_SECONDS, START_SECONDS, STOP_SECONDS = 20.0, 60.0, 20.0
# Of clients that connect by plain HTTP alone: each would read all certificates of the system, which costs more than its
# requests.
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
# Of this process; no child has it, which a test looks at.
MARK = ("MARK_OF_THE_HOST", "a secret of the host")


@functools.cache
def interpreter(extra: str) -> Path:
    """The interpreter of an environment with an extra of the package, as the workspace's lock pins it."""
    environment = Path(sys.prefix) / "aws-emulator" / extra
    command = [str(Path(sys.prefix) / "bin" / "uv"), "sync", "--quiet", "--frozen", "--no-install-workspace"]
    command += ["--package", "scaleshop-aws-emulator", "--extra", extra, "--python", sys.executable]
    variables = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(environment)}
    subprocess.run(command, env=variables, cwd=PACKAGE, check=True)
    return environment / "bin" / "python"


@dataclass
class RunningProcess:
    """A process of the command line."""

    popen: subprocess.Popen[bytes]

    @property
    def alive(self) -> bool:
        return self.popen.poll() is None

    def stop(self, *, seconds: float = STOP_SECONDS) -> bool:
        """End it; true when it did so by itself."""
        if self.alive:
            self.popen.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.popen.wait(seconds) == 0
        os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()
        return False


def launch(arguments: Sequence[str], log: Path, temporary: Path, **variables: str) -> RunningProcess:
    """Start `python -m aws_emulator` with arguments; nothing of this process's variables goes to it."""
    temporary.mkdir(parents=True, exist_ok=True)
    command = [str(interpreter("emulator")), "-P", "-m", "aws_emulator", *arguments]
    places = {"HOME": str(temporary), "TMPDIR": str(temporary), "PYTHONPATH": str(SOURCES)}
    environment = {"PATH": os.defpath, "LANG": "C.UTF-8", **places, **variables}
    with log.open("ab") as output:
        return RunningProcess(
            subprocess.Popen(
                command, env=environment, cwd=temporary, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,
            )
        )  # fmt: skip


def functions_arguments(emulator: str, port: int, directory: Path, *options: str) -> list[str]:
    """The arguments of the functions' process."""
    return [
        *("functions", "--port", str(port), "--emulator", emulator, "--directory", str(directory)),
        *("--python", str(interpreter("functions")), *options),
    ]


class EmulatorClients:
    """API clients by service; `clients.sqs` is one for SQS."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint, self._made = endpoint, dict[str, Any]()

    def __getattr__(self, service: str) -> Any:
        if service not in self._made:
            self._made[service] = boto3.client(
                service.rstrip("_"),
                endpoint_url=self._endpoint,
                region_name=REGION,
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=Config(
                    retries={"max_attempts": 2, "mode": "standard"}, proxies={}, s3={"addressing_style": "path"}
                ),
            )
        return self._made[service]


@dataclass
class RunningEmulator:
    """An emulator with a directory of its own, and its functions' process unless it has none."""

    directory: Path
    serve_options: Sequence[str] = ()
    functions_options: Sequence[str] = ()
    beside: bool = True
    """Whether functions run in a process beside it."""
    port: int = 0
    functions_port: int = 0
    clients: EmulatorClients = field(init=False)
    process: RunningProcess = field(init=False)
    functions_process: RunningProcess | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def functions_url(self) -> str:
        return f"http://127.0.0.1:{self.functions_port}"

    @property
    def log(self) -> Path:
        return self.directory / "emulator.log"

    @property
    def functions_log(self) -> Path:
        return self.directory / "functions.log"

    @property
    def homes(self) -> Path:
        """Where environments of functions have their directories."""
        return self.directory / "functions" / "environments"

    def start(self) -> None:
        """Start what does not run, on the ports of before, and return when it serves."""
        self.port, self.functions_port = self.port or free_port(), self.functions_port or free_port()
        beside = ("--functions", self.functions_url) if self.beside else ()
        arguments = ["serve", "--port", str(self.port), "--state-directory", str(self.directory / "data"), *beside]
        self.process = launch([*arguments, *self.serve_options], self.log, self.directory / "tmp")
        _serves(self.process, f"{self.endpoint}/_ministack/health", self.log)
        self.clients = EmulatorClients(self.endpoint)
        if self.beside and not (self.functions_process and self.functions_process.alive):
            self.start_functions()

    def start_functions(self) -> None:
        """Start the functions' process, and return when it serves."""
        arguments = functions_arguments(
            self.endpoint, self.functions_port, self.directory / "functions", *self.functions_options
        )
        self.functions_process = launch(arguments, self.functions_log, self.directory / "functions-tmp")
        _serves(self.functions_process, f"{self.functions_url}/health", self.functions_log)

    def stop(self) -> None:
        """End both, the functions first; what the emulator has is there at the next start."""
        if self.functions_process is not None:
            self.functions_process.stop()
        self.process.stop()

    def restart(self) -> None:
        """Stop and start."""
        self.stop()
        self.start()

    def http(self, method: str, path: str, *, host: str | None = None, **request: Any) -> httpx.Response:
        """A request as a browser or client would send it; `host` picks a distribution or domain."""
        headers = {**request.pop("headers", {}), **({"Host": host} if host else {})}
        url = path if "://" in path else self.endpoint + path
        with httpx.Client(trust_env=False, verify=NO_CERTIFICATES, timeout=DEADLINE_SECONDS) as client:
            return client.request(method, url, headers=headers, **request)

    def request(self, method: str, path: str, document: Any = None) -> httpx.Response:
        """A request to `/_sandbox/`."""
        return self.http(method, f"/_sandbox/{path}", headers={"X-Sandbox": "1"}, content=json.dumps(document))

    def figures(self, supplement: str) -> dict[str, Any]:
        """What a supplement does now."""
        found = self.request("GET", "status").json()["supplements"]
        return next(one["figures"] for one in found if one["name"] == supplement)

    def control(self, method: str, path: str) -> tuple[int, Any]:
        """Ask the functions' process."""
        with httpx.Client(trust_env=False, verify=NO_CERTIFICATES, timeout=10) as client:
            answer = client.request(method, self.functions_url + path)
        return answer.status_code, answer.json()

    def environments(self, function: str = "") -> list[dict[str, Any]]:
        """The living environments, of one function or of all."""
        found = self.control("GET", "/environments")[1]["environments"]
        return [e for e in found if not function or e["function"] == function.split(":")[6]]

    def messages(self, function: str, wanted: str = "REPORT", group: str = "") -> list[str]:
        """All log lines of a function, once one has what is wanted."""
        name = group or f"/aws/lambda/{function.split(':')[6]}"

        def lines() -> list[str] | None:
            try:
                found = self.clients.logs.filter_log_events(logGroupName=name)["events"]
            except self.clients.logs.exceptions.ResourceNotFoundException:
                return None
            texts = [event["message"] for event in found]
            return texts if any(wanted in text for text in texts) else None

        return wait_until(lines, f"'{wanted}' in the log group {name}")

    def function(self, source: str, **settings: Any) -> str:
        """The ARN of a new function whose module is `source` with a `handler`; its role allows everything."""
        self.allow_everything()
        usual = {
            "FunctionName": make_name("function"),
            "Role": ROLE,
            "Runtime": "python3.13",
            "Handler": "main.handler",
        }
        given = {**usual, "Code": {"ZipFile": zip_files({"main.py": source})}, **settings}
        return str(self.clients.lambda_.create_function(**given)["FunctionArn"])

    def invoke(self, function: str, event: Any = None, **how: Any) -> Mapping[str, Any]:
        """The answer of a function: `payload` is what it returned, `error` the kind of its failure."""
        found = self.clients.lambda_.invoke(FunctionName=function, Payload=json.dumps(event), **how)
        return {"payload": json.loads(found["Payload"].read() or b"null"), "error": found.get("FunctionError")}

    def queue(self, **attributes: Any) -> str:
        """The URL of a new queue; with `FifoQueue=True` a FIFO one."""
        texts = {n: str(v).lower() if isinstance(v, bool) else str(v) for n, v in attributes.items()}
        name = make_name("queue") + (".fifo" if attributes.get("FifoQueue") else "")
        return str(self.clients.sqs.create_queue(QueueName=name, Attributes=texts)["QueueUrl"])

    def attributes(self, queue: str) -> dict[str, str]:
        """All attributes of a queue."""
        return dict(self.clients.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"])

    def arn_of(self, queue: str) -> str:
        """The ARN of a queue."""
        return self.attributes(queue)["QueueArn"]

    def open_to(self, queue: str, service: str) -> None:
        """Let a service (`sns`, `events`) send to a queue, as its policy must."""
        principal = {"Service": f"{service}.amazonaws.com"}
        policy = make_document(
            {"Effect": "Allow", "Action": "sqs:SendMessage", "Principal": principal, "Resource": "*"}
        )
        self.clients.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})

    def send(self, queue: str, *bodies: str) -> None:
        """Send messages, in order."""
        for body in bodies:
            self.clients.sqs.send_message(QueueUrl=queue, MessageBody=body)

    def take_messages(self, queue: str, wait: int = 0) -> list[str]:
        """The bodies of up to ten messages, which are deleted."""
        found = self.clients.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=wait)
        for message in found.get("Messages", []):
            self.clients.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in found.get("Messages", [])]

    def collect_messages(self, queue: str, count: int) -> list[str]:
        """The bodies of messages, which are deleted, once there are `count` at least."""
        found: list[str] = []

        def enough() -> bool:
            found.extend(self.take_messages(queue, wait=1))
            return len(found) >= count

        wait_until(enough, f"{count} messages")
        return found

    def table(self, stream: str = "") -> str:
        """The name of a new table with the keys `pk` and `sk`; `stream` is a view type."""
        name = make_name("table")
        streamed = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": stream}} if stream else {}
        self.clients.dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": n, "KeyType": t} for n, t in (("pk", "HASH"), ("sk", "RANGE"))],
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
            **streamed,
        )
        return name

    def bucket(self) -> str:
        """The name of a new bucket."""
        name = make_name("bucket")
        self.clients.s3.create_bucket(Bucket=name)
        return name

    def topic(self) -> str:
        """The ARN of a new topic."""
        return str(self.clients.sns.create_topic(Name=make_name("topic"))["TopicArn"])

    def role(self, *statements: Mapping[str, Any], services: Sequence[str] = SERVICES, name: str = "") -> str:
        """The ARN of a new role that services may take, allowed what the statements say."""
        name, iam = name or make_name("role"), self.clients.iam
        principal = {"Service": [f"{service}.amazonaws.com" for service in services]}
        trust = make_document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal})
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=make_document(*statements))
        return str(made["Arn"])

    def allow_everything(self) -> None:
        """Make `ROLE`, once."""
        with contextlib.suppress(self.clients.iam.exceptions.EntityAlreadyExistsException):
            self.role({"Effect": "Allow", "Action": "*", "Resource": "*"}, name=ROLE.rsplit("/", 1)[1])


@contextlib.contextmanager
def run_emulator(
    directory: Path, *, without: str = "", serve: Sequence[str] = (), functions: Sequence[str] = ()
) -> Iterator[RunningEmulator]:
    """A started emulator, ended with the block.

    Args:
        directory: Its own; another one that runs there later has what this one leaves.
        without: Supplements to leave out, by commas.
        serve: More options of `serve`.
        functions: More options of `functions`.
    """
    beside = not {"all", "functions"} & set(without.split(","))
    options = (*(("--without", without) if without else ()), *serve)
    found = RunningEmulator(directory, options, functions, beside)
    try:
        found.start()
        yield found
    finally:
        found.stop()


def wait_until(ask: Callable[[], T | None], what: str, *, seconds: float = DEADLINE_SECONDS) -> T:
    """The first answer that is not empty; fails with `what` when none comes in time."""
    deadline = time.monotonic() + seconds
    while not (found := ask()):
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds:g} s: {what}; last answer {found!r}")
        time.sleep(0.02)  # between two looks at the condition
    return found


def try_call(call: Callable[..., Any], **arguments: Any) -> str:
    """The code of a call's error, `fine` where there is none."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "fine"


def make_name(kind: str) -> str:
    """A name that nothing else has."""
    return f"{kind}-{uuid.uuid4().hex[:8]}"


def make_document(*statements: Mapping[str, Any]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def zip_files(files: Mapping[str, str]) -> bytes:
    """A zip file of texts by path."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for path, text in files.items():
            file.writestr(path, textwrap.dedent(text))
    return buffer.getvalue()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _serves(process: RunningProcess, url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(trust_env=False, verify=NO_CERTIFICATES, timeout=1) as client:
        while process.alive and time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                if client.get(url).status_code == 200:
                    return
            time.sleep(0.02)  # between two looks at the condition
    process.stop(seconds=1)
    pytest.fail(f"{url} does not serve:\n{log.read_text()[-2000:]}")
