"""A stack on the tiny cloud."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from minicloud import MiniPackage

from engine.engine import Engine, OperationResult


@dataclass
class Stack:
    """One stack with a world of its own; each operation is a new engine, as each command is a new process."""

    directory: Path
    name: str = "dev"
    events: list[dict[str, Any]] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def world(self) -> Path:
        return self.directory / "world"

    @property
    def state(self) -> Path:
        return self.directory / "state" / f"{self.name}.json"

    def engine(self, **options: Any) -> Engine:
        given: dict[str, Any] = {
            "project": "demo",
            "stack": self.name,
            "packages": [MiniPackage(self.world)],
            "state": self.state,
            "passphrase": "open sesame",
            "on_event": lambda event: self.events.append(dict(event)),
            "root": Path(__file__).parent,
            **self.options,
            **options,
        }
        return Engine(**given)

    def up(self, program: Callable[[], None], **options: Any) -> OperationResult:
        return self.engine(**options).up(program)

    def preview(self, program: Callable[[], None], **options: Any) -> OperationResult:
        return self.engine(**options).preview(program)

    def files(self) -> set[str]:
        return {p.stem for p in self.world.glob("*.json")}
