"""The AWS stack on a data plane of its own, in a directory that is gone afterwards."""

import contextlib
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.engine import Engine, OperationResult
from engine.protocol import CreateResult, DiffResult, Properties, Provider
from sandbox.aws.package import AwsPackage
from sandbox.aws.plane import PLANE
from sandbox.host.sandbox import Sandbox
from scaleshop.project import find

STACK = "aws-dev"


@dataclass
class Timed:
    """The AWS package, with the time that its calls to the data plane take."""

    package: AwsPackage
    seconds: list[float] = field(default_factory=list)
    name: str = AwsPackage.name
    version: str = AwsPackage.version

    def __post_init__(self) -> None:
        """Make the lock: resources are created from several threads."""
        self._lock = threading.Lock()

    def configure(self, config: Mapping[str, Any]) -> Provider:
        """The provider, its `create` timed."""
        provider: Any = self.package.configure(config)
        create = provider.create

        def timed(token: str, name: str, inputs: Properties, *, preview: bool) -> CreateResult:
            started = time.perf_counter()
            try:
                return create(token, name, inputs, preview=preview)
            finally:
                with self._lock:
                    self.seconds.append(time.perf_counter() - started)

        provider.create = timed
        return provider

    def diff_config(self, olds: Properties, news: Properties) -> DiffResult:
        """As the package's."""
        return self.package.diff_config(olds, news)


@dataclass(frozen=True)
class Deployment:
    """A data plane and an engine for the stack on it."""

    endpoint: str
    engine: Engine
    timed: Timed
    program: Path

    def up(self) -> tuple[OperationResult, float]:
        """One `up` and its wall time; a failure ends the benchmark."""
        return self._measured(lambda: self.engine.up(self.program))

    def preview(self) -> tuple[OperationResult, float]:
        """One preview and its wall time."""
        return self._measured(lambda: self.engine.preview(self.program))

    def destroy(self) -> tuple[OperationResult, float]:
        """One `destroy` and its wall time."""
        return self._measured(self.engine.destroy)

    @staticmethod
    def _measured(operation: Callable[[], OperationResult]) -> tuple[OperationResult, float]:
        started = time.perf_counter()
        result = operation()
        taken = time.perf_counter() - started
        if not result.ok:
            raise SystemExit("\n".join(map(str, result.errors)))
        return result, taken


@contextlib.contextmanager
def sandboxed(*, parallel: int = 16) -> Generator[Deployment]:
    """A started data plane with an engine, until the block ends; other sandboxes of this machine are not touched."""
    project = find(Path(__file__))
    with tempfile.TemporaryDirectory(prefix="scaleshop-bench-") as directory:
        sandbox = Sandbox(Path(directory), [PLANE])
        endpoint = sandbox.start("aws").endpoint or ""
        timed = Timed(AwsPackage(endpoint))
        package: Any = timed
        engine = Engine(
            project=project.name,
            stack=STACK,
            packages=[package],
            state=Path(directory) / "state" / f"{STACK}.json",
            passphrase="benchmark",
            config=project.config(STACK),
            root=project.root,
            parallel=parallel,
        )
        try:
            yield Deployment(endpoint, engine, timed, project.program / "__main__.py")
        finally:
            sandbox.stop()


def percentile(values: Sequence[float], percent: int) -> float:
    """A percentile of some values."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
