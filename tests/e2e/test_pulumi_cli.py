"""The AWS stack through the real Pulumi CLI on the sandbox, and hand over hand with the embedded engine.

One data plane and one project serve all tests; each leaves the stack up and both engines agreed.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest
from plane_fixture import eventually

from sandbox.aws.plane import PLANE
from sandbox.host import plugin_launchers
from sandbox.host.sandbox import Sandbox
from scaleshop.engines import Embedded
from scaleshop.project import find
from scaleshop.pulumi_engine import PulumiCli
from scaleshop.pulumi_workspace import checkpoint, directory
from scaleshop.session import open_session

ROOT = Path(__file__).resolve().parents[2]
COMMAND = str(Path(sys.executable).with_name("scaleshop"))
STACK = "aws-dev"
# What automatic names end with.
RANDOM = re.compile(r"-[0-9a-f]{7}\b")
pytestmark = [
    pytest.mark.plane,
    pytest.mark.pulumi_cli,
    pytest.mark.skipif(shutil.which("pulumi") is None, reason="the Pulumi CLI is not on PATH"),
]


@dataclass
class Shop:
    """A copy of the project with a run directory of its own."""

    root: Path

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [COMMAND, *arguments], cwd=self.root, env={**os.environ, **variables}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *arguments: str, code: int = 0, **variables: str) -> str:
        with self.start(*arguments, **variables) as process:
            printed, said = process.communicate(timeout=200)
        assert process.returncode == code, printed + said
        assert "Traceback" not in said
        return printed if code == 0 else said

    def json(self, operation: str, engine: str) -> Any:
        more = ["--no-verify"] if operation == "up" else []
        return json.loads(self.run(operation, "--engine", engine, "--json", *more))

    def engine(self, name: str) -> PulumiCli | Embedded:
        session = open_session(None, STACK, engine="embedded", directory=self.root)
        return PulumiCli(session) if name == "pulumi" else Embedded(session)

    @property
    def checkpoint(self) -> Path:
        return checkpoint(find(self.root), STACK)

    def made(self) -> int:
        """How many resources the CLI's checkpoint holds."""
        try:
            return len(json.loads(self.checkpoint.read_text())["checkpoint"]["latest"]["resources"])
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            return 0

    def processes(self) -> list[int]:
        """The CLI's processes of this project: itself, language host, program, launchers."""
        home, found = str(directory(find(self.root)) / "home"), []
        for process in psutil.process_iter():
            try:
                if process.environ().get("PULUMI_HOME") == home and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process.pid)
            except psutil.Error:
                continue
        return found


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    root = tmp_path_factory.mktemp("shop")
    shutil.copy(ROOT / "Pulumi.yaml", root)
    shutil.copytree(ROOT / "stacks/config", root / "stacks/config")
    shutil.copy(ROOT / "stacks/__main__.py", root / "stacks")  # the rest of the program is the installed one
    made = Shop(root)
    try:
        made.json("up", "embedded")
        yield made
    finally:
        made.run("down")


