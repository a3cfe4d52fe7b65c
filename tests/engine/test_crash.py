"""Kill -9 in the middle of an update: the state stays readable, nothing is lost, refresh and up reach the end."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
PROGRAM = HERE / "fixtures" / "replacements.py"
RUNS = 30
KILLED = -9


def run(operation: str, directory: Path, variant: str, at: int = 0) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "VARIANT": variant, "MINI_DELAY": "0.03", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, str(HERE / "crash_child.py"), operation, str(directory), str(PROGRAM), str(at)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def deployment(directory: Path) -> dict[str, Any]:
    return json.loads((directory / "state" / "dev.json").read_text())["deployment"]


def shape(directory: Path) -> list[tuple[Any, ...]]:
    found = deployment(directory)["resources"]
    return sorted((r["urn"], r.get("delete", False), r.get("pendingReplacement", False)) for r in found)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[Any, ...]]]:
    first, clean = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("clean")
    assert run("up", first, "a").returncode == 0
    shutil.copytree(first, clean, dirs_exist_ok=True)
    done = run("up", clean, "b")
    assert done.returncode == 0, done.stdout + done.stderr
    return first, shape(clean)


def test_thirty_killed_updates_lose_nothing(before: tuple[Path, list[tuple[Any, ...]]], tmp_path: Path) -> None:
    first, wanted = before
    in_flight = attempt = 0
    while in_flight < RUNS:
        attempt += 1
        assert attempt <= 2 * RUNS, f"only {in_flight} of {attempt} runs were killed with operations in flight"
        directory = tmp_path / str(attempt)
        shutil.copytree(first, directory)
        if run("up", directory, "b", at=3 + attempt * 3 % 75).returncode != KILLED:
            continue  # the event came when nothing was left to do
        in_flight += bool(deployment(directory).get("pending_operations"))
        assert lost(directory) == []
        assert dangling(directory) == []
        if attempt % 3 == 0:
            settled = run("refresh", directory, "b"), run("up", directory, "b")
            assert [r.returncode for r in settled] == [0, 0], settled[1].stdout
            assert shape(directory) == wanted


def lost(directory: Path) -> list[str]:
    """What exists in the cloud and is neither in the state nor in a pending operation."""
    state = deployment(directory)
    pending = [o["resource"] for o in state.get("pending_operations") or []]
    known = {r.get("id") for r in [*state["resources"], *pending]} | {r["inputs"].get("name") for r in pending}
    left_on_purpose = {"with-0"}  # deletedWith: goes with its host
    return sorted({p.stem for p in (directory / "world").glob("*.json")} - known - left_on_purpose)


def dangling(directory: Path) -> list[str]:
    """References to resources that the state no longer has."""
    found = deployment(directory)["resources"]
    urns = {r["urn"] for r in found}
    wanted = {u for r in found for u in (r.get("parent"), *r.get("dependencies", [])) if u}
    return sorted(wanted - urns)
