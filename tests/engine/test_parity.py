"""The table of behaviours measured on the real engine, run on the embedded one: steps of each resource, exit, world.

The expected steps are in `parity.json`, recorded by the engine whose runs were compared with Pulumi 3.260. Where the
CLI is on PATH both engines play the same scenes side by side, and each takes over what the other has made.
"""

import json
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from pulumi_fixture import comparable, real_stack
from stack_fixture import Stack

from engine.engine import OperationResult
from engine.operation import StepRecord
from engine.policy import PolicyPack

HERE = Path(__file__).parent
EXPECTED: Mapping[str, Any] = json.loads((HERE / "parity.json").read_text())
SCENES = {
    "options": "preview-create create preview-change change preview-alias alias drift refresh alias destroy",
    "replacements": "preview-a a preview-b b check fail b destroy",
    "renames": "preview-a a preview-b b delprot b",
    "imports": "preview-a a preview-b b",
}
CONFIG: Mapping[str, Any] = {"config": {"demo:password": "hunter2"}, "secret_config": ["demo:password"]}
# How far the other resources got before the failure is a matter of timing.
RACY = {("replacements", "check"), ("replacements", "fail"), ("imports", "b"), ("renames", "delprot")}


def real(test: Any) -> Any:
    """Runs a test where the real CLI is."""
    absent = pytest.mark.skipif(shutil.which("pulumi") is None, reason="the Pulumi CLI is not on PATH")
    return pytest.mark.pulumi_cli(absent(test))


def without_defaults(steps: Mapping[str, list[str]]) -> Mapping[str, list[str]]:
    """Steps without those of default providers, of which the CLI does not tell."""
    return {urn: ops for urn, ops in steps.items() if "::default_" not in urn}


def acts(scene: str) -> list[tuple[str, str, str]]:
    """Each act with its operation and the program's variant."""
    operations = {"refresh": "refresh", "destroy": "destroy", "drift": "drift"}
    names = SCENES[scene].split()
    return [
        (
            f"{number} {act}",
            operations.get(act) or ("preview" if act.startswith("preview-") else "up"),
            act.removeprefix("preview-"),
        )
        for number, act in enumerate(names)
    ]


def furnish(world: Path) -> None:
    """What is there before the stack."""
    world.mkdir(parents=True)
    for name in ("pre-existing", "pre-existing2"):
        content = {"type": "mini:index:Bucket", "inputs": {"name": name, "size": 7}}
        (world / f"{name}.json").write_text(json.dumps(content))


def drift(world: Path) -> None:
    """Somebody deletes one thing and changes another behind the stack's back."""
    (world / "zone-1.json").unlink()
    path = world / "plain-0.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "inputs": {**content["inputs"], "size": 42}}))


def carry_out(stack: Stack, scene: str, operation: str) -> OperationResult:
    engine, program = stack.engine(), HERE / "fixtures" / f"{scene}.py"
    if operation in ("refresh", "destroy"):
        return getattr(engine, operation)()
    return engine.preview(program) if operation == "preview" else engine.up(program)


def in_order(steps: Sequence[StepRecord]) -> dict[str, list[str]]:
    """Operations of each resource, in their order."""
    found: dict[str, list[str]] = {}
    for step in steps:
        found.setdefault(step.urn.split("::", 2)[2], []).append(step.op)
    return dict(sorted(found.items()))