def described(resources: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Type and inputs by URN, automatic names made equal; without default providers, of which the CLI is silent."""
    found = {}
    for resource in resources:
        if "::default_" not in resource["urn"]:
            inputs = json.dumps(resource.get("inputs") or {}, sort_keys=True)
            found[resource["urn"]] = (resource["type"], RANDOM.sub("-#", inputs))
    return found


def test_the_cli_takes_the_embedded_state_over_and_plans_no_change(shop: Shop) -> None:
    assert shop.json("preview", "pulumi")["changes"].keys() == {"same"}
    assert shop.json("up", "pulumi")["changes"].keys() == {"same"}


def test_the_embedded_engine_goes_on_from_the_clis_refresh(shop: Shop) -> None:
    assert shop.json("refresh", "pulumi")["drift"] == []
    assert shop.json("preview", "embedded")["changes"].keys() == {"same"}


def test_both_engines_plan_the_same_resources_with_the_same_inputs(shop: Shop, tmp_path: Path) -> None:
    shutil.copytree(shop.root / "stacks", tmp_path / "stacks")
    shutil.copy(shop.root / "Pulumi.yaml", tmp_path)
    fresh = Shop(tmp_path)
    events: dict[str, list[Mapping[str, Any]]] = {"embedded": [], "pulumi": []}
    plans = {name: fresh.engine(name).run("preview", seen.append) for name, seen in events.items()}
    assert plans["pulumi"].ok
    assert plans["pulumi"].changes == plans["embedded"].changes
    assert 100 <= plans["pulumi"].changes["create"] <= 250
    assert described(plans["pulumi"].resources) == described(plans["embedded"].resources)
    kinds = {name: {key for e in seen for key in e} - {"sequence", "timestamp"} for name, seen in events.items()}
    assert kinds["pulumi"] - {"cancelEvent"} == kinds["embedded"]


def test_drift_is_seen_and_repaired_by_the_cli(shop: Shop) -> None:
    url = json.loads(shop.run("outputs", "--json"))["queueUrls"]["payment"]
    endpoint = Sandbox(shop.root / ".scaleshop", [PLANE]).endpoint("aws")
    sqs = boto3.client(
        "sqs", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    sqs.delete_queue(QueueUrl=url)
    drift = shop.json("refresh", "pulumi")["drift"]
    assert [d["op"] for d in drift if d["urn"].endswith("::payment-events-work-queue")] == ["delete"]
    assert shop.json("up", "pulumi")["changes"]["create"] >= 1
    assert sqs.get_queue_url(QueueName=json.loads(shop.run("outputs", "--json"))["queueUrls"]["payment"].split("/")[-1])


def test_the_users_login_settings_and_credentials_are_not_touched(shop: Shop, tmp_path: Path) -> None:
    theirs = {"HOME": str(tmp_path), "PULUMI_ACCESS_TOKEN": "pul-theirs", "AWS_PROFILE": "theirs"}
    shop.run("preview", "--engine", "pulumi", **theirs)
    assert not (tmp_path / ".pulumi").exists()
    for name in ("Pulumi.yaml", f"stacks/config/Pulumi.{STACK}.yaml"):
        assert (shop.root / name).read_text() == (ROOT / name).read_text()


def test_ctrl_c_finishes_what_is_under_way_and_the_next_up_goes_on(shop: Shop) -> None:
    shop.run("destroy", "--engine", "pulumi")
    with shop.start("up", "--engine", "pulumi", "--no-verify") as process:
        eventually(lambda: shop.made() > 30 or process.poll() is not None, "the deployment began", seconds=60)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Interrupted." in said
    assert not shop.processes()
    state = json.loads((shop.root / f".scaleshop/state/{STACK}.json").read_text())["deployment"]
    assert 30 < len(state["resources"]) < 198
    assert shop.json("up", "pulumi")["ok"]
    assert shop.json("preview", "embedded")["changes"].keys() == {"same"}


def test_a_killed_command_leaves_no_process_and_its_state_is_not_lost(shop: Shop) -> None:
    shop.run("destroy", "--engine", "pulumi")
    with shop.start("up", "--engine", "pulumi", "--no-verify") as process:
        eventually(lambda: shop.made() > 30 or process.poll() is not None, "the deployment began", seconds=60)
        process.kill()
        process.communicate(timeout=60)
    eventually(lambda: not shop.processes(), "the CLI and its plugins ended", seconds=60)
    changes = shop.json("up", "embedded")["changes"]
    assert changes["same"] + changes["create"] >= 198
    assert changes["same"] >= 30
    assert shop.json("preview", "pulumi")["changes"].keys() == {"same"}


def test_two_engines_at_once_do_not_fight(shop: Shop) -> None:
    with shop.start("up", "--engine", "pulumi", "--no-verify") as first:
        eventually((shop.root / f".scaleshop/state/{STACK}.lock").exists, "the lock is taken", seconds=60)
        said = shop.run("up", "--engine", "embedded", "--no-verify", code=4)
        assert "is being changed by process" in said
        first.communicate(timeout=120)
    assert first.returncode == 0


def test_the_cli_destroys_all_and_the_embedded_engine_knows(shop: Shop) -> None:
    assert shop.json("destroy", "pulumi")["changes"].keys() == {"delete"}
    assert json.loads(shop.run("status", "--json"))["resources"] == 0
    assert not shop.processes()
    shop.json("up", "embedded")


def test_the_component_schema_is_what_the_cli_prints_for_other_languages(tmp_path: Path) -> None:
    # Of a copy, because the CLI makes an environment in the plugin's directory; and asked from outside, because it
    # refuses to work in a directory that is both a project and a plugin.
    copy, home = tmp_path / "copy", tmp_path / "home"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if not name.startswith(("tests/", "docs/")) and (ROOT / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    plugin_launchers.write(home / "plugins" / "resource-aws-v7.51.1", ["aws"])  # or it would be downloaded
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "UV_", "VIRTUAL_ENV"))},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PULUMI_HOME": str(home),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    command = ["pulumi", "package", "get-schema", str(copy)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    schema = json.loads(done.stdout)
    expected = json.loads((ROOT / "tests/contracts/snapshots/schema.json").read_text())
    assert schema["resources"].keys() == expected["resources"].keys()
    assert schema["types"].keys() == expected["types"].keys()
    assert not (copy / ".venv").exists()
