"""Processes beside a plane: started after it serves, ended before it ends."""

import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from sandbox.host import serving
from sandbox.host.environments import environment
from sandbox.host.files import private_directories
from sandbox.host.plane import Companion, Place, Plane
from sandbox.host.processes import Process, free_port, stop
from sandbox.host.progress import OnProgress, told
from sandbox.host.records import Beside

START_SECONDS = 60
GRACE_SECONDS = 10


def environments(plane: Plane, cache: Path, tell: OnProgress) -> Mapping[str, Path]:
    """The environment of each, made at first use.

    Raises:
        SandboxError: packages can't be had.
    """
    return {c.name: environment(f"{plane.name}-{c.name}", c.pins, cache, tell) for c in plane.companions}


def ports(plane: Plane, before: Iterable[Beside]) -> Mapping[str, int]:
    """A free port for each; the last one if it is free."""
    last = {companion.name: companion.port for companion in before}
    return {companion.name: free_port(last.get(companion.name)) for companion in plane.companions}


def start_companions(
    plane: Plane, place: Place, found: Mapping[str, Path], tell: OnProgress, began: Callable[[Beside], None]
) -> None:
    """Start each and return when all serve.

    Args:
        plane: Whose they are.
        place: Where it lives.
        found: The environment of each.
        tell: Told of each start.
        began: Told of each process as soon as it runs.

    Raises:
        SandboxError: one does not come up; those that did are left to the caller.
    """
    for companion in plane.companions:
        with told(tell, "start", f"starting {companion.name} beside {plane.version}"):
            process = _launch(companion, place, found[companion.name])
            began(Beside(companion.name, process.pid, process.started, place.companions[companion.name]))
            _wait(companion, process, place)


def stop_companions(companions: Iterable[Beside], *, grace: float = GRACE_SECONDS) -> None:
    """End each, politely first."""
    for companion in companions:
        stop(companion.process, grace=grace)


def clean_up(plane: Plane, directory: Path) -> None:
    """Remove what they keep while they run; code and homes of functions, say."""
    for companion in plane.companions:
        shutil.rmtree(directory / companion.name, ignore_errors=True)


def log_of(directory: Path, name: str) -> Path:
    """Where a companion's output goes, in its plane's directory."""
    return directory / f"{name}.log"


def _launch(companion: Companion, place: Place, found: Path) -> Process:
    directory, log = place.directory / companion.name, log_of(place.directory, companion.name)
    shutil.rmtree(directory / "tmp", ignore_errors=True)
    private_directories(directory, directory / "tmp")
    return serving.launch(
        companion.name,
        companion.command(found / "bin" / "python", place),
        environment=companion.environment(directory / "tmp"),
        directory=directory,
        working=directory,
        log=log,
    )


def _wait(companion: Companion, process: Process, place: Place) -> None:
    port = place.companions[companion.name]
    what, url = f"{companion.name} beside the data plane", f"http://127.0.0.1:{port}{companion.health}"
    serving.wait(what, process, url, port, log_of(place.directory, companion.name), seconds=START_SECONDS)
