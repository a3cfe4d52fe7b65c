"""The AWS data plane with functions in a process of their own, for one test module."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psutil
from plane_fixture import ROLE, AwsPlane, OnePlane, eventually, named, zipped

from engine import process_identity
from sandbox.aws.plane import PLANE
from sandbox.host.environments import cache_directory, ensure_environment
from sandbox.host.plane import PlaneLocation
from sandbox.host.processes import Process, start
from sandbox.host.supervisor import Supervisor
from sandbox.planes.aws.functions.launch import PINS, command, variables


@dataclass(frozen=True)
class FunctionsPlane(AwsPlane):
    """A plane whose functions run in a process beside it."""

    url: str = ""
    process: Process | None = None
    functions_log: Path = Path()

    @property
    def log(self) -> Path:
        return self.run_dir / "aws" / "plane.log"

    def function(self, source: str, **settings: Any) -> str:
        usual = {"FunctionName": named("function"), "Role": ROLE, "Runtime": "python3.13", "Handler": "main.handler"}
        given = {**usual, "Code": {"ZipFile": zipped({"main.py": source})}, **settings}
        return str(self.clients.lambda_.create_function(**given)["FunctionArn"])

    def control(self, method: str, path: str) -> tuple[int, Any]:
        """Ask the functions' process."""
        request = urllib.request.Request(self.url + path, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def environments(self, function: str = "") -> list[dict[str, Any]]:
        """The living environments, of one function or of all."""
        found = self.control("GET", "/environments")[1]["environments"]
        return [e for e in found if not function or e["function"] == function.split(":")[6]]

    def messages(self, function: str, wanted: str = "REPORT", group: str = "") -> list[str]:
        """All log lines of a function, once one holds what is wanted."""
        name = group or f"/aws/lambda/{function.split(':')[6]}"

        def lines() -> list[str] | None:
            try:
                found = self.clients.logs.filter_log_events(logGroupName=name)["events"]
            except self.clients.logs.exceptions.ResourceNotFoundException:
                return None
            texts = [event["message"] for event in found]
            return texts if any(wanted in text for text in texts) else None

        return eventually(lines, f"'{wanted}' in the log group {name}")


def runtime_python() -> Path:
    """The interpreter that functions run on."""
    return ensure_environment("aws-functions", PINS, cache_directory(), lambda _: None) / "bin" / "python"


@contextmanager
def functions_plane(
    directory: Path, *options: str, settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[FunctionsPlane]:
    """A started emulator and functions' process, ended at the end of the block.

    Args:
        directory: Theirs.
        options: More options of the functions' process.
        settings: More variables of the emulator.
    """
    usual = PLANE
    (companion,) = usual.companions

    def ensure_environment(place: PlaneLocation) -> Mapping[str, str]:
        return {**usual.environment(place), **settings}

    def command(python: Path, place: PlaneLocation) -> list[str]:
        return [*companion.command(python, place), *options]

    def variables(temporary: Path) -> Mapping[str, str]:
        return {**companion.environment(temporary), "MARK_OF_THE_HOST": "a secret of the host"}

    beside = replace(companion, command=command, environment=variables)
    plane = replace(usual, environment=ensure_environment, companions=(beside,))
    supervisor = Supervisor(plane, directory, cache_directory(), lambda _: None)
    try:
        status = supervisor.start()
        (functions,) = status.companions
        assert functions.pid
        assert functions.endpoint
        process = Process(functions.pid, process_identity.start_time(psutil.Process(functions.pid)))
        sandbox: Any = OnePlane(supervisor)
        found = FunctionsPlane(sandbox, directory, url=functions.endpoint, process=process, functions_log=functions.log)
        found.allow_everything()
        yield found
    finally:
        supervisor.stop()


def launch(emulator: str, port: int, directory: Path, log: Path, *options: str) -> Process:
    """Start the functions' process."""
    full = command(python=runtime_python(), port=port, emulator=emulator, directory=directory)
    given = {**variables(directory.parent), "MARK_OF_THE_HOST": "a secret of the host"}
    return start([*full, *options], environment=given, directory=directory.parent, log=log)
