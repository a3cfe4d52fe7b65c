"""Files of the sandbox: private directories, files replaced whole, logs rotated and read."""

import os
from pathlib import Path

from sandbox.host.errors import SandboxError

# As much of a log as is read.
LOG_BYTES = 65536


def make_private_directories(*directories: Path) -> None:
    """Make directories that only their owner may enter, in the order given; the first one's parents as usual.

    Raises:
        SandboxError: one can't be made.
    """
    for directory in directories:
        try:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            directory.chmod(0o700)  # it may have been there with another mode
        except OSError as error:
            msg = f"the directory {directory} can't be made: {error.strerror}; make room, or give it to your user"
            raise SandboxError(msg) from error


def write_whole(file: Path, text: str) -> None:
    """Replace a file that only its owner may read; when it fails, the file is as it was before.

    Raises:
        SandboxError: the disk is full or the directory is not writable.
    """
    new = file.with_suffix(".new")
    try:
        new.touch(mode=0o600)
        new.write_text(text)
        new.replace(file)
    except OSError as error:
        new.unlink(missing_ok=True)
        msg = f"{file} can't be written: {error.strerror}; make room on the disk, then try again"
        raise SandboxError(msg) from error


def rotate_logs(log: Path, kept: int) -> None:
    """Make room for a new log: `x.log` becomes `x.log.1`, and so on; the oldest of `kept` goes."""
    for index in range(kept, 0, -1):
        newer = log if index == 1 else log.with_suffix(f".log.{index - 1}")
        if newer.exists():
            newer.replace(log.with_suffix(f".log.{index}"))


def read_tail(log: Path, lines: int = 200) -> str:
    """The last lines of a log, of its last 64 KiB at most; empty when there is none."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - LOG_BYTES))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
