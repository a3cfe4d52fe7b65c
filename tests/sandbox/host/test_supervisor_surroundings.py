"""What a plane is started in: directories, environment, logs, disk; and what is reported of it."""

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from standin_plane import Standins

from sandbox.host.errors import SandboxError
from sandbox.host.processes import find_orphans


@pytest.fixture
def planes(tmp_path: Path) -> Iterator[Standins]:
    made = Standins(tmp_path)
    yield made
    made().stop()


def modes(directory: Path) -> dict[str, int]:
    found = [directory, *(p for p in directory.rglob("*") if p.is_dir())]
    return {str(p.relative_to(directory)): stat.S_IMODE(p.stat().st_mode) for p in found}


def test_logs_of_earlier_runs_are_kept_three_deep(planes: Standins) -> None:
    for number in range(6):
        planes().start()
        with planes().log.open("a") as log:
            log.write(f"run {number}\n")
        planes().stop()
    logs = sorted(planes.directory.glob("plane.log*"))
    assert [p.name for p in logs] == ["plane.log", "plane.log.1", "plane.log.2", "plane.log.3"]
    assert ["run 5" in logs[0].read_text(), "run 2" in logs[3].read_text()] == [True, True]


def test_only_the_owner_may_enter_the_planes_directories(planes: Standins) -> None:
    planes.run.mkdir(mode=0o755)
    old = os.umask(0)
    try:
        planes().start()
    finally:
        os.umask(old)
    assert set(modes(planes.run).values()) == {0o700}
    assert stat.S_IMODE((planes.directory / "plane.json").stat().st_mode) == 0o600


def test_nothing_of_the_callers_environment_reaches_the_plane(
    planes: Standins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARK_OF_THE_CALLER", "a secret")
    status = planes().start()
    environment = psutil.Process(status.pid).environ()
    assert "MARK_OF_THE_CALLER" not in environment
    temporary = str(planes.directory / "tmp")
    assert (environment["TMPDIR"], environment["HOME"]) == (temporary, temporary)


def test_the_callers_proxy_is_not_asked_for_a_plane_on_this_machine(
    planes: Standins, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert planes().start().state == "running"


def test_a_full_disk_is_an_error_that_keeps_the_old_record_and_leaves_no_process(
    planes: Standins, monkeypatch: pytest.MonkeyPatch
) -> None:
    planes().start()
    planes().stop()
    before = (planes.directory / "plane.json").read_text()

    def full(self: Path, text: str) -> int:
        with self.open("w") as file:
            file.write(text[:10])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", full)
        with pytest.raises(SandboxError, match=r"plane.json can't be written: No space left on device; make room"):
            planes().start()
    assert (planes.directory / "plane.json").read_text() == before
    assert json.loads(before)["clean"]
    assert list(planes.directory.glob("*.new")) == []
    assert find_orphans(planes.directory) == []


def test_a_file_in_the_place_of_the_directory_is_named(planes: Standins) -> None:
    planes.run.write_text("a file")
    with pytest.raises(SandboxError, match=r"run.* can't be made"):
        planes().start()


def test_a_plane_is_in_a_session_of_its_own_which_ctrl_c_at_the_terminal_does_not_reach(planes: Standins) -> None:
    pid = planes().start().pid
    assert pid is not None
    assert (os.getsid(pid), os.getpgid(pid)) == (pid, pid)


def test_slow_steps_are_reported_with_their_end(planes: Standins) -> None:
    planes().start()
    planes().stop()
    assert [(p.step, p.done) for p in planes.reported] == [
        ("environment", False),
        ("environment", True),
        ("start", False),
        ("start", True),
        ("stop", False),
        ("stop", True),
    ]


def test_a_failed_step_is_reported_with_its_error(planes: Standins) -> None:
    with pytest.raises(SandboxError):
        planes("exits").start()
    assert "ended at once" in str(planes.reported[-1].error)
