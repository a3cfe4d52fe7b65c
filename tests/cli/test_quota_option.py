"""`scaleshop up --quota`: what is taken, what is refused, and what reaches the data plane."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from sandbox.aws.emulator import known_quotas
from scaleshop.architectures.aws import quotas
from scaleshop.commands.up import up
from scaleshop.errors import CommandError, Exit


class Limits:
    """Quotas as the emulator keeps them."""

    def __init__(self) -> None:
        self.changed: dict[str, int] = {}

    def value(self, name: str) -> int:
        return self.changed.get(name, known_quotas()[name].default)

    def change(self, wanted: dict[str, int]) -> None:
        self.changed = {name: value for name, value in wanted.items() if value != known_quotas()[name].default}


@contextmanager
def plane(limits: Limits) -> Iterator[tuple[str, list[str]]]:
    """A server that takes quotas as the supplement does; its address, and the methods it was asked by."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.command)
            self._answer(
                200, {"quotas": [{**listed(q.name), "value": limits.value(q.name)} for q in known_quotas().values()]}
            )

        def do_PUT(self) -> None:
            assert self.headers["X-Sandbox"] == "1"
            limits.change(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.do_GET()

        def _answer(self, status: int, document: object) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    def listed(name: str) -> dict[str, object]:
        return {"name": name, "default": known_quotas()[name].default}

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def refused(*texts: str) -> str:
    with pytest.raises(CommandError) as error:
        quotas.parse(texts)
    assert error.value.code == Exit.USAGE
    return str(error.value)


def test_quotas_are_read_from_names_and_numbers() -> None:
    found = quotas.parse(["lambda.concurrency=10", "sqs.inflight=500", "lambda.concurrency=10"])
    assert found == {"lambda.concurrency": 10, "sqs.inflight": 500}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lambda.concurrency=0", "from 1 to 1,000,000"),
        ("lambda.concurrency=ten", "use a whole number of executions from 1"),
        ("lambda.concurrency=-3", "use a whole number of executions from 1"),
        ("lambda.concurrency=1e3", "use a whole number of executions from 1"),
        ("lambda.concurrency=²", "use a whole number of executions from 1"),
        ("lambda.concurrency=", "write a number, as in `lambda.concurrency=1000`"),
        ("lambda.concurrency", "write a number, as in `lambda.concurrency=1000`"),
        ("=5", "known are: lambda.concurrency"),
        ("lambda=5", "known are: lambda.concurrency"),
        ("sqs.message-bytes=5", "can't be set"),
    ],
)
def test_what_cannot_be_set_is_refused_with_what_can(text: str, said: str) -> None:
    message = refused(text)
    assert f"--quota {text}: " in message
    assert said in message


def test_every_bad_quota_is_named_at_once_and_so_is_a_contradiction() -> None:
    message = refused("lambda.concurrency=0", "sqs.inflight=5", "sqs.inflight=6", "nothing=1")
    assert [line.split(":")[0].strip() for line in message.splitlines()[1:]] == [
        "--quota lambda.concurrency=0",
        "--quota sqs.inflight=6",
        "--quota nothing=1",
    ]
    assert "it is 5 already" in message


def test_a_cloud_has_no_quotas_to_set() -> None:
    with pytest.raises(CommandError, match="scaleshop doctor --cloud"):
        up(target="cloud", quota=["lambda.concurrency=10"])


def test_what_is_asked_for_is_set_and_the_rest_is_aws_s_again() -> None:
    limits = Limits()
    limits.change({"sqs.inflight": 5})
    with plane(limits) as (endpoint, _):
        assert quotas.apply(endpoint, {"lambda.concurrency": 10}) == {"sqs.inflight": 5}
        assert limits.changed == {"lambda.concurrency": 10}
        assert quotas.apply(endpoint, {}) == {"lambda.concurrency": 10}
    assert limits.changed == {}


def test_what_the_stack_states_is_its_account_s_concurrency_unless_asked_otherwise() -> None:
    limits = Limits()
    with plane(limits) as (endpoint, _):
        quotas.apply(endpoint, {}, account_concurrency=3_000)
        assert limits.value("lambda.concurrency") == 3_000
        quotas.apply(endpoint, {"lambda.concurrency": 10}, account_concurrency=3_000)
    assert limits.value("lambda.concurrency") == 10


def test_nothing_is_written_where_nothing_changes() -> None:
    with plane(Limits()) as (endpoint, asked):
        quotas.apply(endpoint, {"lambda.concurrency": 1_000})
    assert asked == ["GET"]


def test_a_plane_that_takes_no_quotas_is_named_with_the_fix() -> None:
    with pytest.raises(CommandError, match=r"does not take quotas(?s:.*)scaleshop down") as error:
        quotas.apply("http://127.0.0.1:9", {"lambda.concurrency": 10})
    assert error.value.code == Exit.ENVIRONMENT
