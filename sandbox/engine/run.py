"""What one operation knows and has done: the shared record of monitor, generator and executor."""

import json
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.engine.checkpoint import Checkpoint, StateFile
from sandbox.engine.crypter import Crypter
from sandbox.engine.errors import EngineError, StepError
from sandbox.engine.state import State
from sandbox.protocol import Package


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done, or would be."""

    op: str
    urn: str


@dataclass(frozen=True, slots=True)
class Options:
    """What an engine was built with."""

    project: str
    stack: str
    packages: Mapping[str, Package]
    state: StateFile
    config: Mapping[str, str]
    secret_config: Collection[str]
    parallel: int
    on_event: Callable[[Mapping[str, Any]], None]
    policy_packs: Sequence[Any]
    root: Path
    organization: str
    other_stacks: Callable[[str], Path | None]


@dataclass(slots=True)
class Run:
    """One operation: the old deployment, the new one as it grows, and everything worth telling."""

    options: Options
    preview: bool
    checkpoint: Checkpoint
    crypter: Crypter
    base: list[State] = field(init=False)
    """The old deployment; the snapshot is `new` followed by what of it is not `gone`."""
    olds: dict[str, State] = field(init=False)
    """What of it the program may claim, by URN."""
    new: list[State] = field(default_factory=list[State])
    gone: set[State] = field(default_factory=set[State])
    pending: dict[State, str] = field(default_factory=dict[State, str])
    news: dict[str, State] = field(default_factory=dict[str, State])
    """What the program has registered, by URN."""
    ops: dict[str, str] = field(default_factory=dict[str, str])
    """What was decided for it: same, create, update, replace or read."""
    urns: set[str] = field(default_factory=set[str])
    aliased: dict[str, str] = field(default_factory=dict[str, str])
    renamed: dict[str, str] = field(default_factory=dict[str, str])
    replaced: set[State] = field(default_factory=set[State])
    """Old states that wait for their deletion at the end."""
    deleted: set[str] = field(default_factory=set[str])
    """URNs that were deleted before their replacement."""
    early: set[State] = field(default_factory=set[State])
    """Their old states."""
    stack_outputs: tuple[State, dict[str, Any]] | None = None
    errors: list[str] = field(default_factory=list[str])
    steps: list[Step] = field(default_factory=list[Step])
    changes: dict[str, int] = field(default_factory=dict[str, int])
    violations: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    cancelled: bool = False
    fatal: bool = False
    lock: Any = field(default_factory=threading.RLock)
    _sequence: int = 0
    _writing: Any = field(default_factory=threading.Lock)
    _dirty: int = 0
    _written: int = 0
    _pending_before: int = 0

    def __post_init__(self) -> None:
        self.base = self.checkpoint.resources
        self._pending_before = len(self.checkpoint.pending)
        self.olds = {s.urn: s for s in self.base if not s.get("delete")}
        for operation in self.checkpoint.pending:
            urn = operation["resource"]["urn"]
            self.diagnose(
                "warning", f"an earlier run was interrupted while {operation['type']} {urn}; refresh settles it", urn
            )

    def emit(self, **event: Any) -> None:
        """Hand an engine event to whoever watches."""
        with self.lock:
            self._sequence += 1
            self.options.on_event({"sequence": self._sequence, "timestamp": int(time.time()), **event})

    def diagnose(self, severity: str, message: str, urn: str = "", *, fatal: bool = True) -> None:
        """Tell the user something; an error makes the operation fail."""
        if severity == "error":
            self.errors.append(message)
            self.fatal = self.fatal or fatal
        self.emit(diagnosticEvent={"urn": urn, "severity": severity, "message": message, "color": "never"})

    def fail(self, urn: str, message: str) -> StepError:
        """Report an error that stops the operation, and return what to raise."""
        self.diagnose("error", message, urn)
        self.cancelled = True
        return StepError(message)

    def resources(self) -> list[State]:
        """The deployment as it is now."""
        with self.lock:
            return self.new + [s for s in self.base if s not in self.gone]

    def save(self) -> None:
        """Return when a file that holds the caller's change is in place; one write serves all who wait.

        Raises:
            EngineError: the disk is full or the file can't be written. The old file is whole.
        """
        if self.preview:
            return
        with self.lock:
            self._dirty += 1
            mine = self._dirty
        with self._writing:
            if self._written >= mine:
                return
            with self.lock:
                upto = self._dirty
                texts = [s.text(self.crypter) for s in self.resources()]
                pending = [{"resource": json.loads(s.text(self.crypter)), "type": t} for s, t in self.pending.items()]
            try:
                self.options.state.save(texts, [*pending, *self.checkpoint.pending], self.crypter)
            except OSError as error:
                msg = (
                    f"the state could not be written to {self.options.state.path}: {error.strerror or error}. "
                    "The file still holds what was done before; free space, then run `scaleshop refresh` and "
                    "`scaleshop up`"
                )
                self.cancelled = True
                raise EngineError(msg) from error
            self._written = upto

    def finish(self) -> None:
        """Settle what only the end decides, and write the last checkpoint."""
        before = [s.text(self.crypter) for s in self.checkpoint.resources]
        if self.stack_outputs and not self.errors:  # a failed program leaves the old outputs
            self.stack_outputs[0].put(outputs=self.stack_outputs[1])
        for state in self.resources():
            if state.get("delete") and state.urn in self.aliased:
                state.put(urn=self.aliased[state.urn])
        after = [s.text(self.crypter) for s in self.resources()]
        settled = len(self.checkpoint.pending) != self._pending_before
        if self._dirty or settled or sorted(before) != sorted(after) or not self.options.state.path.exists():
            self.save()
