"""One data plane's life: started, watched, stopped, and cleaned up after a crash."""

import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from sandbox.host import companions, records, serving
from sandbox.host.environments import environment
from sandbox.host.errors import SandboxError
from sandbox.host.files import private_directories, tail
from sandbox.host.plane import Place, Plane
from sandbox.host.processes import PORTS, Process, free_port, orphans, stop
from sandbox.host.progress import OnProgress, told
from sandbox.host.records import Beside, Record

# A port that was free a moment ago may be another's by the time the plane asks for it.
PORT_ATTEMPTS = 3

State = Literal["running", "stopped", "dead"]


@dataclass(frozen=True, slots=True)
class CompanionStatus:
    """What is known of a process beside a plane."""

    name: str
    state: State
    endpoint: str | None
    pid: int | None
    log: Path


@dataclass(frozen=True, slots=True)
class PlaneStatus:
    """What is known of a plane."""

    name: str
    version: str
    state: State
    """`dead`: it ended without being stopped, and what it held is lost."""
    endpoint: str | None
    pid: int | None
    world: str | None
    """Identity of what it holds; another one means that everything must be made anew."""
    log: Path
    companions: tuple[CompanionStatus, ...] = ()


class Supervisor:
    """Runs one plane in one directory."""

    def __init__(self, plane: Plane, directory: Path, cache: Path, on_progress: OnProgress) -> None:
        self._plane, self._cache, self._tell = plane, cache, on_progress
        self._root, self._directory = directory, directory / plane.name
        self._file = self._directory / "plane.json"
        self.log = self._directory / "plane.log"

    def status(self) -> PlaneStatus:
        """What runs now."""
        record = records.read(self._file)
        running = record is not None and not record.clean and record.process.alive
        state: State = "running" if running else "stopped" if record is None or record.clean else "dead"
        return PlaneStatus(
            name=self._plane.name,
            version=record.version if record and running else self._plane.version,
            state=state,
            endpoint=f"http://127.0.0.1:{record.port}" if record and running else None,
            pid=record.pid if record and running else None,
            world=record.world if record and state != "dead" else None,
            log=self.log,
            companions=tuple(self._beside(companion, state) for companion in record.companions) if record else (),
        )

    def start(self, port: int | None = None) -> PlaneStatus:
        """Start the plane unless it runs, and return when it serves.

        Args:
            port: The port it must have; otherwise the last one if it is free, else any.

        Raises:
            SandboxError: its packages can't be had, the port is taken, or it does not come up.
        """
        record = records.read(self._file)
        if record is not None and self.status().state == "running":
            if record.version == self._plane.version and self._has_companions(record):
                self._wait(record.process, record.port)
                self._mend(record)
                return self.status()
            self.stop()
            record = records.read(self._file)
        self._end_orphans()
        if port is not None:
            _free(port)
        found = environment(self._plane.name, self._plane.pins, self._cache, self._tell)
        beside = companions.environments(self._plane, self._cache, self._tell)
        for attempts_left in reversed(range(PORT_ATTEMPTS if port is None else 1)):
            chosen = port or free_port(record.port if record else None)
            if self._try(found, beside, chosen, record, last=not attempts_left):
                break
        return self.status()

    def stop(self) -> None:
        """Stop the plane; what it holds is kept for the next start."""
        record = records.read(self._file)
        if record is None or record.clean:
            self._end_orphans()
            return
        with told(self._tell, "stop", f"stopping {record.version or self._plane.version}"):
            companions.stop_companions(record.companions)
            clean = stop(record.process, grace=self._plane.stop_seconds)
            self._end_orphans()
            records.write(self._file, replace(record, clean=clean and not self._says(self._plane.unsaved)))
            shutil.rmtree(self._directory / "tmp", ignore_errors=True)
            companions.clean_up(self._plane, self._directory)

    def fresh(self) -> bool:
        """Whether the plane holds another world than the one acknowledged last."""
        record = records.read(self._file)
        return record is not None and record.world != record.acknowledged

    def acknowledge(self) -> None:
        """Say that the stack's state now describes the plane's world."""
        record = records.read(self._file)
        if record is not None and record.world != record.acknowledged:
            records.write(self._file, replace(record, acknowledged=record.world))

    def _try(self, found: Path, beside: Mapping[str, Path], port: int, before: Record | None, *, last: bool) -> bool:
        """Start the plane on a port. False when the port was taken meanwhile and this was not the last attempt."""
        world = before.world if before and self._restores(before, port) else uuid.uuid4().hex
        self._clean_up(keep_data=before is not None and world == before.world)
        place = Place(port, self._directory, companions.ports(self._plane, before.companions if before else ()))
        with told(self._tell, "start", f"starting {self._plane.version} on 127.0.0.1:{port}"):
            process = self._launch(found, place)
            acknowledged = before.acknowledged if before else ""
            record = Record(process.pid, process.started, port, world, self._plane.version, acknowledged=acknowledged)
            try:
                records.write(self._file, record)
                self._wait(process, port)
                if self._says(self._plane.unread):  # it serves, but not what it held
                    record = replace(record, world=uuid.uuid4().hex)
                    records.write(self._file, record)
            except SandboxError:
                stop(process, grace=1)
                if last or not self._says(self._plane.port_taken):
                    raise
                return False
            except BaseException:  # interrupted: nothing half-started stays behind
                stop(process, grace=1)
                raise
        try:
            self._start_beside(record, place, beside)
        except BaseException:
            self._end_all()
            raise
        return True

    def _mend(self, record: Record) -> None:
        """Start again what has died beside a plane that runs."""
        if all(companion.process.alive for companion in record.companions):
            return
        companions.stop_companions(record.companions, grace=1)
        ports = {companion.name: companion.port for companion in record.companions}
        environments = companions.environments(self._plane, self._cache, self._tell)
        self._start_beside(record, Place(record.port, self._directory, ports), environments)

    def _has_companions(self, record: Record) -> bool:
        """Whether every process beside it was started: the command that began it may have been killed before."""
        return {beside.name for beside in record.companions} == {made.name for made in self._plane.companions}

    def _start_beside(self, record: Record, place: Place, environments: Mapping[str, Path]) -> None:
        started: list[Beside] = []

        def began(companion: Beside) -> None:
            started.append(companion)
            records.write(self._file, replace(record, companions=tuple(started)))

        companions.start_companions(self._plane, place, environments, self._tell, began)

    def _end_all(self) -> None:
        """End what was started and does not serve as a whole."""
        record = records.read(self._file)
        if record is not None:
            companions.stop_companions(record.companions, grace=1)
            stop(record.process, grace=1)

    def _beside(self, companion: Beside, plane: State) -> CompanionStatus:
        alive = companion.process.alive
        return CompanionStatus(
            companion.name,
            "running" if alive else "dead" if plane == "running" else plane,
            f"http://127.0.0.1:{companion.port}" if alive else None,
            companion.pid if alive else None,
            companions.log_of(self._directory, companion.name),
        )

    def _restores(self, record: Record, port: int) -> bool:
        # What it holds carries addresses with the port in them, and is written for one version.
        return record.clean and record.version == self._plane.version and record.port == port

    def _launch(self, found: Path, place: Place) -> Process:
        private_directories(self._root, self._directory, self._directory / "data", self._directory / "tmp")
        variables = {
            "PATH": f"{found / 'bin'}:{os.defpath}",
            "HOME": str(self._directory / "tmp"),
            "TMPDIR": str(self._directory / "tmp"),
            "LANG": "C.UTF-8",
            **self._plane.environment(place),
        }
        program, *arguments = self._plane.command
        command = [str(found / "bin" / "python"), str(found / "bin" / program), *arguments]
        return serving.launch(
            f"the {self._plane.name} data plane",
            command,
            environment=variables,
            directory=self._directory,
            working=self._directory / "tmp",
            log=self.log,
        )

    def _wait(self, process: Process, port: int) -> None:
        what = f"the {self._plane.name} data plane ({self._plane.version})"
        url = f"http://127.0.0.1:{port}{self._plane.health}"
        serving.wait(what, process, url, port, self.log, seconds=self._plane.start_seconds)

    def _clean_up(self, *, keep_data: bool) -> None:
        """Remove what a crash left: temporary files, and a snapshot older than what clients were told."""
        shutil.rmtree(self._directory / "tmp", ignore_errors=True)
        companions.clean_up(self._plane, self._directory)
        if not keep_data:
            shutil.rmtree(self._directory / "data", ignore_errors=True)

    def _end_orphans(self) -> None:
        for process in orphans(self._directory):
            stop(process, grace=1)

    def _says(self, sign: str) -> bool:
        return bool(sign) and sign in tail(self.log)


def _free(port: int) -> None:
    if port not in PORTS:
        msg = f"{port} is no port number; give one from {PORTS.start} to {PORTS.stop - 1}"
        raise SandboxError(msg)
    if free_port(port) != port:
        msg = f"port {port} of 127.0.0.1 is taken; choose another, or stop what listens there"
        raise SandboxError(msg)
