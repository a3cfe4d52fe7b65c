"""The pack under Pulumi's own CLI, by path: the violations of the core, in a preview and of a state file."""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml

from policies.platforms.aws.links import FUNCTION, MAPPING, QUEUE
from sandbox.aws.package import AwsPackage
from sandbox.host.grpc_adapter import serve_packages
from scaleshop import pulumi_workspace
from scaleshop.engines import passphrase
from scaleshop.project import find
from scaleshop.pulumi_cli import PulumiProcess
from scaleshop.pulumi_events import PulumiEventReader
from tests.policies.building import Stack
from tests.policies.verdicts import (
    CONFIGURATION,
    MARKER,
    PACK,
    PROGRAMS,
    Program,
    assert_same_or_not_evaluated,
    findings,
    pack,
    pack_findings,
    verdicts,
)

pytestmark = [
    pytest.mark.pulumi_cli,
    pytest.mark.timeout(240),
    pytest.mark.skipif(shutil.which("pulumi") is None, reason="the Pulumi CLI is not on PATH"),
]
Workspace: TypeAlias = Callable[[Program], PulumiProcess]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """Makes a program's stack in a backend of its own, with a provider that plans without a cloud."""
    with serve_packages([AwsPackage(None)]) as ports:

        def make(program: Program) -> PulumiProcess:
            (tmp_path / "config").mkdir()
            settings = {key: _parse(value) for key, value in program.config.items()}
            (tmp_path / f"config/Pulumi.{program.stack}.yaml").write_text(yaml.safe_dump({"config": settings}))
            described = {"name": program.project, "runtime": "python", "main": "program", "stackConfigDir": "config"}
            (tmp_path / "Pulumi.yaml").write_text(yaml.safe_dump(described))
            (tmp_path / "program").mkdir()
            shutil.copy(program.path, tmp_path / "program/__main__.py")
            project = find(tmp_path)
            passphrase(project.run_dir)
            process = pulumi_workspace.sandbox(project, program.stack, None, ports)
            process.ask("stack", "init", program.stack)
            return process

        yield make


@pytest.fixture
def pack_options(tmp_path: Path) -> Sequence[str]:
    """Options that give the pack the levels and settings that the core has."""
    file = tmp_path / "configuration.json"
    file.write_text(json.dumps(CONFIGURATION.rules))
    return ("--policy-pack-config", str(file))


def preview(process: PulumiProcess, program: Program, *more: str) -> tuple[int, PulumiEventReader]:
    events = PulumiEventReader(lambda _: None)
    asked = ("preview", "--json", "--stack", program.stack, "--policy-pack", str(PACK), *more)
    return process.stream(*asked, on_line=events.read).code, events


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_preview_has_the_violations_of_the_core_and_of_the_embedded_engine(
    name: str, workspace: Workspace, pack_options: Sequence[str], tmp_path: Path
) -> None:
    program = PROGRAMS[name]()
    code, events = preview(workspace(program), program, *pack_options)
    reported = pack_findings(events.violations)
    assert_same_or_not_evaluated(findings(verdicts(program.capture())), reported)
    assert reported == pack_findings(program.engine(tmp_path, packs=[pack()]).preview(program.path).policies)
    mandatory = [one for one in events.violations if one["enforcementLevel"] == "mandatory"]
    assert (code != 0) is bool(mandatory)
    assert not [one["message"] for one in events.violations if MARKER in one["message"]]


def test_the_projects_own_configuration_is_taken(workspace: Workspace, tmp_path: Path) -> None:
    program, given = PROGRAMS["wrong"](), tmp_path / "given.json"
    given.write_text(json.dumps({"all": "disabled", "aws-res-01": {"enforcementLevel": "advisory", "factor": 10}}))
    code, events = preview(workspace(program), program, "--policy-pack-config", str(given))
    assert code == 0
    assert {(one["policyName"], one["enforcementLevel"]) for one in events.violations} == {("aws-res-01", "advisory")}
    assert "at least 10 x" in events.violations[0]["message"]


def test_a_state_file_has_the_violations_of_the_core(pack_options: Sequence[str], tmp_path: Path) -> None:
    stack = Stack()
    queue = stack.add(QUEUE, "orders", visibilityTimeoutSeconds=359, sqsManagedSseEnabled=True)
    worker = stack.add(FUNCTION, "worker", timeout=60)
    stack.add(MAPPING, "reads", eventSourceArn=queue.arn, functionName=worker.arn, batchSize=1)
    graph, file = stack.graph(), tmp_path / "state.json"
    documents = [
        {
            "urn": one.urn, "type": one.type, "custom": True, "id": one.raw("id"), "inputs": one.value,
            "outputs": one.value, "propertyDependencies": one.dependencies,
        }
        for one in graph.resources
    ]  # fmt: skip
    manifest = {"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""}
    file.write_text(json.dumps({"version": 3, "deployment": {"manifest": manifest, "resources": documents}}))
    process = PulumiProcess(tmp_path, {**os.environ, "PULUMI_HOME": str(tmp_path), "PULUMI_SKIP_UPDATE_CHECK": "true"})
    events = PulumiEventReader(lambda _: None)
    asked = ("policy", "analyze", "--json", "--file", str(file), "--policy-pack", str(PACK), *pack_options)
    ended = process.stream(*asked, on_line=events.read)
    assert ended.code != 0, "a mandatory violation"
    assert pack_findings(events.violations) == findings(verdicts(graph.resources))
    assert ("aws-res-01", queue.urn) in pack_findings(events.violations)


def _parse(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value
