"""A tiny data plane with an environment of its own: what the host does is tried on a real process in milliseconds."""

from collections.abc import Mapping
from pathlib import Path

import httpx
from loopback import NO_CERTIFICATES

from sandbox.host.plane import Plane, PlaneLocation
from sandbox.host.progress import Progress
from sandbox.host.supervisor import PlaneStatus, Supervisor

PROGRAM = Path(__file__).with_name("standin_program.py")


def standin(pins: Path, *habits: str, version: str = "standin 1", start_seconds: float = 10) -> Plane:
    """A plane with some of these habits.

    `exits`: ends before it serves. `sleeps`: never serves. `stubborn`: ignores SIGTERM. `child`: has a child process.
    `unsaved`: can't write its snapshot.
    """

    def environment(place: PlaneLocation) -> Mapping[str, str]:
        return {"PORT": str(place.port), "DATA": str(place.directory / "data"), "HABITS": " ".join(habits)}

    return Plane(
        name="standin",
        version=version,
        pins=pins,
        command=lambda location: (str(location.python), str(PROGRAM)),
        environment=environment,
        health="/health",
        port_taken="Address already in use",
        unsaved="the snapshot could not be written",
        unread="the snapshot could not be read",
        start_seconds=start_seconds,
        stop_seconds=1,
    )


class Standins:
    """Supervisors in one run directory, as several commands would make them."""

    def __init__(self, directory: Path) -> None:
        self.run, self.cache = directory / "run", directory / "cache"
        self.pins = directory / "pins.txt"
        self.pins.write_text("")
        self.reported: list[Progress] = []

    @property
    def directory(self) -> Path:
        """Where the plane's files are."""
        return self.run / "standin"

    def __call__(self, *habits: str, **settings: object) -> Supervisor:
        plane = standin(self.pins, *habits, **settings)  # pyright: ignore[reportArgumentType]
        return Supervisor(plane, self.run, self.cache, self.reported.append)


def ask(status: PlaneStatus, path: str) -> int:
    """The plane's number; `/add` counts it up."""
    return int(httpx.get(f"{status.endpoint}{path}", trust_env=False, verify=NO_CERTIFICATES).text)
