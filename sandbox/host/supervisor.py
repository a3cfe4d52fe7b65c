"""One data plane's life: started, watched, stopped, and cleaned up after a crash."""

import json
import os
import shutil
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from sandbox.host.environments import environment
from sandbox.host.errors import SandboxError
from sandbox.host.processes import Process, free_port, orphans, start, stop
from sandbox.host.progress import OnProgress, told
from sandbox.planes.table import Place, Plane

KEPT_LOGS = 3
LOG_LINES = 15


@dataclass(frozen=True, slots=True)
class PlaneStatus:
    """What is known of a plane."""

    name: str
    version: str
    state: Literal["running", "stopped", "dead"]
    """`dead`: it ended without being stopped, and what it held is lost."""
    endpoint: str | None
    pid: int | None
    world: str | None
    """Identity of what it holds; another one means that everything must be made anew."""
    log: Path


@dataclass(frozen=True, slots=True)
class _Record:
    pid: int
    started: float
    port: int
    world: str
    clean: bool = False
    """Whether it was stopped in peace, so that its snapshot holds everything."""
    acknowledged: str = ""
    """The world that the stack's state describes."""


class Supervisor:
    """Runs one plane in one directory."""

    def __init__(self, plane: Plane, directory: Path, cache: Path, on_progress: OnProgress) -> None:
        self._plane, self._cache, self._tell = plane, cache, on_progress
        self._directory = directory / plane.name
        self._file = self._directory / "plane.json"
        self.log = self._directory / "plane.log"

    def status(self) -> PlaneStatus:
        """What runs now."""
        record = self._read()
        running = record is not None and not record.clean and _process(record).alive
        state: Literal["running", "stopped", "dead"] = (
            "running" if running else "stopped" if record is None or record.clean else "dead"
        )
        return PlaneStatus(
            name=self._plane.name,
            version=self._plane.version,
            state=state,
            endpoint=f"http://127.0.0.1:{record.port}" if record and running else None,
            pid=record.pid if record and running else None,
            world=record.world if record and state != "dead" else None,
            log=self.log,
        )

    def start(self, port: int | None = None) -> PlaneStatus:
        """Start the plane unless it runs, and return when it serves.

        Args:
            port: The port it must have; otherwise the last one if it is free, else any.

        Raises:
            SandboxError: its packages can't be had, the port is taken, or it does not come up.
        """
        status = self.status()
        if status.state == "running":
            return status
        record = self._read()
        self._clean_up(record)
        found = environment(self._plane.name, self._plane.pins, self._cache, self._tell)
        chosen = free_port(port or (record.port if record else None))
        if port is not None and chosen != port:
            msg = f"port {port} of 127.0.0.1 is taken; choose another, or stop what listens there"
            raise SandboxError(msg)
        restored = record is not None and record.clean
        world = record.world if record and restored else uuid.uuid4().hex
        with told(self._tell, "start", f"starting {self._plane.version} on 127.0.0.1:{chosen}"):
            process = self._launch(found, chosen)
            acknowledged = record.acknowledged if record else ""
            self._write(_Record(process.pid, process.started, chosen, world, acknowledged=acknowledged))
            self._wait(process, chosen)
        return self.status()

    def stop(self) -> None:
        """Stop the plane; what it holds is kept for the next start."""
        record = self._read()
        if record is None or record.clean:
            return
        with told(self._tell, "stop", f"stopping {self._plane.version}"):
            clean = stop(_process(record), grace=self._plane.stop_seconds)
            self._end_orphans()
            self._write(replace(record, clean=clean))
            shutil.rmtree(self._directory / "tmp", ignore_errors=True)

    def fresh(self) -> bool:
        """Whether the plane holds another world than the one acknowledged last."""
        record = self._read()
        return record is not None and record.world != record.acknowledged

    def acknowledge(self) -> None:
        """Say that the stack's state now describes the plane's world."""
        record = self._read()
        if record is not None and record.world != record.acknowledged:
            self._write(replace(record, acknowledged=record.world))

    def _launch(self, found: Path, port: int) -> Process:
        for name in ("data", "tmp"):
            (self._directory / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        self._rotate_logs()
        place = Place(port, self._directory)
        variables = {
            "PATH": f"{found / 'bin'}:{os.defpath}",
            "HOME": str(self._directory / "tmp"),
            "TMPDIR": str(self._directory / "tmp"),
            "LANG": "C.UTF-8",
            **self._plane.environment(place),
        }
        program, *arguments = self._plane.command
        command = [str(found / "bin" / "python"), str(found / "bin" / program), *arguments]
        return start(command, environment=variables, directory=self._directory / "tmp", log=self.log)

    def _wait(self, process: Process, port: int) -> None:
        deadline = time.monotonic() + self._plane.start_seconds
        url = f"http://127.0.0.1:{port}{self._plane.health}"
        while time.monotonic() < deadline:
            if not process.alive:
                break
            try:
                with urllib.request.urlopen(url, timeout=2) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        ended = "ended at once" if not process.alive else f"did not answer within {self._plane.start_seconds:g} s"
        stop(process, grace=1)
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_LINES:])
        msg = f"the {self._plane.name} data plane ({self._plane.version}) {ended}; the end of {self.log}:\n{tail}"
        raise SandboxError(msg)

    def _clean_up(self, record: _Record | None) -> None:
        """Remove what a crash left: processes, temporary files, and a snapshot older than what clients were told."""
        self._end_orphans()
        shutil.rmtree(self._directory / "tmp", ignore_errors=True)
        if record is None or not record.clean:
            shutil.rmtree(self._directory / "data", ignore_errors=True)

    def _end_orphans(self) -> None:
        for process in orphans(self._directory):
            stop(Process(process.pid, process.create_time()), grace=1)

    def _rotate_logs(self) -> None:
        for index in range(KEPT_LOGS, 0, -1):
            older = self.log.with_suffix(f".log.{index}")
            newer = self.log if index == 1 else self.log.with_suffix(f".log.{index - 1}")
            if newer.exists():
                newer.replace(older)

    def _read(self) -> _Record | None:
        try:
            return _Record(**json.loads(self._file.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def _write(self, record: _Record) -> None:
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = self._file.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(json.dumps(asdict(record)))
        new.replace(self._file)


def _process(record: _Record) -> Process:
    return Process(record.pid, record.started)
