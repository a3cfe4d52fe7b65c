"""A worker process: started clean, frozen and thawed, watched, ended with all that it has started."""

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path

from aws_emulator.lambda_runtime import processes
from aws_emulator.lambda_runtime.limits import MIB
from aws_emulator.lambda_runtime.output import OnRecords, Output


class FunctionWorker:
    """The operating system's side of an execution environment."""

    def __init__(self, directory: Path) -> None:
        """Describe one.

        Args:
            directory: Its own; removed in the end.
        """
        self.directory = directory
        self.peak = 0
        """Most bytes seen resident."""
        self.out_of_memory = False
        """Whether it was killed for its memory."""
        self._process: asyncio.subprocess.Process | None = None
        self._exit: asyncio.Task[int] | None = None
        self._output: Output | None = None
        self._frozen = self._gone = False

    @property
    def pid(self) -> int:
        """Of the process, 0 before it was started."""
        return self._process.pid if self._process else 0

    @property
    def exit(self) -> "asyncio.Task[int]":
        """Done when the process has ended, with its exit code; negative for a signal."""
        assert self._exit is not None, "the worker was not started"  # noqa: S101
        return self._exit

    @property
    def ended(self) -> bool:
        """Whether the process is known to have ended, or was never started."""
        return self._exit is None or self._exit.done()

    @property
    def alive(self) -> bool:
        """Whether the process runs, asked of the kernel; it may end in the next moment."""
        if self.ended:
            return False
        with contextlib.suppress(ChildProcessError):
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
        return False

    async def start(
        self, python: Path, handler: str, code: Path, environment: Mapping[str, str], on_records: OnRecords
    ) -> None:
        """Start the runtime client for a handler.

        Args:
            python: The interpreter.
            handler: `module.function`.
            code: The unpacked code, which it finds from its working directory too.
            environment: All its variables.
            on_records: Called with what it writes.

        Raises:
            OSError: it can't be started.
        """
        task = self._prepare(code)
        self._output = output = Output(on_records)
        # -P: the code comes first on the path by PYTHONPATH, not the directory that the worker stands in.
        self._process = await asyncio.create_subprocess_exec(
            python,
            *("-P", "-m", "awslambdaric", handler),
            env={**environment, "_LAMBDA_TELEMETRY_LOG_FD": str(output.write)},
            cwd=task,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output.write,
            stderr=output.write,
            pass_fds=(output.write,),
            start_new_session=True,
        )
        output.close_write_end()
        self._exit = asyncio.create_task(self._process.wait())

    def freeze(self) -> None:
        """Stop the process and its group where they stand."""
        if not self._frozen:
            self._signal(signal.SIGSTOP)
            self._frozen = True

    def thaw(self) -> None:
        """Let them go on."""
        if self._frozen:
            self._signal(signal.SIGCONT)
            self._frozen = False

    def kill(self) -> None:
        """Kill the process and its group."""
        self._signal(signal.SIGKILL)

    def check_memory(self, limit: int) -> None:
        """Kill it if it and its children use more than so many bytes."""
        found = processes.measure_quickly(self.pid)
        if found > limit:
            found = processes.measure_exactly(self.pid)
        self.peak = max(self.peak, min(found, limit))
        if found > limit and self.alive:
            self.out_of_memory = True
            self.kill()

    def measure(self) -> None:
        """Read what it has written so far, and the most memory that it had."""
        if self._output is not None:
            self._output.drain()
        self.peak = max(self.peak, processes.read_peak(self.pid))

    def set_limits(self, megabytes: int) -> None:
        """Set its hard bounds."""
        processes.set_limits(self.pid, 2 * megabytes * MIB)

    async def end(self, grace: float) -> None:
        """End the process and all that it has started, and remove its directory.

        Args:
            grace: Seconds between SIGTERM and SIGKILL; 0 kills at once.
        """
        if self._gone:
            return
        if not self.ended:
            if grace:
                self._signal(signal.SIGTERM)
                self._signal(signal.SIGCONT)
                await asyncio.wait((self.exit,), timeout=grace)
            self.kill()
            await asyncio.wait((self.exit,))
        self.kill()  # children that outlived it
        await asyncio.to_thread(self._sweep)
        if self._output is not None:
            self._output.close()
        self._gone = True

    def _prepare(self, code: Path) -> Path:
        """Make its directories; the one that it stands in."""
        task = self.directory / "task"
        for directory in (self.directory, self.directory / "tmp", task):
            directory.mkdir(mode=0o700, parents=True)
        for entry in code.iterdir():  # relative paths work as on AWS; what is written beside them stays here
            (task / entry.name).symlink_to(entry)
        return task

    def _signal(self, number: signal.Signals) -> None:
        if self.pid:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def _sweep(self) -> None:
        processes.kill_orphans(self.directory)  # those that left the group
        shutil.rmtree(self.directory, ignore_errors=True)
