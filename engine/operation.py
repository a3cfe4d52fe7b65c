"""One operation of the engine (preview, up, refresh, destroy): what monitor, step generator and executor share."""

import contextlib
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.crypter import Crypter
from engine.errors import EngineError, StepError
from engine.protocol import Package
from engine.snapshot import Snapshot
from engine.snapshot_writer import SnapshotWriter
from engine.state import ResourceState
from engine.state_file import Checkpoint, StateFile


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A step that an operation has taken, or a preview would take."""

    op: str
    """As Pulumi spells it: create, update, delete, same, replace, create-replacement, delete-replaced, read..."""
    urn: str


@dataclass(frozen=True, slots=True)
class EngineOptions:
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
class Operation:
    """One operation: the old deployment, the new one as it grows, and what is reported of it."""

    options: EngineOptions
    preview: bool
    checkpoint: Checkpoint
    crypter: Crypter
    snapshot: Snapshot = field(init=False)
    """The deployment as it grows."""
    olds: dict[str, ResourceState] = field(init=False)
    """What of the old deployment the program may claim, by URN."""
    news: dict[str, ResourceState] = field(default_factory=dict[str, ResourceState])
    """What the program has registered, by URN."""
    ops: dict[str, str] = field(default_factory=dict[str, str])
    """What was decided for it: same, create, update, replace or read."""
    urns: set[str] = field(default_factory=set[str])
    """Those that the program has claimed."""
    aliased: dict[str, str] = field(default_factory=dict[str, str])
    """New URNs by the old ones that an alias named."""
    renamed: dict[str, str] = field(default_factory=dict[str, str])
    """The same by new URN."""
    replaced: set[ResourceState] = field(default_factory=set[ResourceState])
    """Old states that wait for their deletion at the end."""
    deleted: set[str] = field(default_factory=set[str])
    """URNs that were deleted before their replacement."""
    early: set[ResourceState] = field(default_factory=set[ResourceState])
    """Their old states."""
    stack_outputs: tuple[ResourceState, dict[str, Any]] | None = None
    errors: list[str] = field(default_factory=list[str])
    steps: list[StepRecord] = field(default_factory=list[StepRecord])
    changes: dict[str, int] = field(default_factory=dict[str, int])
    violations: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    cancelled: bool = False
    """Whether no further step may start."""
    fatal: bool = False
    """Whether an error ends the operation; a preview goes on after some."""
    lock: Any = field(default_factory=threading.RLock)
    _sequence: int = 0
    _writer: SnapshotWriter = field(init=False)

    def __post_init__(self) -> None:
        checkpoint = self.checkpoint
        self.snapshot = Snapshot(checkpoint.resources, checkpoint.pending)
        extends = None if self.preview else checkpoint.extends
        self._writer = SnapshotWriter(self.options.state, self.snapshot, self.crypter, self.lock, extends)
        self.olds = {s.urn: s for s in self.base if not s.get("delete")}
        for pending in checkpoint.pending:
            urn = pending["resource"]["urn"]
            self.diagnose(
                "warning", f"an earlier run was interrupted while {pending['type']} {urn}; refresh settles it", urn
            )

    @property
    def base(self) -> list[ResourceState]:
        """The states of the old deployment, those that are gone included."""
        return self.snapshot.base

    def emit(self, **event: Any) -> None:
        """Pass an engine event on, in the form of Pulumi's event log."""
        with self.lock:
            self._sequence += 1
            self.options.on_event({"sequence": self._sequence, "timestamp": int(time.time()), **event})

    def diagnose(self, severity: str, message: str, urn: str = "", *, fatal: bool = True) -> None:
        """Report a message to the user; one of severity `error` makes the operation fail."""
        if severity == "error":
            self.errors.append(message)
            self.fatal = self.fatal or fatal
        self.emit(diagnosticEvent={"urn": urn, "severity": severity, "message": message, "color": "never"})

    def fail(self, urn: str, message: str) -> StepError:
        """Report an error that stops the operation, and return what to raise."""
        self.diagnose("error", message, urn)
        self.cancelled = True
        return StepError(message)

    def resources(self) -> list[ResourceState]:
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
            self._writer.commit(wait=wait)
        except EngineError:
            self.cancelled = True
            raise

    def finish(self) -> None:
        """Set the stack's outputs and renamed URNs, and write the checkpoint unless nothing has changed.

        Raises:
            EngineError: it could not be written. The journal has everything.
        """
        wrote = self._writer.has_commits
        before = [] if wrote else self._texts(self.checkpoint.resources)
        if self.stack_outputs and not self.errors:  # a failed program leaves the old outputs
            self.stack_outputs[0].put(outputs=self.stack_outputs[1])
        for state in self.resources():
            if state.get("delete") and state.urn in self.aliased:
                state.put(urn=self.aliased[state.urn])
        if self.preview:
            return
        is_settled = len(self.snapshot.earlier_operations) != len(self.checkpoint.pending)
        is_due = wrote or is_settled or not self.options.state.path.exists()
        if is_due or before != self._texts(self.resources()):
            self._writer.checkpoint()

    def abandon(self) -> None:
        """Fold the journal of an operation that broke off into the state file, if it can be written."""
        if not self.preview:
            with contextlib.suppress(EngineError):
                self._writer.close()

    def _texts(self, states: Sequence[ResourceState]) -> list[str]:
        return sorted(s.text(self.crypter) for s in states)
