"""The engine: one stack, and the operations preview, up, refresh and destroy."""

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.deletions import delete_leftovers
from engine.errors import EngineError, StepError
from engine.interrupts import wait_for_operation
from engine.lock import lock_stack
from engine.operation import EngineOptions, Operation, StepRecord
from engine.policy import PolicyAnalyzer, PolicyPack
from engine.program import Program, run_program
from engine.protocol import Package
from engine.providers import ProviderRegistry
from engine.refresh import refresh
from engine.resource_monitor import ResourceMonitor
from engine.state import ResourceState
from engine.state_file import StateFile
from engine.step_executor import StepExecutor
from engine.step_generator import StepGenerator
from engine.urns import STACK
from engine.wire import unwrap


@dataclass(frozen=True, slots=True)
class OperationResult:
    """What an operation did, or what a preview says it would do."""

    ok: bool
    changes: Mapping[str, int]
    """Resources by what happened to them: same, create, update, replace, delete."""
    steps: Sequence[StepRecord]
    outputs: Mapping[str, Any]
    """The stack's outputs; secrets stay wrapped."""
    errors: Sequence[str]
    policies: Sequence[Mapping[str, Any]]
    resources: Sequence[ResourceState] = field(repr=False)
    """The deployment afterwards; in a preview the planned one, with unknown values."""
    interrupted: bool = False


class Engine:
    """A small Pulumi engine: runs unmodified programs in this process and keeps Pulumi's own state format."""

    def __init__(
        self,
        *,
        project: str,
        stack: str,
        packages: Sequence[Package],
        state: Path,
        passphrase: str,
        config: Mapping[str, str] | None = None,
        secret_config: Collection[str] = (),
        parallel: int = 16,
        on_event: Callable[[Mapping[str, Any]], None] | None = None,
        policy_packs: Sequence[PolicyPack] = (),
        root: Path | None = None,
        organization: str = "organization",
        other_stacks: Callable[[str], Path | None] | None = None,
    ) -> None:
        """Describe a stack; nothing is read or started yet.

        Args:
            project: The project's name, part of every URN.
            stack: The stack's name, likewise.
            packages: Provider packages that programs may use.
            state: The state file; made with mode 0600 in a directory of mode 0700.
            passphrase: Opens and seals its secrets.
            config: Configuration by full key (`<package>:<name>`); objects as JSON text.
            secret_config: Keys of it that are secret.
            parallel: Steps at once.
            on_event: Called with each of Pulumi's engine events.
            policy_packs: Packs that judge resources.
            root: What positions and tracebacks are relative to (default the working directory).
            organization: The organisation's name.
            other_stacks: Where the state of another stack is, by its (full) name.
        """
        self._options = EngineOptions(
            project=project,
            stack=stack,
            packages={package.name: package for package in packages},
            state=StateFile(state, passphrase),
            config=dict(config or {}),
            secret_config=frozenset(secret_config),
            parallel=parallel,
            on_event=on_event or _ignore,
            policy_packs=tuple(policy_packs),
            root=(root or Path.cwd()).resolve(),
            organization=organization,
            other_stacks=other_stacks or (lambda _: None),
        )

    def preview(self, program: Program) -> OperationResult:
        """What `up` would do."""
        return self._operate(lambda parts: parts.update(program), preview=True)

    def up(self, program: Program) -> OperationResult:
        """Create, update and delete resources until they are what the program says."""
        return self._operate(lambda parts: parts.update(program), preview=False)

    def refresh(self, *, preview: bool = False) -> OperationResult:
        """Read every resource and take what exists for the truth."""
        return self._operate(lambda parts: parts.refresh(), preview=preview)

    def destroy(self, *, preview: bool = False) -> OperationResult:
        """Delete every resource of the stack."""
        return self._operate(lambda parts: parts.destroy(), preview=preview)

    def resources(self) -> list[ResourceState]:
        """The deployment, secrets wrapped."""
        checkpoint, _ = self._options.state.load(project=self._options.project, stack=self._options.stack)
        return checkpoint.resources

    def outputs(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """The stack's outputs; secrets wrapped, or plain if asked."""
        root = next((s for s in self.resources() if s["type"] == STACK), ResourceState(outputs={}))
        return unwrap(root.outputs) if show_secrets else root.outputs

    def _operate(self, action: Callable[["_OperationParts"], None], *, preview: bool) -> OperationResult:
        if preview:
            return self._run(action, preview=True)
        with lock_stack(self._options.state.path):
            return self._run(action, preview=False)

    def _run(self, action: Callable[["_OperationParts"], None], *, preview: bool) -> OperationResult:
        options = self._options
        load = options.state.load if preview else options.state.load_for_update
        checkpoint, crypter = load(project=options.project, stack=options.stack)
        operation = Operation(options, preview, checkpoint, crypter)
        parts = _OperationParts(operation)
        failure: list[BaseException] = []
        started = time.monotonic()
        operation.emit(preludeEvent={"config": {k: _mask_config(k, v, options) for k, v in options.config.items()}})

        def body() -> None:
            try:
                action(parts)
            except StepError:
                pass  # reported as a diagnostic
            except BaseException as error:  # noqa: BLE001 - handed to the caller's thread
                failure.append(error)
            finally:
                ended.set()

        ended = threading.Event()
        threading.Thread(target=body, name="pulumi-operation").start()
        interrupted = wait_for_operation(ended, operation)
        if failure:
            operation.abandon()
            raise failure[0]
        operation.finish()
        ok = not operation.errors
        operation.emit(
            summaryEvent={
                "isPreview": preview,
                "durationSeconds": round(time.monotonic() - started, 3),
                "resourceChanges": dict(operation.changes),
                "result": "succeeded" if ok else "failed",
            }
        )
        resources = operation.resources()
        root = next((s for s in resources if s["type"] == STACK), ResourceState(outputs={}))
        return OperationResult(
            ok,
            operation.changes,
            operation.steps,
            root.outputs,
            operation.errors,
            operation.violations,
            resources,
            interrupted=interrupted,
        )


class _OperationParts:
    """The parts of one operation, wired."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.providers = ProviderRegistry(operation)
        self.executor = StepExecutor(operation, self.providers)
        self.analyzer = PolicyAnalyzer(operation)
        self.generator = StepGenerator(
            operation, self.providers, execute=self.executor.execute, analyze=self.analyzer.analyze_resource
        )

    def update(self, program: Program) -> None:
        run_program(
            self.operation, ResourceMonitor(self.operation, self.providers, self.executor, self.generator), program
        )
        if not self.operation.fatal:
            self.analyzer.analyze_stack()
        if (
            not self.operation.fatal
            and not self.operation.cancelled
            and (self.operation.preview or not self.operation.errors)
        ):
            delete_leftovers(self.operation, self.executor)

    def refresh(self) -> None:
        refresh(self.operation, self.providers, self.executor)

    def destroy(self) -> None:
        delete_leftovers(self.operation, self.executor)


def _mask_config(key: str, value: str, options: EngineOptions) -> str:
    return "[secret]" if key in options.secret_config else value


def _ignore(_: Mapping[str, Any]) -> None:
    """Nobody watches."""


__all__ = ["Engine", "EngineError", "OperationResult"]
