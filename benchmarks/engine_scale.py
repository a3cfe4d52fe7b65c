"""The engine's own cost per resource at 100, 300 and 1,000 resources, as ratios to the smallest: is it linear?

The cloud is a provider that answers at once from memory, so all time is the engine's and the SDK's.
Run: python -m benchmarks.engine_scale
"""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pulumi

from sandbox.engine.engine import Engine
from sandbox.protocol import CheckResult, CreateResult, DiffResult, InvokeResult, Properties, ReadResult

SIZES = (100, 300, 1000)


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
    """Seconds of each operation."""
    with tempfile.TemporaryDirectory() as directory:
        state = Path(directory) / "state" / "dev.json"
        package: Any = Memory()
        engine = Engine(project="scale", stack="dev", packages=[package], state=state, passphrase="benchmark")
        operations: dict[str, Callable[[], Any]] = {
            "preview": lambda: engine.preview(program(size)),
            "up": lambda: engine.up(program(size)),
            "no-op up": lambda: engine.up(program(size)),
            "destroy": engine.destroy,
        }
        taken: dict[str, float] = {}
        for name, operation in operations.items():
            started = time.perf_counter()
            result = operation()
            taken[name] = time.perf_counter() - started
            if not result.ok:
                raise SystemExit(f"{name} of {size} resources failed: {result.errors}")
        return taken


def main() -> None:
    """Print milliseconds per resource and their ratio to the smallest size."""
    measure(SIZES[0])  # imports and caches
    rows = {size: measure(size) for size in SIZES}
    first = rows[SIZES[0]]
    for size, row in rows.items():
        for name, seconds in row.items():
            each = seconds / size
            print(f"{size:5} {name:9} {each * 1000:7.2f} ms each  {each / (first[name] / SIZES[0]):5.2f} x")


if __name__ == "__main__":
    main()
