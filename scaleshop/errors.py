"""Exit codes and the errors a user can act on."""

from enum import IntEnum


class Exit(IntEnum):
    """What the command's exit code says; the README has the same table."""

    OK = 0
    FAILED = 1
    USAGE = 2
    ENVIRONMENT = 3
    STATE = 4
    INCOMPLETE = 5
    INTERRUPTED = 130


class CommandError(Exception):
    """An expected error: one message that names the fix, and the exit code."""

    def __init__(self, message: str, code: Exit) -> None:
        super().__init__(message)
        self.code = code
