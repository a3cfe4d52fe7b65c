"""A program run on the mocks of the policies, and all that it registered, as data: tests assert outside `apply`."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi

from engine.urns import STACK
from engine.wire import from_struct, unwrap
from policies.platforms.aws.values import ACCOUNT, REGION
from policies.sources.monitor import MockMonitor
from policies.sources.programs import ProgramContext, run

__all__ = ["ACCOUNT", "REGION", "Recorded", "RecordedPlan", "record"]

# An Output in an f-string raises instead of printing an object.
os.environ["PULUMI_ERROR_OUTPUT_STRING"] = "true"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One resource that the program registered; inputs are plain values by camelCase name."""

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any]
    custom: bool
    provider: str
    parent: str
    parent_type: str
    dependencies: tuple[str, ...]

    @classmethod
    def of(cls, urn: str, request: Any) -> "Recorded":
        above = request.parent.split("::")
        return cls(
            urn=urn,
            type=request.type,
            name=request.name,
            inputs=unwrap(from_struct(request.object)),
            custom=request.custom,
            provider=request.provider or ",".join(dict(request.providers).values()),
            parent=above[-1],
            parent_type=above[-2].split("$")[-1] if request.parent else "",
            dependencies=tuple(request.dependencies),
        )


@dataclass(frozen=True, slots=True)
class RecordedPlan:
    """What a program registered and exported."""

    resources: list[Recorded]
    outputs: Mapping[str, Any]

    def of(self, type_: str) -> list[Recorded]:
        """All resources of a type token."""
        return [r for r in self.resources if r.type == type_]

    def one(self, name: str) -> Recorded:
        """The resource of a logical name.

        Raises:
            LookupError: none or several have it.
        """
        found = [r for r in self.resources if r.name == name]
        if len(found) != 1:
            msg = f"{len(found)} resources are called '{name}'; there are {sorted(r.name for r in self.resources)}"
            raise LookupError(msg)
        return found[0]


def record(
    program: Callable[[], Mapping[str, Any] | None],
    *,
    preview: bool = False,
    stack: str = "test",
    secret_config: Mapping[str, str] | None = None,
) -> RecordedPlan:
    """Run a program and return what it registered.

    Args:
        program: Builds resources; what it returns is exported.
        preview: Whether values that the cloud decides are unknown, as in a first preview.
        stack: The stack's name.
        secret_config: Secret configuration by full key.

    Raises:
        ProgramError: the program failed.
    """
    secrets = secret_config or {}
    around = ProgramContext("scaleshop", stack, {"aws:region": REGION, **secrets}, secrets.keys(), Path.cwd())
    monitor = MockMonitor(around, known=not preview)

    def body() -> None:
        for name, value in (program() or {}).items():
            pulumi.export(name, value)

    run(body, monitor, around)
    assert monitor.errors == []
    resources = [Recorded.of(urn, one.request) for urn, one in list(monitor.registered.items())]
    outputs = next(one.outputs for one in monitor.registered.values() if one.request.type == STACK)
    return RecordedPlan(resources, outputs)
