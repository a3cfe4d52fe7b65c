"""Kill -9 in the middle of an update: the state stays readable, nothing is lost, refresh and up reach the end."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.state_file import fold_journal, read_deployment

HERE = Path(__file__).parent
PROGRAM = HERE / "fixtures" / "replacements.py"
RUNS = 30
KILLED = -9


class Forks:
    """Operations in processes of their own."""

    def __init__(self) -> None:
        environment = {**os.environ, "MINI_DELAY": "0.03", "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, str(HERE / "crash_child.py")]
        pipe = subprocess.PIPE
        self.parent = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)

    def run(self, operation: str, directory: Path, variant: str, at: int = 0) -> int:
        asked = {"operation": operation, "directory": str(directory), "variant": variant, "at": at}
        assert self.parent.stdin
        assert self.parent.stdout
        print(json.dumps({**asked, "program": str(PROGRAM)}), file=self.parent.stdin, flush=True)
        return int(self.parent.stdout.readline())


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    made = Forks()
    yield made
    assert made.parent.stdin
    made.parent.stdin.close()
    assert made.parent.wait(30) == 0


def deployment(directory: Path) -> dict[str, Any]:
    stored = read_deployment(directory / "state" / "dev.json")
    assert stored
    return dict(stored.deployment)


def shape(directory: Path) -> list[tuple[Any, ...]]:
    found = deployment(directory)["resources"]
    return sorted((r["urn"], r.get("delete", False), r.get("pendingReplacement", False)) for r in found)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory, forks: Forks) -> tuple[Path, list[tuple[Any, ...]]]:
    first, clean = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("clean")
    assert forks.run("up", first, "a") == 0, (first / "printed").read_text()
    shutil.copytree(first, clean, dirs_exist_ok=True)
    assert forks.run("up", clean, "b") == 0, (clean / "printed").read_text()
    return first, shape(clean)


def test_thirty_killed_updates_lose_nothing(
    before: tuple[Path, list[tuple[Any, ...]]], tmp_path: Path, forks: Forks
) -> None:
    first, wanted = before
    in_flight = attempt = journals = 0
    while in_flight < RUNS:
        attempt += 1
        assert attempt <= 2 * RUNS, f"only {in_flight} of {attempt} runs were killed with operations in flight"
        directory = tmp_path / str(attempt)
        shutil.copytree(first, directory)
        if forks.run("up", directory, "b", at=3 + attempt * 3 % 75) != KILLED:
            continue  # the event came when nothing was left to do
        journals += (directory / "state" / "dev.journal").exists()
        in_flight += bool(deployment(directory).get("pending_operations"))
        assert lost(directory) == []
        assert dangling(directory) == []
        if attempt % 3 == 0:
            settled = forks.run("refresh", directory, "b"), forks.run("up", directory, "b")
            assert settled == (0, 0), (directory / "printed").read_text()
            assert shape(directory) == wanted
        else:
            assert_whole_alone(directory)
    assert journals >= RUNS / 2


def assert_whole_alone(directory: Path) -> None:
    """Once the journal is folded into it, the state file alone has everything."""
    state, both = directory / "state" / "dev.json", deployment(directory)
    fold_journal(state)
    assert not state.with_suffix(".journal").exists()
    found = json.loads(state.read_text())["deployment"]
    assert {**found, "manifest": both["manifest"]} == both


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
