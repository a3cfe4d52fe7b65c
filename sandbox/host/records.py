"""What is written down of a started plane, so that another command finds it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from sandbox.host.errors import SandboxError
from sandbox.host.files import write_whole
from sandbox.host.processes import Process


@dataclass(frozen=True, slots=True)
class Beside:
    """A process beside a plane, as it was started last."""

    name: str
    pid: int
    started: float
    port: int

    @property
    def process(self) -> Process:
        """The process that was started."""
        return Process(self.pid, self.started)


@dataclass(frozen=True, slots=True)
class Record:
    """A plane as it was started or stopped last."""

    pid: int
    started: float
    port: int
    world: str
    """Identity of what it holds."""
    version: str = ""
    """What was started; a snapshot is read by the same version only."""
    clean: bool = False
    """Whether it was stopped in peace, so that its snapshot holds everything."""
    acknowledged: str = ""
    """The world that the stack's state describes."""
    companions: tuple[Beside, ...] = ()

    @property
    def process(self) -> Process:
        """The process that was started."""
        return Process(self.pid, self.started)


def read(file: Path) -> Record | None:
    """The record; None when there is none or it is damaged, which is as good as none: the world is made anew.

    Raises:
        SandboxError: it is there and can't be read.
    """
    try:
        found = json.loads(file.read_text())
        companions = tuple(Beside(**companion) for companion in found.pop("companions", ()))
        return Record(**found, companions=companions)
    except (FileNotFoundError, NotADirectoryError, ValueError, TypeError):
        return None
    except OSError as error:
        msg = f"{file} can't be read: {error.strerror}; give it to your user, or delete it to begin anew"
        raise SandboxError(msg) from error


def write(file: Path, record: Record) -> None:
    """Replace the record.

    Raises:
        SandboxError: it can't be written; the old one is kept.
    """
    write_whole(file, json.dumps(asdict(record)))
