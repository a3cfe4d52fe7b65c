"""Invocations a second and cold starts through the emulator, with the functions' process beside it and without.

Both emulators run at the same time and are asked in turn by the same clients, so that what else the machine does
strikes both; without the emulator's IAM, because signing costs a client as much as the rest. These are figures of the
emulator on this machine, not of AWS; the ratios are what matters.
"""

import contextlib
import http.client
import json
import statistics
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
from support.functions import function
from support.load import closed_loop
from support.stack import percentile

from sandbox.aws.clients import Clients
from sandbox.aws.plane import AWS_REGION, PLANE
from sandbox.host.environments import cache_directory
from sandbox.host.plane import PlaneLocation
from sandbox.host.supervisor import Supervisor

ROUNDS = 4
SECONDS = 1.5
COLD = 8
HANDLERS = {
    "silent": "def handler(event, context):\n    return event\n",
    "logging": "def handler(event, context):\n    print('heard', event)\n    return event\n",
}
SDK = "import boto3\nsqs = boto3.client('sqs')\ndef handler(event, context):\n    print('up')\n    return event\n"
TARGETS = {("silent", 1): "5", ("logging", 1): "2", ("silent", 8): "1", ("logging", 8): "1"}
# Without IAM the emulator reads the key and the service alone.
HEADERS = {
    "Content-Type": "application/json",
    "Authorization": f"AWS4-HMAC-SHA256 Credential=test/20260101/{AWS_REGION}/lambda/aws4_request, SignedHeaders=host",
}


@dataclass(frozen=True)
class Side:
    """An emulator, alone or with the functions' process."""

    name: str
    clients: Clients
    functions: str | None = None
    """Address of the functions' process."""

    def function(self, name: str, source: str) -> str:
        """Make a function; its ARN."""
        return function(self.clients, name, source, Timeout=30)


def main() -> None:
    """Measure both sides in turn and print rates, latencies and ratios."""
    with tempfile.TemporaryDirectory(prefix="scaleshop-bench-") as place, contextlib.ExitStack() as stack:
        alone = stack.enter_context(_side("alone", Path(place) / "alone", functions=False))
        beside = stack.enter_context(_side("beside", Path(place) / "beside", functions=True))
        for name, source in HANDLERS.items():
            for side in (alone, beside):
                side.function(name, source)
            for clients in (1, 8):
                _compared(name, clients, [alone, beside])
        _cold([alone, beside])
        _direct(beside)
        _memory(beside)


def _compared(name: str, clients: int, sides: list[Side]) -> None:
    path = f"/2015-03-31/functions/{name}/invocations"
    latencies: dict[str, list[float]] = {side.name: [] for side in sides}
    for side in sides:
        _round(side.clients.endpoint, path, HEADERS, clients, 0.5)  # cold starts
    for _ in range(ROUNDS):
        for side in sides:
            latencies[side.name] += _round(side.clients.endpoint, path, HEADERS, clients, SECONDS)
    rates = {side: _shown(f"{name} x{clients} {side}", found, ROUNDS * SECONDS) for side, found in latencies.items()}
    print(f"  {rates['beside'] / rates['alone']:.1f} times the emulator alone; target {TARGETS[name, clients]}")


def _cold(sides: list[Side]) -> None:
    """Time of a first call: of a function that imports nothing, and of one that imports the SDK."""
    for kind, source in {"nothing": HANDLERS["logging"], "the SDK": SDK}.items():
        found: dict[str, list[float]] = {side.name: [] for side in sides}
        for number in range(COLD):
            for side in sides:
                name = f"cold-{kind[-3:]}-{number}"
                side.function(name, source)
                path = f"/2015-03-31/functions/{name}/invocations"
                connection = http.client.HTTPConnection(side.clients.endpoint.removeprefix("http://"))
                started = time.perf_counter()
                _post(connection, path, HEADERS)
                found[side.name].append((time.perf_counter() - started) * 1000)
                connection.close()
        medians = {side: statistics.median(times) for side, times in found.items()}
        shown = ", ".join(f"{side} {median:.0f} ms" for side, median in medians.items())
        print(f"cold start, importing {kind}: {shown} (median of {COLD})")


def _direct(side: Side) -> None:
    """The functions' process without the emulator in front."""
    arn = side.function("direct", HANDLERS["silent"])
    found = side.clients.lambda_.get_function_configuration(FunctionName="direct")
    side.clients.lambda_.invoke(FunctionName="direct", Payload=b"1")
    headers = {
        "X-Amzn-Lambda-Function-Arn": arn,
        "X-Amzn-Lambda-Function-Version": "$LATEST",
        "X-Sandbox-Revision": f"{found['RevisionId']}/{found['CodeSha256']}",
    }
    for clients in (1, 8):
        latencies = _round(side.functions or "", "/invoke", headers, clients, SECONDS)
        _shown(f"silent x{clients} direct", latencies, SECONDS)


def _memory(side: Side) -> None:
    """Resident memory of idle environments."""
    connection = http.client.HTTPConnection((side.functions or "").removeprefix("http://"))
    connection.request("GET", "/environments")
    found = json.load(connection.getresponse())["environments"]
    sizes = [psutil.Process(e["pid"]).memory_full_info().uss / 1e6 for e in found if e["function"] == "silent"]
    print(f"memory of an idle environment that imports nothing: {statistics.mean(sizes):.0f} MB of its own")


def _round(endpoint: str, path: str, headers: Mapping[str, str], clients: int, seconds: float) -> list[float]:
    """Latencies of all calls that some clients make in some seconds."""
    return closed_loop(endpoint, lambda made: _post(made, path, headers), clients=clients, seconds=seconds)


def _post(connection: http.client.HTTPConnection, path: str, headers: Mapping[str, str]) -> None:
    connection.request("POST", path, b'{"order": 1}', dict(headers))
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200 or answer.headers.get("X-Amz-Function-Error"):
        raise SystemExit(f"{path} answered {answer.status}: {body!r}")


def _shown(name: str, latencies: list[float], seconds: float) -> float:
    rate, times = len(latencies) / seconds, [latency * 1000 for latency in latencies]
    print(f"{name:20} {rate:7.0f}/s  p50 {percentile(times, 50):6.1f} ms  p99 {percentile(times, 99):6.1f} ms")
    return rate


@contextlib.contextmanager
def _side(name: str, directory: Path, *, functions: bool) -> Generator[Side]:
    usual = PLANE

    def command(place: PlaneLocation) -> Sequence[str]:
        return [*usual.command(place), "--no-permissions", *(() if functions else ("--without", "all"))]

    plane = replace(usual, command=command, companions=usual.companions if functions else ())
    supervisor = Supervisor(plane, directory, cache_directory(), lambda _: None)
    try:
        status = supervisor.start()
        clients = Clients(lambda: status.endpoint or "", AWS_REGION)
        yield Side(name, clients, *(companion.endpoint or "" for companion in status.companions))
    finally:
        supervisor.stop()


if __name__ == "__main__":
    main()
