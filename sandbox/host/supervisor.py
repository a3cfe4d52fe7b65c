"""The supervisor of one data plane: starts it, knows its state, stops it, and cleans up after a crash."""

import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from sandbox.host import companions
from sandbox.host.environments import ensure_environment
from sandbox.host.errors import SandboxError
from sandbox.host.files import make_private_directories, read_tail
from sandbox.host.plane import Plane, PlaneLocation
from sandbox.host.processes import PORTS, Process, find_orphans, free_port, start_server, stop, wait_until_serving
from sandbox.host.progress import OnProgress, report_step
from sandbox.host.records import CompanionRecord, PlaneRecord, read_record, write_record

# A port that was free a moment ago may be another's by the time the plane asks for it.
PORT_ATTEMPTS = 3

PlaneState = Literal["running", "stopped", "dead"]
"""`dead`: it ended without being stopped, and what it had in it is lost."""


@dataclass(frozen=True, slots=True)
class CompanionStatus:
    """What is known of a process beside a plane."""

    name: str
    state: PlaneState
    endpoint: str | None
    pid: int | None
    log: Path


@dataclass(frozen=True, slots=True)
class PlaneStatus:
    """What is known of a plane."""

    name: str
    version: str
    state: PlaneState
    endpoint: str | None
    pid: int | None
    generation: str | None
    """Identity of what it has in it; another one means that everything must be made anew. None unless it runs or was
    stopped."""
    log: Path
    companions: tuple[CompanionStatus, ...] = ()


