"""The description of a data plane: pinned packages, command, environment, readiness."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.host.environments import Pins


@dataclass(frozen=True, slots=True)
class PlaneLocation:
    """The ports and the directory of a started plane."""

    port: int
    directory: Path
    """Its own directory: `data`, `tmp` and the log are in it."""
    companions: Mapping[str, int] = field(default_factory=dict)
    """Ports of the processes beside it, by name."""
    python: Path = Path()
    """The interpreter of its environment."""


@dataclass(frozen=True, slots=True)
class Companion:
    """A process beside a plane, which starts after it and ends before it."""

    name: str
    pins: Pins
    """Every package of an environment for it, with versions."""
    command: Callable[[Path, PlaneLocation], Sequence[str]]
    """All words, for that environment's interpreter and the plane's location."""
    environment: Callable[[Path], Mapping[str, str]]
    """All its variables, for its directory."""
    health: str
    """Path that answers 200 when it serves."""


@dataclass(frozen=True, slots=True)
class Plane:
    """A data plane: an emulator of a cloud's services, run as a process of its own."""

    name: str
    version: str
    pins: Pins
    """Every package of its environment, with versions."""
    command: Callable[[PlaneLocation], Sequence[str]]
    """All words, for its location."""
    environment: Callable[[PlaneLocation], Mapping[str, str]]
    """All its variables: nothing of the caller's leaks in."""
    health: str
    """Path that answers 200 when it serves."""
    port_taken: str = ""
    """What its log says when the port is another's; a free one is tried then."""
    unsaved: str = ""
    """What its log says when it ends and could not write its snapshot."""
    unread: str = ""
    """What its log says when it starts and could not read its snapshot."""
    companions: tuple[Companion, ...] = ()
    start_seconds: float = 60
    stop_seconds: float = 20
