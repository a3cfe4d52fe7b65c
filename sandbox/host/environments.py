"""Environments of data planes: made once by uv in the cache, whole or not at all."""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sandbox.host.errors import SandboxError
from sandbox.host.progress import OnProgress, report_step

OFFLINE_SIGNS = (
    "error sending request",
    "Failed to fetch",
    "Connectivity is disabled",
    "network was disabled",
    "dns error",
    "tcp connect error",
)


class Pins(Protocol):
    """Every package of an environment, with its version: a requirements file, or what a lock says."""

    def read_text(self) -> str:
        """As the text of a requirements file."""
        ...


@dataclass(frozen=True, slots=True)
class LockedExtra:
    """An extra of a package of this workspace, as `uv.lock` pins it."""

    workspace: Path
    """Where `uv.lock` is."""
    package: str
    extra: str

    def read_text(self) -> str:
        """Every package with its version and hashes; needs no network.

        Raises:
            SandboxError: uv is missing, or the lock is damaged.
        """
        command = [find_uv(), "export", "--quiet", "--frozen", "--no-emit-workspace", "--no-header", "--no-annotate"]
        command += ["--project", str(self.workspace), "--package", self.package, "--extra", self.extra]
        return _run_uv(f"'{self.package}[{self.extra}]'", command)


def cache_directory() -> Path:
    """Where environments are kept: `$SCALESHOP_CACHE`, else `$XDG_CACHE_HOME/scaleshop`, else `~/.cache/scaleshop`."""
    given = os.environ.get("SCALESHOP_CACHE")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "scaleshop"


def find_uv() -> str:
    """The uv beside this interpreter, else on PATH.

    Raises:
        SandboxError: there is none.
    """
    beside = Path(sys.executable).parent / "uv"
    found = str(beside) if beside.exists() else shutil.which("uv")
    if found is None:
        msg = "uv is neither beside this Python nor on PATH; run `make up`, which installs it, or `pip install uv`."
        raise SandboxError(msg)
    return found


def ensure_environment(
    name: str, pins: Pins, cache: Path, on_progress: OnProgress, *, kind: str = "data plane"
) -> Path:
    """The directory of a virtual environment with exactly the pinned packages, made at first use.

    Args:
        name: What it is called in messages and on disk.
        pins: Every package.
        cache: Where environments are kept.
        on_progress: Called before and after packages are fetched.
        kind: What it is for, in messages.

    Raises:
        SandboxError: uv is missing, the index does not answer, the disk is full.
    """
    text = pins.read_text()
    key = hashlib.sha256(f"{platform.python_version()} {sys.platform} {text}".encode()).hexdigest()[:16]
    target = cache / f"{name}-{key}"
    if _is_complete(target):
        return target
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with (cache / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # another process may be making it: wait, then take it
            if not _is_complete(target):
                with report_step(on_progress, "environment", f"fetching the packages of the {name} {kind} (once)"):
                    _build(f"{name} {kind}", name, text, target)
    except OSError as error:
        msg = (
            f"the environment of the {name} {kind} can't be made in {cache}: {error.strerror or error}; make room, "
            "give the directory to your user, or set SCALESHOP_CACHE to another"
        )
        raise SandboxError(msg) from error
    return target


def _is_complete(target: Path) -> bool:
    # The link dangles when the interpreter that made the environment is gone.
    return (target / "bin" / "python").exists()


def _build(what: str, name: str, pins: str, target: Path) -> None:
    for left in target.parent.glob(f".{name}-*"):  # of a run that was killed: this process holds the lock
        shutil.rmtree(left, ignore_errors=True)
    # Made beside its final name and moved in one step, so that it is there whole or not at all.
    building = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=target.parent))
    try:
        uv = find_uv()
        _run_uv(what, [uv, "venv", "--quiet", "--relocatable", "--python", sys.executable, str(building / "env")])
        python, file = building / "env" / "bin" / "python", building / "requirements.txt"
        file.write_text(pins)
        _run_uv(
            what, [uv, "pip", "install", "--quiet", "--no-deps", "--python", str(python), "--requirement", str(file)]
        )
        shutil.rmtree(target, ignore_errors=True)
        (building / "env").replace(target)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _run_uv(what: str, command: Sequence[str]) -> str:
    hidden = ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "PYTHONPATH", "PYTHONHOME")
    clean = {k: v for k, v in os.environ.items() if k not in hidden}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=clean)
    if done.returncode == 0:
        return done.stdout
    output = done.stderr.strip()
    if any(sign in output for sign in OFFLINE_SIGNS):
        msg = (
            f"the packages of the {what} could not be fetched: the package index does not answer. The first "
            "run needs the network; check it (and pip's or uv's index settings), then try again.\n"
            f"uv said: {output[-600:]}"
        )
        raise SandboxError(msg)
    msg = f"uv could not make the environment of the {what}:\n{output[-1200:]}"
    raise SandboxError(msg)
