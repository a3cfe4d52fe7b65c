"""Companions: processes beside a plane, started once it serves and ended before it ends."""

import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from sandbox.host.environments import ensure_environment
from sandbox.host.files import make_private_directories
from sandbox.host.plane import Companion, Plane, PlaneLocation
from sandbox.host.processes import Process, free_port, start_server, stop, wait_until_serving
from sandbox.host.progress import OnProgress, report_step
from sandbox.host.records import CompanionRecord

START_SECONDS = 60
GRACE_SECONDS = 10


def make_environments(plane: Plane, cache: Path, on_progress: OnProgress) -> Mapping[str, Path]:
    """The environment of each companion by name, made at first use.

    Raises:
        SandboxError: packages can't be had.
    """
    return {c.name: ensure_environment(f"{plane.name}-{c.name}", c.pins, cache, on_progress) for c in plane.companions}


def choose_ports(plane: Plane, before: Iterable[CompanionRecord]) -> Mapping[str, int]:
    """A free port for each companion by name; the last one if it is free."""
    last = {companion.name: companion.port for companion in before}
    return {companion.name: free_port(last.get(companion.name)) for companion in plane.companions}


def start_companions(
    plane: Plane,
    location: PlaneLocation,
    environments: Mapping[str, Path],
    on_progress: OnProgress,
    on_start: Callable[[CompanionRecord], None],
) -> None:
    """Start each and return when all serve.

    Args:
        plane: Whose they are.
        location: The plane's ports and directory.
        environments: The environment of each, by name.
        on_progress: Called as each start begins and ends.
        on_start: Called with each process as soon as it runs.

    Raises:
        SandboxError: one does not come up; those that did are left to the caller.
    """
    for companion in plane.companions:
        with report_step(on_progress, "start", f"starting {companion.name} beside {plane.version}"):
            process = _launch(companion, location, environments[companion.name])
            on_start(CompanionRecord(companion.name, process.pid, process.started, location.companions[companion.name]))
            _wait(companion, process, location)


def stop_companions(companions: Iterable[CompanionRecord], *, grace: float = GRACE_SECONDS) -> None:
    """End each, politely first."""
    for companion in companions:
        stop(companion.process, grace=grace)


def remove_files(plane: Plane, directory: Path) -> None:
    """Remove the files that companions keep while they run."""
    for companion in plane.companions:
        shutil.rmtree(directory / companion.name, ignore_errors=True)


def log_path(directory: Path, name: str) -> Path:
    """The file of a companion's output, in its plane's directory."""
    return directory / f"{name}.log"


def _launch(companion: Companion, location: PlaneLocation, environment: Path) -> Process:
    directory, log = location.directory / companion.name, log_path(location.directory, companion.name)
    shutil.rmtree(directory / "tmp", ignore_errors=True)
    make_private_directories(directory, directory / "tmp")
    return start_server(
        companion.name,
        companion.command(environment / "bin" / "python", location),
        environment=companion.environment(directory / "tmp"),
        directory=directory,
        working=directory,
        log=log,
    )


def _wait(companion: Companion, process: Process, location: PlaneLocation) -> None:
    port = location.companions[companion.name]
    what, url = f"{companion.name} beside the data plane", f"http://127.0.0.1:{port}{companion.health}"
    wait_until_serving(what, process, url, port, log_path(location.directory, companion.name), seconds=START_SECONDS)
