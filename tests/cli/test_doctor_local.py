"""`scaleshop doctor` on this machine: each line says what is wrong and how it is mended."""

import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from engine.lock import lock_stack
from sandbox.aws.plane import PLANE
from sandbox.host.errors import SandboxError
from scaleshop.doctor.findings import CheckOutcome, Finding
from scaleshop.doctor.local import Machine, cli_version, examine

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with everything in order and nothing started yet."""
    return Machine(
        run_dir=tmp_path / ".scaleshop", cache=tmp_path / "cache", planes=[PLANE], python=(3, 12, 1),
        find_uv=lambda: "/usr/bin/uv", which=lambda _: None, free_bytes=lambda _: 50 * 1024**3, host="here",
    )  # fmt: skip


def found(machine: Machine, check: str) -> Finding:
    return next(finding for finding in examine(machine) if finding.check == check)


def program(directory: Path, name: str, text: str) -> Callable[[str], str | None]:
    """A PATH on which one program is found."""
    path = directory / name
    path.write_text(f"#!{sys.executable}\n{text}\n")
    path.chmod(0o755)
    return lambda wanted: str(path) if wanted == name else None


def lock(machine: Machine, **holder: object) -> None:
    state = machine.run_dir / "state"
    state.mkdir(parents=True, mode=0o700)
    (state / "aws-dev.lock").write_text(json.dumps(holder))


def test_a_fresh_machine_fails_in_nothing_and_says_what_is_fetched_first(machine: Machine) -> None:
    findings = examine(machine)
    assert [f for f in findings if f.outcome == CheckOutcome.FAIL] == []
    assert [f.check for f in findings if f.outcome == CheckOutcome.WARN] == ["aws packages"]
    assert "package index" in found(machine, "aws packages").fix


def test_an_old_python_is_refused_with_a_command(machine: Machine) -> None:
    finding = found(replace(machine, python=(3, 10, 14)), "python")
    assert finding.outcome == CheckOutcome.FAIL
    assert finding.fix == "run `make clean`, then `make up PYTHON=python3.11`"


def test_a_missing_uv_is_reported(machine: Machine) -> None:
    def none() -> str:
        msg = "uv is neither beside this Python nor on PATH; run `make up`."
        raise SandboxError(msg)

    finding = found(replace(machine, find_uv=none), "uv")
    assert (finding.outcome, finding.detail) == (CheckOutcome.FAIL, "uv is neither beside this Python nor on PATH")


def test_a_cache_that_is_a_file_is_named_with_the_variable_that_moves_it(machine: Machine) -> None:
    machine.cache.write_text("in the way")
    finding = found(machine, "cache")
    assert finding.outcome == CheckOutcome.FAIL
    assert "SCALESHOP_CACHE" in finding.fix


@pytest.mark.parametrize(
    ("free", "outcome"), [(100, CheckOutcome.FAIL), (500, CheckOutcome.WARN), (2000, CheckOutcome.OK)]
)
def test_a_full_disk_fails_and_a_tight_one_warns(machine: Machine, free: int, outcome: CheckOutcome) -> None:
    assert found(replace(machine, free_bytes=lambda _: free * 1024**2), "cache").outcome == outcome


def test_packages_that_are_there_are_shown_with_their_size(machine: Machine) -> None:
    binary = machine.cache / "aws-1234" / "bin" / "python"
    binary.parent.mkdir(parents=True)
    binary.write_bytes(b"0" * 3 * 1024**2)
    finding = found(machine, "aws packages")
    assert finding.outcome == CheckOutcome.OK
    assert "3 MB in 1 environment(s)" in finding.detail


def test_files_that_others_may_read_are_named_with_the_command_that_closes_them(machine: Machine) -> None:
    machine.run_dir.mkdir(mode=0o700)
    secret = machine.run_dir / "passphrase"
    secret.write_text("words")
    secret.chmod(0o640)
    finding = found(machine, "modes")
    assert finding == Finding("modes", CheckOutcome.FAIL, f"others may read: {secret}", f"run `chmod go= {secret}`")
    subprocess.run(finding.fix.split("`")[1].split(), check=True)
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert found(machine, "modes").outcome == CheckOutcome.OK


def test_the_lock_of_a_process_that_is_gone_is_stale(machine: Machine) -> None:
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    lock(machine, pid=int(ended.stdout), host="here", started=1.0)
    finding = found(machine, "lock aws-dev")
    assert finding.outcome == CheckOutcome.WARN
    assert "is stale" in finding.detail


def test_the_lock_of_a_running_command_is_waited_for(machine: Machine) -> None:
    with lock_stack(machine.run_dir / "state" / "aws-dev.json"):
        finding = found(replace(machine, host=socket.gethostname()), "lock aws-dev")
    assert finding.detail == f"is taken by process {os.getpid()}, which is changing the stack"


def test_the_lock_of_a_younger_process_with_the_same_pid_is_stale(machine: Machine) -> None:
    lock(machine, pid=os.getpid(), host="here", started=psutil.Process().create_time() - 100)
    assert "is stale" in found(machine, "lock aws-dev").detail


def test_a_lock_of_another_host_can_only_be_ended_there(machine: Machine) -> None:
    lock(machine, pid=1, host="there", started=1.0)
    finding = found(machine, "lock aws-dev")
    assert finding.outcome == CheckOutcome.FAIL
    assert str(machine.run_dir / "state" / "aws-dev.lock") in finding.fix


def test_a_damaged_lock_is_taken_over(machine: Machine) -> None:
    lock(machine, pid="none")
    assert found(machine, "lock aws-dev").detail == "is damaged, left by a crash"


def test_a_plane_that_died_is_reported(machine: Machine) -> None:
    record = machine.run_dir / "run" / "aws" / "plane.json"
    record.parent.mkdir(parents=True, mode=0o700)
    machine.run_dir.chmod(0o700)
    record.write_text(json.dumps({"pid": 2**22 - 1, "started": 1.0, "port": 4566, "world": "one"}))
    finding = found(machine, "aws plane")
    assert finding.outcome == CheckOutcome.WARN
    assert "ended without being stopped" in finding.detail


def test_the_version_of_a_cli_on_the_path_is_shown(machine: Machine, tmp_path: Path) -> None:
    which = program(tmp_path, "pulumi", "print('v3.272.0')")
    assert found(replace(machine, which=which), "pulumi").detail == "v3.272.0 is used"


def test_a_cli_that_does_not_answer_is_named_with_the_way_round(machine: Machine, tmp_path: Path) -> None:
    which = program(tmp_path, "pulumi", "raise SystemExit(1)")
    assert cli_version(which) == ""
    assert "--engine embedded" in found(replace(machine, which=which), "pulumi").fix


def test_loopback_is_bound_for_real(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    assert found(machine, "loopback").outcome == CheckOutcome.OK
    monkeypatch.setattr(socket.socket, "bind", refuse)
    assert found(machine, "loopback").outcome == CheckOutcome.FAIL


def test_the_command_prints_json_and_exits_with_three_when_something_fails(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way")
    code = "from scaleshop.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "doctor", "--json"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "SCALESHOP_CACHE": str(tmp_path / "cache")},
    )  # fmt: skip
    document = json.loads(done.stdout)
    assert (done.returncode, document["ok"]) == (3, False)
    assert [f["check"] for f in document["findings"] if f["outcome"] == "fail"] == ["cache"]
