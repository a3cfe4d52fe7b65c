"""The record of a started plane: what is written into its directory so that another command finds it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from sandbox.host.errors import SandboxError
from sandbox.host.files import write_whole
from sandbox.host.processes import Process


@dataclass(frozen=True, slots=True)
class CompanionRecord:
    """A process beside a plane, as it was started last."""

    name: str
    pid: int
    started: float
    """Seconds after the machine's start."""
    port: int

    @property
    def process(self) -> Process:
        """The process that was started."""
        return Process(self.pid, self.started)


@dataclass(frozen=True, slots=True)
class PlaneRecord:
    """A plane as it was started or stopped last."""

    pid: int
    started: float
    """Seconds after the machine's start."""
    port: int
    generation: str
    """Identity of what the plane has in it; a plane that begins empty begins another generation."""
    version: str = ""
    """What was started; a snapshot is read by the same version only."""
    clean: bool = False
    """Whether it ended by itself when it was stopped, so that its snapshot has everything."""
    acknowledged: str = ""
    """The generation that the stack's state describes."""
    companions: tuple[CompanionRecord, ...] = ()

    @property
    def process(self) -> Process:
        """The process that was started."""
        return Process(self.pid, self.started)

    @property
    def is_acknowledged(self) -> bool:
        """Whether the stack's state describes what the plane has in it."""
        return self.generation == self.acknowledged


def read_record(file: Path) -> PlaneRecord | None:
    """The record in a file; None when there is none or it is damaged: the plane begins another generation then.

    Records of planes that were started before this name was chosen call the generation `world`.

    Raises:
        SandboxError: it is there and can't be read.
    """
    try:
        found = json.loads(file.read_text())
        if "world" in found:
            found["generation"] = found.pop("world")
        companions = tuple(CompanionRecord(**companion) for companion in found.pop("companions", ()))
        return PlaneRecord(**found, companions=companions)
    except (FileNotFoundError, NotADirectoryError, ValueError, TypeError):
        return None
    except OSError as error:
        msg = f"{file} can't be read: {error.strerror}; give it to your user, or delete it to begin anew"
        raise SandboxError(msg) from error


def write_record(file: Path, record: PlaneRecord) -> None:
    """Replace the record.

    Raises:
        SandboxError: it can't be written; the old one is kept.
    """
    write_whole(file, json.dumps(asdict(record)))
