"""The Pulumi CLI as a child process: short commands, and operations whose events arrive while they run.

Run directly and not through Pulumi's Automation API (docs/adr/0013): an interrupt must reach the CLI's own process and
the caller's environment must not.
"""

import contextlib
import math
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.interrupts import handle_interrupts
from scaleshop.errors import CommandError, Exit

# What the CLI says of a stack that it can't work on: part of its message, our exit code, what to do.
REFUSALS: tuple[tuple[str, Exit, str], ...] = (
    ("incorrect passphrase", Exit.STATE, "The passphrase does not open the stack's secrets; restore the one it had."),
    ("currently locked by", Exit.STATE, "Wait for the other operation to end; `pulumi cancel` releases a lost lock."),
    ("PULUMI_ACCESS_TOKEN must be set", Exit.ENVIRONMENT, "Run `pulumi login` first, or set PULUMI_BACKEND_URL."),
    ("no stack named", Exit.USAGE, "Create it in your backend with `pulumi stack init <name>`, then try again."),
    ("could not decrypt", Exit.STATE, "The stack's configuration was encrypted with another key or passphrase."),
)
LOOK_SECONDS = 0.05
CHUNK_BYTES = 1 << 16
STDERR_BYTES = 1 << 20
# From a second interrupt on the CLI ends at once; this long after it there is something wrong with it.
LAST_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Ended:
    """How an operation's process ended."""

    code: int
    said: str
    """Its standard error."""
    interrupted: bool


@dataclass(frozen=True, slots=True)
class PulumiProcess:
    """The CLI in one directory with one environment."""

    directory: Path
    environment: Mapping[str, str]

    def ask(self, *arguments: str) -> str:
        """Run a short command and return what it prints.

        Raises:
            CommandError: it failed, with the CLI's own message, or there is no CLI.
        """
        done = subprocess.run(
            self._command(*arguments),
            cwd=self.directory,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise refusal(done.stderr, f"`pulumi {' '.join(arguments[:2])}` failed") or CommandError(
                f"`pulumi {' '.join(arguments[:2])}` failed:\n{strip_error_prefix(done.stderr)}", Exit.FAILED
            )
        return done.stdout

    def stream(self, *arguments: str, on_line: Callable[[str], None]) -> Ended:
        """Run an operation; each line that it prints goes to `on_line`, on another thread.

        A first Ctrl-C asks the CLI to finish what is under way; a second one ends it at once. The CLI writes to files
        without a name: with pipes it would die when this process is killed, its lock taken and its state behind.

        Raises:
            CommandError: there is no CLI.
        """
        command = self._command(*arguments)
        presses: list[int] = []
        with (
            tempfile.TemporaryFile() as output,
            tempfile.TemporaryFile() as errors,
            handle_interrupts(lambda number, _: presses.append(number)),
        ):
            process = subprocess.Popen(
                command,
                cwd=self.directory,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,  # Ctrl-C on the terminal reaches it once, through us
            )
            follower = _Follower(output.fileno(), on_line)
            try:
                _wait(process, presses)
            finally:
                follower.end()
            stderr = os.pread(errors.fileno(), STDERR_BYTES, 0).decode(errors="replace")
            return Ended(process.returncode, stderr, interrupted=bool(presses))

    def _command(self, *arguments: str) -> list[str]:
        found = shutil.which("pulumi", path=self.environment["PATH"])
        if found is None:
            msg = "The Pulumi CLI is not on PATH; install it (https://www.pulumi.com/docs/install/)."
            raise CommandError(msg, Exit.ENVIRONMENT)
        return [found, "--non-interactive", "--color", "never", *arguments]


def refusal(said: str, what: str) -> CommandError | None:
    """The error for what the CLI is known to refuse, None for anything else."""
    for sign, code, fix in REFUSALS:
        if sign in said:
            return CommandError(f"{what}: {strip_error_prefix(said)}\n{fix}", code)
    return None


def strip_error_prefix(said: str) -> str:
    """A message of the CLI without the word `error` before it."""
    return said.strip().removeprefix("error: ").strip()


class _Follower:
    """Hands over the lines of a file that another process writes."""

    def __init__(self, descriptor: int, on_line: Callable[[str], None]) -> None:
        self._descriptor, self._on_line = descriptor, on_line
        self._ended = threading.Event()
        self._failures: list[BaseException] = []
        self._thread = threading.Thread(target=self._follow, name="pulumi-events")
        self._thread.start()

    def end(self) -> None:
        """Read what is left, and raise what `on_line` raised."""
        self._ended.set()
        self._thread.join()
        if self._failures:
            raise self._failures[0]

    def _follow(self) -> None:
        offset, rest, last = 0, b"", False
        try:
            while not last:
                last = self._ended.wait(LOOK_SECONDS)
                # Not `read`: the writer shares the descriptor's position.
                while chunk := os.pread(self._descriptor, CHUNK_BYTES, offset):
                    offset += len(chunk)
                    *lines, rest = (rest + chunk).split(b"\n")
                    for line in lines:
                        self._on_line(line.decode(errors="replace"))
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread
            self._failures.append(error)


def _wait(process: subprocess.Popen[bytes], presses: Sequence[int]) -> None:
    """Wait for the CLI and pass on what is pressed; it is killed when it outlives the second press for long."""
    passed, deadline = 0, math.inf
    try:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_SECONDS)
                return
            if len(presses) > passed:
                passed = len(presses)
                _signal(process, signal.SIGINT)
                deadline = time.monotonic() + LAST_SECONDS if passed > 1 else math.inf
            if time.monotonic() > deadline:
                _signal(process, signal.SIGKILL)
    except BaseException:
        _signal(process, signal.SIGKILL)
        raise


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, number)
