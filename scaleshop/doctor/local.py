"""Checks of this machine: what `make up` needs, and what earlier runs have left behind."""

import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.host.environments import find_uv
from sandbox.host.errors import SandboxError
from sandbox.host.plane import Plane
from sandbox.host.sandbox import Sandbox
from scaleshop.doctor.findings import Finding, fail, ok, warn
from scaleshop.doctor.locks import examine_locks

OLDEST_PYTHON = (3, 11)
# The planes' environments, the layer and its twin take some 100 MB; a run's state and logs as much again.
NEEDED_BYTES = 300 * 1024**2
COMFORTABLE_BYTES = 1024**3
CLI_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Machine:
    """What the checks look at; a test hands in another one."""

    run_dir: Path
    """The project's `.scaleshop`."""
    cache: Path
    planes: Sequence[Plane]
    """Of every architecture."""
    python: tuple[int, int, int] = (sys.version_info[0], sys.version_info[1], sys.version_info[2])
    find_uv: Callable[[], str] = find_uv
    which: Callable[[str], str | None] = shutil.which
    free_bytes: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free
    host: str = socket.gethostname()


def examine(machine: Machine) -> list[Finding]:
    """Every local finding, in the order in which `make up` would meet it."""
    return [
        _python(machine),
        _uv(machine),
        _cache(machine),
        *_environments(machine),
        _loopback(),
        _modes(machine),
        *_planes(machine),
        *examine_locks(machine.run_dir / "state", machine.host),
        _cli(machine),
    ]


def cli_version(which: Callable[[str], str | None]) -> str | None:
    """The version of the Pulumi CLI on PATH, None without one; empty when it does not answer."""
    program = which("pulumi")
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, "version"],
            capture_output=True, text=True, timeout=CLI_SECONDS, check=False,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _python(machine: Machine) -> Finding:
    found = ".".join(map(str, machine.python))
    if machine.python[:2] >= OLDEST_PYTHON:
        return ok("python", found)
    oldest = ".".join(map(str, OLDEST_PYTHON))
    return fail(
        "python", f"{found}, {oldest} or newer is needed", f"run `make clean`, then `make up PYTHON=python{oldest}`"
    )


def _uv(machine: Machine) -> Finding:
    try:
        return ok("uv", machine.find_uv())
    except SandboxError as error:
        return fail("uv", str(error).split(";", maxsplit=1)[0], "run `make up`, which installs it, or `pip install uv`")


def _cache(machine: Machine) -> Finding:
    elsewhere = "give it to your user, or set SCALESHOP_CACHE to another directory"
    try:
        machine.cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=machine.cache):
            free = machine.free_bytes(machine.cache)
    except OSError as error:
        return fail("cache", f"{machine.cache} can't be written: {error.strerror}", elsewhere)
    detail = f"{machine.cache}, {_size(free)} free"
    if free < NEEDED_BYTES:
        return fail("cache", f"{detail}, {_size(NEEDED_BYTES)} are needed", f"make room, or {elsewhere}")
    if free < COMFORTABLE_BYTES:
        return warn("cache", detail, f"make room: logs and data of longer runs may not fit in {_size(free)}")
    return ok("cache", detail)


def _environments(machine: Machine) -> Iterator[Finding]:
    for plane in machine.planes:
        name = plane.name
        made = [path for path in machine.cache.glob(f"{name}-*") if (path / "bin" / "python").exists()]
        check = f"{name} packages"
        if made:
            yield ok(check, f"{plane.version}, {_size(sum(map(_tree_bytes, made)))} in {len(made)} environment(s)")
        else:
            yield warn(check, f"{plane.version} is not there yet", "`make up` fetches it; that needs the package index")


def _loopback() -> Finding:
    try:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            probe.listen()
            return ok("loopback", "127.0.0.1 takes connections")
    except OSError as error:
        return fail(
            "loopback", f"no port of 127.0.0.1 can be bound: {error.strerror}", "allow it in the firewall or container"
        )


def _modes(machine: Machine) -> Finding:
    if not machine.run_dir.exists():
        return ok("modes", f"{machine.run_dir} is not there yet")
    private = [machine.run_dir, *(machine.run_dir / "state").glob("*.json"), machine.run_dir / "passphrase"]
    open_to_others = [path for path in private if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077]
    if not open_to_others:
        return ok("modes", f"{machine.run_dir} is private")
    paths = " ".join(str(path) for path in open_to_others)
    return fail("modes", f"others may read: {paths}", f"run `chmod go= {paths}`")


def _planes(machine: Machine) -> Iterator[Finding]:
    for plane in Sandbox(machine.run_dir, machine.planes, cache_dir=machine.cache).status():
        check = f"{plane.name} plane"
        if plane.state == "running":
            yield ok(check, f"runs at {plane.endpoint}, pid {plane.pid}")
        elif plane.state == "stopped":
            yield ok(check, "is stopped")
        else:
            yield warn(check, "ended without being stopped; what it had is lost", "`scaleshop up` rebuilds it")


def _cli(machine: Machine) -> Finding:
    version = cli_version(machine.which)
    if version is None:
        return ok("pulumi", "is not on PATH: the embedded engine is used, for the sandbox only")
    if not version:
        return warn("pulumi", "is on PATH and does not answer", "repair it, or use `--engine embedded`")
    return ok("pulumi", f"{version} is used")


def _tree_bytes(directory: Path) -> int:
    return sum(path.lstat().st_size for path in _files([directory]))


def _files(directories: Sequence[Path]) -> Iterator[Path]:
    for directory in directories:
        for path in directory.rglob("*"):
            if path.is_file() and not path.is_symlink():
                yield path


def _size(count: int) -> str:
    return f"{count / 1024**3:.1f} GB" if count >= 1024**3 else f"{count / 1024**2:.0f} MB"