class Supervisor:
    """Runs one plane in one directory."""

    def __init__(self, plane: Plane, directory: Path, cache: Path, on_progress: OnProgress) -> None:
        self._plane, self._cache, self._on_progress = plane, cache, on_progress
        self._root, self._directory = directory, directory / plane.name
        self._file = self._directory / "plane.json"
        self.log = self._directory / "plane.log"

    def status(self) -> PlaneStatus:
        """What runs now."""
        record = read_record(self._file)
        running = record is not None and not record.clean and record.process.is_running
        state: PlaneState = "running" if running else "stopped" if record is None or record.clean else "dead"
        started = record.companions if record else ()
        return PlaneStatus(
            name=self._plane.name,
            version=record.version if record and running else self._plane.version,
            state=state,
            endpoint=f"http://127.0.0.1:{record.port}" if record and running else None,
            pid=record.pid if record and running else None,
            generation=record.generation if record and state != "dead" else None,
            log=self.log,
            companions=tuple(self._companion_status(companion, state) for companion in started),
        )

    def start(self, port: int | None = None) -> PlaneStatus:
        """Start the plane unless it runs, and return when it serves.

        Args:
            port: The port it must have; otherwise the last one if it is free, else any.

        Raises:
            SandboxError: its packages can't be had, the port is taken, or it does not come up.
        """
        record = read_record(self._file)
        if record is not None and self.status().state == "running":
            if record.version == self._plane.version and self._is_complete(record):
                self._wait(record.process, record.port)
                self._restart_companions(record)
                return self.status()
            self.stop()
            record = read_record(self._file)
        self._end_orphans()
        if port is not None:
            _require_free(port)
        environment = ensure_environment(self._plane.name, self._plane.pins, self._cache, self._on_progress)
        companion_environments = companions.make_environments(self._plane, self._cache, self._on_progress)
        for attempts_left in reversed(range(PORT_ATTEMPTS if port is None else 1)):
            chosen = port or free_port(record.port if record else None)
            if self._try_port(chosen, environment, companion_environments, record, last=not attempts_left):
                break
        return self.status()

    def stop(self) -> None:
        """Stop the plane; its data is kept for the next start."""
        record = read_record(self._file)
        if record is None or record.clean:
            self._end_orphans()
            return
        with report_step(self._on_progress, "stop", f"stopping {record.version or self._plane.version}"):
            companions.stop_companions(record.companions)
            clean = stop(record.process, grace=self._plane.stop_seconds)
            self._end_orphans()
            write_record(self._file, replace(record, clean=clean and not self._has_logged(self._plane.unsaved)))
            shutil.rmtree(self._directory / "tmp", ignore_errors=True)
            companions.remove_files(self._plane, self._directory)

    def is_fresh(self) -> bool:
        """Whether the plane is of another generation than the one acknowledged last."""
        record = read_record(self._file)
        return record is not None and not record.is_acknowledged

    def acknowledge(self) -> None:
        """Record that the stack's state describes the plane's present generation."""
        record = read_record(self._file)
        if record is not None and not record.is_acknowledged:
            write_record(self._file, replace(record, acknowledged=record.generation))

    def _try_port(
        self,
        port: int,
        environment: Path,
        companion_environments: Mapping[str, Path],
        before: PlaneRecord | None,
        *,
        last: bool,
    ) -> bool:
        """Start the plane on a port. False when the port was taken meanwhile and this was not the last attempt."""
        generation = before.generation if before and self._can_restore(before, port) else uuid.uuid4().hex
        self._clean_up(keep_data=before is not None and generation == before.generation)
        location = PlaneLocation(
            port,
            self._directory,
            companions.choose_ports(self._plane, before.companions if before else ()),
            environment / "bin" / "python",
        )
        with report_step(self._on_progress, "start", f"starting {self._plane.version} on 127.0.0.1:{port}"):
            process = self._launch(location)
            acknowledged = before.acknowledged if before else ""
            record = PlaneRecord(
                process.pid, process.started, port, generation, self._plane.version, acknowledged=acknowledged
            )
            try:
                write_record(self._file, record)
                self._wait(process, port)
                if self._has_logged(self._plane.unread):  # it serves, but not what was in its snapshot
                    record = replace(record, generation=uuid.uuid4().hex)
                    write_record(self._file, record)
            except SandboxError:
                stop(process, grace=1)
                if last or not self._has_logged(self._plane.port_taken):
                    raise
                return False
            except BaseException:  # interrupted: nothing half-started stays behind
                stop(process, grace=1)
                raise
        try:
            self._start_companions(record, location, companion_environments)
        except BaseException:
            self._end_all()
            raise
        return True

    def _restart_companions(self, record: PlaneRecord) -> None:
        """Start the companions of a running plane again where one has ended."""
        if all(companion.process.is_running for companion in record.companions):
            return
        companions.stop_companions(record.companions, grace=1)
        ports = {companion.name: companion.port for companion in record.companions}
        environment = ensure_environment(self._plane.name, self._plane.pins, self._cache, self._on_progress)
        environments = companions.make_environments(self._plane, self._cache, self._on_progress)
        location = PlaneLocation(record.port, self._directory, ports, environment / "bin" / "python")
        self._start_companions(record, location, environments)

    def _is_complete(self, record: PlaneRecord) -> bool:
        """Whether every companion was started: the command that started the plane may have been killed before."""
        return {companion.name for companion in record.companions} == {made.name for made in self._plane.companions}

    def _start_companions(self, record: PlaneRecord, location: PlaneLocation, environments: Mapping[str, Path]) -> None:
        started: list[CompanionRecord] = []

        def add(companion: CompanionRecord) -> None:
            started.append(companion)
            write_record(self._file, replace(record, companions=tuple(started)))

        companions.start_companions(self._plane, location, environments, self._on_progress, add)

    def _end_all(self) -> None:
        """End a plane and companions that do not all serve."""
        record = read_record(self._file)
        if record is not None:
            companions.stop_companions(record.companions, grace=1)
            stop(record.process, grace=1)

    def _companion_status(self, companion: CompanionRecord, plane: PlaneState) -> CompanionStatus:
        is_running = companion.process.is_running
        return CompanionStatus(
            companion.name,
            "running" if is_running else "dead" if plane == "running" else plane,
            f"http://127.0.0.1:{companion.port}" if is_running else None,
            companion.pid if is_running else None,
            companions.log_path(self._directory, companion.name),
        )

    def _can_restore(self, record: PlaneRecord, port: int) -> bool:
        # Addresses with the port are in its data, which is written for one version.
        return record.clean and record.version == self._plane.version and record.port == port

    def _launch(self, location: PlaneLocation) -> Process:
        make_private_directories(self._root, self._directory, self._directory / "data", self._directory / "tmp")
        variables = {
            "PATH": f"{location.python.parent}:{os.defpath}",
            "HOME": str(self._directory / "tmp"),
            "TMPDIR": str(self._directory / "tmp"),
            "LANG": "C.UTF-8",
            **self._plane.environment(location),
        }
        return start_server(
            f"the {self._plane.name} data plane",
            self._plane.command(location),
            environment=variables,
            directory=self._directory,
            working=self._directory / "tmp",
            log=self.log,
        )

    def _wait(self, process: Process, port: int) -> None:
        what = f"the {self._plane.name} data plane ({self._plane.version})"
        url = f"http://127.0.0.1:{port}{self._plane.health}"
        wait_until_serving(what, process, url, port, self.log, seconds=self._plane.start_seconds)

    def _clean_up(self, *, keep_data: bool) -> None:
        """Remove what a crash left: temporary files, and a snapshot older than what clients have been answered."""
        shutil.rmtree(self._directory / "tmp", ignore_errors=True)
        companions.remove_files(self._plane, self._directory)
        if not keep_data:
            shutil.rmtree(self._directory / "data", ignore_errors=True)

    def _end_orphans(self) -> None:
        for process in find_orphans(self._directory):
            stop(process, grace=1)

    def _has_logged(self, sign: str) -> bool:
        return bool(sign) and sign in read_tail(self.log)


def _require_free(port: int) -> None:
    if port not in PORTS:
        msg = f"{port} is no port number; give one from {PORTS.start} to {PORTS.stop - 1}"
        raise SandboxError(msg)
    if free_port(port) != port:
        msg = f"port {port} of 127.0.0.1 is taken; choose another, or stop what listens there"
        raise SandboxError(msg)
