"""Launchers as the CLI uses them: they tell a port, stay, and never outlive the process that started them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sandbox.host import plugin_launchers

# Stands for the CLI: starts a plugin as Pulumi's engine does, says its pid and its port, then waits.
STARTER = """
import subprocess, sys, time
child = subprocess.Popen([sys.argv[1], "127.0.0.1:1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0)
print(child.pid, child.stdout.readline().decode().strip(), flush=True)
time.sleep(600)
"""


def gone(pid: int, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)  # between two looks at the condition
    return True


@pytest.fixture
def launcher(tmp_path: Path) -> Path:
    return plugin_launchers.write(tmp_path / "plugins", ["aws"]) / "pulumi-resource-aws"


@pytest.fixture
def started(launcher: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [launcher, "127.0.0.1:1"],
        env={**os.environ, **plugin_launchers.variables({"aws": 4711})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    with process:
        yield process
        process.kill()


def test_a_launcher_prints_its_port_in_one_line_and_stays(started: subprocess.Popen[str]) -> None:
    assert started.stdout
    assert started.stdout.readline() == "4711\n"
    assert started.poll() is None


def test_a_launcher_ends_on_the_interrupt_that_the_cli_sends_to_its_group(started: subprocess.Popen[str]) -> None:
    assert started.stdout
    started.stdout.readline()
    os.killpg(started.pid, signal.SIGINT)
    started.wait(10)


def test_a_launcher_ends_when_the_cli_closes_its_end(started: subprocess.Popen[str]) -> None:
    assert started.stdin
    started.stdin.close()
    started.wait(10)


def test_a_launcher_dies_with_a_parent_that_is_killed(launcher: Path) -> None:
    environment = {**os.environ, **plugin_launchers.variables({"aws": 4711})}
    with subprocess.Popen(
        [sys.executable, "-c", STARTER, str(launcher)], env=environment, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        pid, port = map(int, parent.stdout.readline().split())
        assert port == 4711
        assert psutil.pid_exists(pid)
        parent.kill()
    assert gone(pid)


def test_a_launcher_without_a_sandbox_says_who_starts_it(launcher: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SCALESHOP_")}
    done = subprocess.run([launcher], env=clean, capture_output=True, text=True, check=False, timeout=10)
    assert done.returncode != 0
    assert "only scaleshop starts this" in done.stderr
    assert not done.stdout


def test_launchers_are_for_their_owner_alone_and_are_renewed(tmp_path: Path) -> None:
    directory = plugin_launchers.write(tmp_path / "plugins", ["aws", "gcp"])
    files = sorted(directory.iterdir())
    assert [path.name for path in files] == ["pulumi-resource-aws", "pulumi-resource-gcp"]
    assert {path.stat().st_mode & 0o777 for path in (directory, *files)} == {0o700}
    files[0].write_text("an older release's")
    assert "SCALESHOP_AWS_PROVIDER_PORT" in (plugin_launchers.write(directory, ["aws"]) / files[0].name).read_text()


def test_each_package_has_a_variable_of_its_own() -> None:
    assert plugin_launchers.variables({"aws": 1, "google-native": 2}) == {
        "SCALESHOP_AWS_PROVIDER_PORT": "1",
        "SCALESHOP_GOOGLE_NATIVE_PROVIDER_PORT": "2",
    }
