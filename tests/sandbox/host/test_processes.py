"""Processes are known, found and ended without taking another for one's own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from plane_fixture import eventually

from sandbox.host import processes
from sandbox.host.processes import Process

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture
def started() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def sleeper(started: ExitStack, temporary: Path | None) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **({"TMPDIR": str(temporary)} if temporary else {})}
    made = subprocess.Popen(SLEEP, env=environment)
    started.callback(made.wait)
    started.callback(made.kill)
    # Until it runs the program it still has the environment of this process.
    eventually(lambda: psutil.Process(made.pid).environ().get("TMPDIR") == environment.get("TMPDIR"), "it runs")
    return made


def test_orphans_are_the_processes_whose_temporary_files_lie_in_the_directory(
    started: ExitStack, tmp_path: Path
) -> None:
    within = sleeper(started, tmp_path / "aws" / "tmp")
    sleeper(started, tmp_path / "aws-2" / "tmp")  # begins with the same letters
    sleeper(started, tmp_path)
    sleeper(started, None)
    assert [p.pid for p in processes.find_orphans(tmp_path / "aws")] == [within.pid]


def test_this_process_is_never_an_orphan(tmp_path: Path) -> None:
    source = (
        "import pathlib, sys; from sandbox.host.processes import find_orphans; "
        "print(find_orphans(pathlib.Path(sys.argv[1])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", source, str(tmp_path)],
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_a_later_process_with_the_same_pid_is_not_taken_for_the_first(started: ExitStack) -> None:
    pid = sleeper(started, None).pid
    now = psutil.Process(pid).create_time() - psutil.boot_time()
    assert Process(pid, now).is_running
    assert not Process(pid, now - 60).is_running
    assert not processes.stop(Process(pid, now - 60), grace=1)
    assert Process(pid, now).is_running


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux derives start times from the clock")
def test_a_clock_that_is_set_does_not_make_a_running_process_look_dead(
    started: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = sleeper(started, None).pid
    process = Process(pid, psutil.Process(pid).create_time() - psutil.boot_time())
    later = psutil.boot_time() + 3600
    monkeypatch.setattr("psutil._pslinux.boot_time", lambda: later)
    assert process.is_running


def test_a_process_that_has_ended_and_was_not_waited_for_is_not_alive(started: ExitStack) -> None:
    made = sleeper(started, None)
    process = Process(made.pid, psutil.Process(made.pid).create_time() - psutil.boot_time())
    made.kill()
    eventually(lambda: not process.is_running, "the process ended")
    assert made.poll() is not None


def test_a_free_port_is_the_preferred_one_when_it_is_free() -> None:
    port = processes.free_port()
    assert processes.free_port(port) == port


def test_a_program_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        processes.start(["/nowhere/at/all"], environment={}, directory=tmp_path, log=tmp_path / "log")