def play(stack: Stack, scene: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    furnish(stack.world)
    stack.options = CONFIG
    played: dict[str, Any] = {}
    for act, operation, variant in acts(scene):
        if operation == "drift":
            drift(stack.world)
            continue
        monkeypatch.setenv("VARIANT", variant)
        result = carry_out(stack, scene, operation)
        racy = (scene, act.split()[1]) in RACY
        played[act] = {
            "ok": result.ok,
            "changes": None if racy else dict(sorted(result.changes.items())),
            "steps": None if racy else in_order(result.steps),
            "world": None if racy else sorted(stack.files()),
        }
    return played


@pytest.mark.parametrize("scene", SCENES)
def test_every_act_takes_the_steps_that_the_real_engine_takes(
    scene: str, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = play(stack, scene, monkeypatch)
    for act, result in played.items():
        assert result == EXPECTED[scene][act], f"{scene}: {act}"
    assert list(played) == list(EXPECTED[scene])


@real
@pytest.mark.parametrize("scene", SCENES)
def test_the_real_cli_takes_the_same_steps_to_the_same_states(
    scene: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded = Stack(tmp_path / "embedded", options=CONFIG)
    furnish(embedded.world)
    with real_stack(tmp_path / "real") as cli:
        furnish(cli.directory / "world")
        cli.create(CONFIG["config"], secret="demo:password")
        for act, operation, variant in acts(scene):
            if operation == "drift":
                drift(embedded.world)
                drift(cli.directory / "world")
                continue
            monkeypatch.setenv("VARIANT", variant)
            ours = carry_out(embedded, scene, operation)
            ended, theirs = cli.run(operation, HERE / "fixtures" / f"{scene}.py", variant)
            where = f"{scene}: {act}: {theirs.errors(ended.said)}"
            assert ours.ok == (ended.code == 0), where
            if (scene, act.split()[1]) in RACY:
                continue
            assert ours.changes == theirs.changes, where
            assert without_defaults(in_order(ours.steps)) == in_order(theirs.steps), where
            files = {path.stem for path in (cli.directory / "world").glob("*.json")}
            assert embedded.files() == files, where
            states = cli.export()["deployment"].get("resources") or []
            assert comparable(embedded.engine().resources()) == comparable(states), where
    assert "hunter2" not in json.dumps(cli.events)


@real
@pytest.mark.parametrize("scene", SCENES)
def test_each_engine_takes_the_others_state_over_without_a_change(
    scene: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, variant = acts(scene)[0]
    monkeypatch.setenv("VARIANT", variant)
    embedded = Stack(tmp_path, options=CONFIG)
    furnish(embedded.world)
    carry_out(embedded, scene, "up")
    with real_stack(tmp_path) as cli:
        cli.create(CONFIG["config"], secret="demo:password")
        cli.load(embedded.state)
        for operation in ("preview", "up"):
            ended, theirs = cli.run(operation, HERE / "fixtures" / f"{scene}.py", variant)
            assert ended.code == 0, theirs.errors(ended.said)
            assert theirs.changes.keys() == {"same"}
        embedded.state.write_text(json.dumps(cli.export()))
    assert carry_out(embedded, scene, "preview").changes.keys() == {"same"}


@real
def test_both_engines_find_the_same_violations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def describe(violations: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
        keys = ("policyName", "enforcementLevel", "resourceUrn")
        return sorted((*(v.get(k) or "" for k in keys), words(v["message"])) for v in violations)

    pack = tmp_path / "pack"
    shutil.copytree(HERE / "fixtures" / "pack", pack)
    described = (pack / "PulumiPolicy.yaml").read_text()
    own = f"runtime: {{name: python, options: {{toolchain: pip, virtualenv: {sys.prefix}}}}}"
    (pack / "PulumiPolicy.yaml").write_text(described.replace("runtime: python", own))
    embedded = Stack(tmp_path / "embedded", options={**CONFIG, "policy_packs": [PolicyPack(pack)]})
    furnish(embedded.world)
    with real_stack(tmp_path / "real") as cli:
        furnish(cli.directory / "world")
        cli.create(CONFIG["config"], secret="demo:password")
        for operation, variant in (("preview", "create"), ("up", "create"), ("preview", "change"), ("up", "change")):
            monkeypatch.setenv("VARIANT", variant)
            ours = carry_out(embedded, "options", operation)
            more = ("--policy-pack", str(pack))
            ended, theirs = cli.run(operation, HERE / "fixtures" / "options.py", variant, *more)
            where = f"{operation} {variant}: {theirs.errors(ended.said)}"
            assert ours.ok == (ended.code == 0), where
            assert describe(ours.policies) == describe(theirs.violations), where
            assert ours.policies, where


def words(message: str) -> str:
    """A message without the CLI's colours and line breaks."""
    return " ".join(re.sub(r"<{%\w+%}>", "", message).split())
