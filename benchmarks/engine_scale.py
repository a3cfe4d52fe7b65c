"""The engine's own cost per resource at 100, 300 and 1,000 resources, and against the data plane's own calls.

The cloud is a provider that answers at once from memory, so all time is the engine's and the SDK's; the same program on
the SDK's mocks tells the SDK's part. What a command costs once, whatever the stack's size, is measured apart: the key
that its secrets are sealed with. Targets: linear, and below a tenth of a call to the data plane.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pulumi
from support.stack import sandboxed

from engine.crypter import Crypter
from engine.engine import Engine
from engine.protocol import CheckResult, CreateResult, DiffResult, InvokeResult, Properties, ReadResult

sys.path.insert(0, str(Path(__file__).parents[1]))  # before this directory, which has a `policies` too

from policies.sources.mocks import capture

SIZES = (100, 300, 1000)
RUNS = 3


class Memory:
    """A cloud that remembers nothing and answers at once."""

    name, version = "memory", "1.0.0"

    def configure(self, config: Mapping[str, Any]) -> "Memory":
        """Return itself: there is nothing to configure."""
        del config
        return self

    def diff_config(self, olds: Properties, news: Properties) -> DiffResult:
        """Find no difference."""
        del olds, news
        return DiffResult()

    def check(self, token: str, name: str, olds: Properties, news: Properties, random_seed: bytes) -> CheckResult:
        """Accept everything."""
        del token, name, olds, random_seed
        return CheckResult(news)

    def diff(
        self,
        token: str,
        id: str,  # noqa: A002 - the protocol's name
        old_inputs: Properties,
        old_outputs: Properties,
        news: Properties,
        ignore_changes: Sequence[str],
    ) -> DiffResult:
        """Compare the inputs."""
        del token, id, old_outputs, ignore_changes
        return DiffResult([k for k in {*old_inputs, *news} if old_inputs.get(k) != news.get(k)])

    def create(self, token: str, name: str, inputs: Properties, *, preview: bool) -> CreateResult:
        """Echo the inputs with an arn."""
        del token
        return CreateResult("" if preview else name, inputs if preview else {**inputs, "arn": f"arn:{name}"})

    def read(self, token: str, id: str, outputs: Properties, inputs: Properties) -> ReadResult | None:  # noqa: A002
        """Echo what is known."""
        del token
        return ReadResult(id, outputs, inputs)

    def update(
        self,
        token: str,
        id: str,  # noqa: A002 - the protocol's name
        old_inputs: Properties,
        old_outputs: Properties,
        news: Properties,
        *,
        preview: bool,
    ) -> Properties:
        """Echo the inputs."""
        del token, id, old_inputs, preview
        return {**old_outputs, **news}

    def delete(self, token: str, id: str, inputs: Properties, outputs: Properties) -> None:  # noqa: A002
        """Forget it."""

    def invoke(self, token: str, args: Properties) -> InvokeResult:
        """Answer nothing."""
        del token, args
        return InvokeResult()


def program(size: int) -> Callable[[], None]:
    """One hub for ten resources, nine of which read its arn."""

    class Thing(pulumi.CustomResource):
        arn: pulumi.Output[str]

        def __init__(self, name: str, **properties: Any) -> None:
            options = pulumi.ResourceOptions(version="1.0.0")
            super().__init__("memory:index:Thing", name, {"arn": None, **properties}, options)

    def body() -> None:
        for group in range(size // 10):
            hub = Thing(f"hub{group}", tags={"team": "shop", "list": list(range(8))})
            for number in range(9):
                Thing(f"leaf{group}-{number}", target=hub.arn, policy={"Statement": [{"Effect": "Allow"}]})

    return body


def measure(size: int) -> dict[str, float]:
    """Seconds of the program on the SDK's mocks, and of each operation of the engine."""
    around: Any = {"project": "scale", "stack": "dev", "config": {}, "root": Path.cwd(), "known": False}
    taken = {"SDK alone": _seconds(lambda: capture(program(size), **around))}
    with tempfile.TemporaryDirectory() as directory:
        state = Path(directory) / "state" / "dev.json"
        package: Any = Memory()
        engine = Engine(project="scale", stack="dev", packages=[package], state=state, passphrase="benchmark")
        if not engine.up(lambda: None).ok:  # a stack has its key before it is measured
            raise SystemExit("an empty stack could not be made")
        operations: dict[str, Callable[[], Any]] = {
            "preview": lambda: engine.preview(program(size)),
            "up": lambda: engine.up(program(size)),
            "no-op up": lambda: engine.up(program(size)),
            "destroy": engine.destroy,
        }
        for name, operation in operations.items():
            taken[name] = _seconds(lambda operation=operation, name=name: _succeeds(operation(), name, size))
    return taken


def key() -> float:
    """Seconds to derive a stack's key, as every command does once."""
    return _seconds(lambda: Crypter("benchmark").salt)


def call() -> float:
    """Mean seconds of a call that creates a resource of the AWS stack in the data plane, one at a time."""
    with sandboxed(parallel=1) as one:
        one.up()
        return statistics.mean(one.timed.seconds)


def main() -> None:
    """Print milliseconds per resource, their ratio to the smallest size, and the engine's part against a call."""
    measure(SIZES[0])  # imports and caches
    runs = [{size: measure(size) for size in SIZES} for _ in range(RUNS)]
    rows = {
        size: {name: statistics.median(run[size][name] for run in runs) for name in runs[0][size]} for size in SIZES
    }
    plane = call()
    print(
        f"a call to the data plane {plane * 1000:.1f} ms (mean over the AWS stack); a stack's key {key() * 1000:.0f} ms"
    )
    first = rows[SIZES[0]]
    for size, row in rows.items():
        for name, seconds in row.items():
            each, linear = seconds / size, seconds / size / (first[name] / SIZES[0])
            own = max(0.0, seconds - row["SDK alone"] if name in ("preview", "up", "no-op up") else seconds) / size
            share = "" if name == "SDK alone" else f"  engine's own {own * 1000:5.2f} ms, {own / plane:5.2f} of a call"
            print(f"{size:5} {name:9} {each * 1000:7.2f} ms each  {linear:5.2f} x{share}")


def _seconds(operation: Callable[[], Any]) -> float:
    started = time.perf_counter()
    operation()
    return time.perf_counter() - started


def _succeeds(result: Any, name: str, size: int) -> None:
    if not result.ok:
        raise SystemExit(f"{name} of {size} resources failed: {result.errors}")


if __name__ == "__main__":
    main()
