"""A shop that is deployed through the command a user types, and what tests do with it."""

import contextlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import boto3
import httpx
from loopback import NO_CERTIFICATES

ROOT = Path(__file__).resolve().parents[1]
COMMAND = [str(Path(sys.executable).with_name("scaleshop"))]


@dataclass
class Shop:
    """A copy of the project with a run directory of its own."""

    root: Path

    def settings(self, stack: str) -> Path:
        """The file of a stack's settings."""
        return self.root / "stacks" / "config" / f"Pulumi.{stack}.yaml"

    def edit_settings(self, stack: str, change: Callable[[str], str]) -> None:
        path = self.settings(stack)
        path.write_text(change(path.read_text()))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, *arguments], cwd=self.root, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def run(self, *arguments: str, code: int = 0, stdout: bool = False) -> str:
        done = subprocess.run(
            [*COMMAND, *arguments], cwd=self.root, capture_output=True, text=True, timeout=400, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout if code == 0 or stdout else done.stderr

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", code=code, stdout=True))

    def up(self) -> Any:
        return self.json("up", "--engine", "embedded", "--no-verify")

    @property
    def state(self) -> Path:
        return self.root / ".scaleshop/state/aws-dev.json"

    @property
    def outputs(self) -> Mapping[str, Any]:
        resources = json.loads(self.state.read_text())["deployment"]["resources"]
        return next(r["outputs"] for r in resources if r["type"] == "pulumi:pulumi:Stack")

    @property
    def plane(self) -> Mapping[str, Any]:
        return self.json("status")["planes"][0]

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{json.loads((self.root / '.scaleshop/run/aws/plane.json').read_text())['port']}"

    def client(self, service: str) -> Any:
        return _client(service, self.endpoint)

    @cached_property
    def http(self) -> httpx.Client:
        """A customer's connection."""
        return httpx.Client(trust_env=False, verify=NO_CERTIFICATES, timeout=30, headers={"X-Customer-Id": "customer"})

    def invoke(self, name: str, event: Any) -> tuple[Any, str | None]:
        """What a function of the stack answers to an event, and the kind of its failure."""
        function = self.outputs["functionNames"][name]
        answer = self.client("lambda").invoke(FunctionName=f"{function}:live", Payload=json.dumps(event))
        return json.loads(answer["Payload"].read() or b"null"), answer.get("FunctionError")


def substitute(text: str, changes: Mapping[str, str]) -> str:
    """A text with other parts in the place of some, each of which must be there."""
    for given, wanted in changes.items():
        assert given in text
        text = text.replace(given, wanted)
    return text


@contextlib.contextmanager
def copied(root: Path) -> Iterator[Shop]:
    """A project of its own, whose plane is stopped in the end."""
    shutil.copy(ROOT / "Pulumi.yaml", root)
    shutil.copytree(ROOT / "stacks/config", root / "stacks/config")
    shutil.copy(ROOT / "stacks/__main__.py", root / "stacks")  # the rest of the program is the installed one
    made = Shop(root)
    try:
        yield made
    finally:
        made.run("down")


@cache
def _client(service: str, endpoint: str) -> Any:
    clients: Any = boto3.Session("test", "test", region_name="us-east-1")
    return clients.client(service, endpoint_url=endpoint)
