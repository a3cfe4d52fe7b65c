"""The pack under Pulumi's own CLI: the same violations as the core, by path, for any program."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.core.configuration import PROFILES, profile
from policies.core.evaluate import Result, evaluate
from policies.core.exemptions import Exemptions
from policies.core.graph import Graph
from policies.core.registry import all_links, all_rules
from policies.sources.mocks import capture
from sandbox.host.providers_server import served
from sandbox.providers.aws import AwsPackage
from scaleshop import pulumi_workspace
from scaleshop.engines import passphrase
from scaleshop.project import find
from scaleshop.pulumi_cli import Ended, PulumiProcess
from scaleshop.pulumi_events import Events
from tests.policies.cases import TODAY

ROOT = Path(__file__).parents[2]
STACK = "prod"
SECRETS = '["s3cr3t-marker-of-old", "s3cr3t-marker-of-new"]'
pytestmark = [
    pytest.mark.pulumi_cli,
    pytest.mark.timeout(240),
    pytest.mark.skipif(shutil.which("pulumi") is None, reason="the Pulumi CLI is not on PATH"),
]


@dataclass
class Cli:
    """A project with one stack, whose provider plans without a cloud."""

    process: PulumiProcess
    events: Events = field(default_factory=lambda: Events(lambda _: None))

    def preview(self, *more: str) -> Ended:
        return self.process.stream(
            "preview", "--json", "--stack", STACK, "--policy-pack", str(ROOT / "policies"), *more,
            on_line=self.events.read,
        )  # fmt: skip


@pytest.fixture
def cli(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Makes a project of a program's text and its settings."""
    with served([AwsPackage(None)]) as ports:

        def make(program: str, config: Mapping[str, Any]) -> Cli:
            (tmp_path / "stacks").mkdir()
            (tmp_path / "stacks/__main__.py").write_text(program)
            (tmp_path / "config").mkdir()
            (tmp_path / f"config/Pulumi.{STACK}.yaml").write_text(yaml.safe_dump({"config": dict(config)}))
            described = {"name": "scaleshop", "runtime": "python", "main": "stacks", "stackConfigDir": "config"}
            (tmp_path / "Pulumi.yaml").write_text(yaml.safe_dump(described))
            project = find(tmp_path)
            passphrase(project.run_dir)
            process = pulumi_workspace.sandbox(project, STACK, None, ports)
            process.ask("stack", "init", STACK)
            return Cli(process)

        yield make


def test_each_violation_of_the_core_is_one_of_the_cli(cli: Any) -> None:
    made = cli(WRONG.read_text(), {"aws:region": "us-east-1"})
    ended = made.preview("--policy-pack-config", str(PROFILES / "prod.json"))
    assert ended.code != 0, "mandatory violations fail the preview"
    known = verdicts(
        capture(WRONG, project="scaleshop", stack=STACK, config={"aws:region": "us-east-1"}, root=WRONG.parent)
    )
    ...
