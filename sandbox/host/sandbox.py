"""The sandbox of one project: its data planes in one run directory, started and stopped by one command at a time."""

import contextlib
import fcntl
from collections.abc import Generator, Iterable
from pathlib import Path

from sandbox.host.environments import cache_directory
from sandbox.host.errors import SandboxError
from sandbox.host.files import make_private_directories
from sandbox.host.plane import Plane
from sandbox.host.progress import OnProgress, Progress
from sandbox.host.supervisor import PlaneStatus, Supervisor


class Sandbox:
    """The data planes of one run directory."""

    def __init__(
        self,
        run_dir: Path,
        planes: Iterable[Plane],
        *,
        on_progress: OnProgress | None = None,
        cache_dir: Path | None = None,
    ) -> None:
        """Describe a sandbox; nothing is started.

        Args:
            run_dir: Where planes keep data, logs and records; mode 0700.
            planes: What there can be.
            on_progress: Called as slow steps begin and end.
            cache_dir: Where environments are kept (default the user's cache).
        """
        self.run_dir = run_dir.resolve()
        notify = on_progress or _ignore
        self._supervisors = {
            plane.name: Supervisor(plane, self.run_dir / "run", cache_dir or cache_directory(), notify)
            for plane in planes
        }

    def start(self, plane: str, *, port: int | None = None) -> PlaneStatus:
        """Start a plane unless it runs, and return when it serves.

        Raises:
            SandboxError: it can't be started; the message says why.
        """
        with self._lock():
            return self._supervisor(plane).start(port)

    def stop(self, plane: str | None = None) -> None:
        """Stop a plane, or all; their data is kept for the next start."""
        with self._lock():
            for name in [plane] if plane else list(self._supervisors):
                self._supervisor(name).stop()

    def status(self) -> list[PlaneStatus]:
        """What is known of each plane."""
        return [supervisor.status() for supervisor in self._supervisors.values()]

    def endpoint(self, plane: str) -> str | None:
        """The URL that a plane serves at, None unless it runs."""
        return self._supervisor(plane).status().endpoint

    def is_fresh(self, plane: str) -> bool:
        """Whether a plane is of another generation than the one acknowledged last."""
        return self._supervisor(plane).is_fresh()

    def acknowledge(self, plane: str) -> None:
        """Record that the stack's state describes the plane's present generation."""
        self._supervisor(plane).acknowledge()

    def _supervisor(self, plane: str) -> Supervisor:
        if plane not in self._supervisors:
            msg = f"there is no data plane '{plane}'; there are: {', '.join(self._supervisors)}"
            raise SandboxError(msg)
        return self._supervisors[plane]

    @contextlib.contextmanager
    def _lock(self) -> Generator[None]:
        make_private_directories(self.run_dir)
        try:
            lock = (self.run_dir / "sandbox.lock").open("w")
        except OSError as error:
            msg = f"the sandbox can't be locked in {self.run_dir}: {error.strerror}; give the directory to your user"
            raise SandboxError(msg) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _ignore(_: Progress) -> None:
    """Nobody watches."""
