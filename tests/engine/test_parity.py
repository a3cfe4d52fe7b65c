"""The table of behaviours measured on the real engine, run on the embedded one: steps of each resource, exit, world.

The expected steps are in `parity.json`, recorded by the engine whose runs were compared with Pulumi 3.260.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ministack_fixture import Stack

HERE = Path(__file__).parent
EXPECTED: Mapping[str, Any] = json.loads((HERE / "parity.json").read_text())
SCENES = {
    "options": "preview-create create preview-change change preview-alias alias drift refresh alias destroy",
    "replacements": "preview-a a preview-b b check fail b destroy",
    "renames": "preview-a a preview-b b delprot b",
    "imports": "preview-a a preview-b b",
}
# How far the other resources got before the failure is a matter of timing.
RACY = {("replacements", "check"), ("replacements", "fail"), ("imports", "b"), ("renames", "delprot")}


def play(stack: Stack, scene: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    stack.world.mkdir()
    for name in ("pre-existing", "pre-existing2"):
        content = {"type": "mini:index:Bucket", "inputs": {"name": name, "size": 7}}
        (stack.world / f"{name}.json").write_text(json.dumps(content))
    stack.options = {"config": {"demo:password": "hunter2"}, "secret_config": ["demo:password"]}
    program, played = HERE / "fixtures" / f"{scene}.py", {}
    for number, act in enumerate(SCENES[scene].split()):
        if act == "drift":
            (stack.world / "zone-1.json").unlink()
            path = stack.world / "plain-0.json"
            content = json.loads(path.read_text())
            path.write_text(json.dumps({**content, "inputs": {**content["inputs"], "size": 42}}))
            continue
        monkeypatch.setenv("VARIANT", act.removeprefix("preview-"))
        engine = stack.engine()
        if act in ("refresh", "destroy"):
            result = getattr(engine, act)()
        else:
            result = engine.preview(program) if act.startswith("preview-") else engine.up(program)
        steps: dict[str, list[str]] = {}
        for step in result.steps:
            steps.setdefault(step.urn.split("::", 2)[2], []).append(step.op)
        racy = (scene, act) in RACY
        played[f"{number} {act}"] = {
            "ok": result.ok,
            "changes": None if racy else dict(sorted(result.changes.items())),
            "steps": None if racy else dict(sorted(steps.items())),
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
