"""What one operation knows and has done: the shared record of monitor, generator and executor."""

import contextlib
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.checkpoint import Checkpoint, StateFile
from engine.commits import Commits
from engine.crypter import Crypter
from engine.errors import EngineError, StepError
from engine.protocol import Package
from engine.snapshot import Snapshot
from engine.state import State


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
    snapshot: Snapshot = field(init=False)
    """The deployment as it grows."""
    olds: dict[str, State] = field(init=False)
    """What of the old deployment the program may claim, by URN."""
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
    _commits: Commits = field(init=False)

    def __post_init__(self) -> None:
        checkpoint = self.checkpoint
        self.snapshot = Snapshot(checkpoint.resources, checkpoint.pending)
        extends = None if self.preview else checkpoint.extends
        self._commits = Commits(self.options.state, self.snapshot, self.crypter, self.lock, extends)
        self.olds = {s.urn: s for s in self.base if not s.get("delete")}
        for operation in checkpoint.pending:
            urn = operation["resource"]["urn"]
            self.diagnose(
                "warning", f"an earlier run was interrupted while {operation['type']} {urn}; refresh settles it", urn
            )

    @property
    def base(self) -> list[State]:
        """The old deployment, with what of it is gone."""
        return self.snapshot.base

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
            return self.snapshot.resources()

    def save(self, *, wait: bool = False) -> None:
        """Return when the caller's change of the snapshot is written down.

        Args:
            wait: Whether it must have reached the disk, as what begins must. What has ended counts as under way until
                then, so that a machine that loses power has nothing unaccounted for.

        Raises:
            EngineError: the disk is full or the file can't be written. What was saved before is whole.
        """
        if self.preview:
            return
        try:
            self._commits.commit(wait=wait)
        except EngineError:
            self.cancelled = True
            raise

    def finish(self) -> None:
        """Settle what only the end decides, and write the checkpoint unless nothing has changed.

        Raises:
            EngineError: it could not be written. The journal has everything.
        """
        committed = self._commits.any
        before = [] if committed else self._texts(self.checkpoint.resources)
        if self.stack_outputs and not self.errors:  # a failed program leaves the old outputs
            self.stack_outputs[0].put(outputs=self.stack_outputs[1])
        for state in self.resources():
            if state.get("delete") and state.urn in self.aliased:
                state.put(urn=self.aliased[state.urn])
        if self.preview:
            return
        settled = len(self.snapshot.earlier) != len(self.checkpoint.pending)
        unwritten = committed or settled or not self.options.state.path.exists()
        if unwritten or before != self._texts(self.resources()):
            self._commits.checkpoint()

    def abandon(self) -> None:
        """Leave a state file that is whole without its journal, if it can be written."""
        if not self.preview:
            with contextlib.suppress(EngineError):
                self._commits.close()

    def _texts(self, states: Sequence[State]) -> list[str]:
        return sorted(s.text(self.crypter) for s in states)
