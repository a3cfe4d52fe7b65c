"""The embedded engine: one stack, four operations."""

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.checkpoint import StateFile
from engine.errors import EngineError, StepError
from engine.execute import Executor
from engine.generate import Generator
from engine.interrupts import wait
from engine.lock import locked
from engine.monitor import Monitor
from engine.policy import Analyzer, PolicyPack
from engine.program import Program, run_program
from engine.protocol import Package
from engine.providers import Providers
from engine.run import Options, Run, Step
from engine.settle import delete_leftovers, refresh
from engine.state import STACK, State
from engine.wire import plain


@dataclass(frozen=True, slots=True)
class Result:
    """What an operation did, or what a preview says it would do."""

    ok: bool
    changes: Mapping[str, int]
    """Resources by what happened to them: same, create, update, replace, delete."""
    steps: Sequence[Step]
    outputs: Mapping[str, Any]
    """The stack's outputs; secrets stay wrapped."""
    errors: Sequence[str]
    policies: Sequence[Mapping[str, Any]]
    resources: Sequence[State] = field(repr=False)
    """The deployment afterwards; in a preview the planned one, with unknown values."""
    interrupted: bool = False


class Engine:
    """A small Pulumi engine for local sandboxes: drives unmodified programs in process, keeps Pulumi's own state."""

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
            config: Configuration by full key (`aws:region`); objects as JSON text.
            secret_config: Keys of it that are secret.
            parallel: Steps at once.
            on_event: Called with each of Pulumi's engine events.
            policy_packs: Packs that judge resources.
            root: What positions and tracebacks are relative to (default the working directory).
            organization: The organisation's name.
            other_stacks: Where the state of another stack is, by its (full) name.
        """
        self._options = Options(
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

    def preview(self, program: Program) -> Result:
        """What `up` would do."""
        return self._operate(lambda operation: operation.update(program), preview=True)

    def up(self, program: Program) -> Result:
        """Make the world what the program says."""
        return self._operate(lambda operation: operation.update(program), preview=False)

    def refresh(self, *, preview: bool = False) -> Result:
        """Take what exists for the truth."""
        return self._operate(lambda operation: operation.refresh(), preview=preview)

    def destroy(self, *, preview: bool = False) -> Result:
        """Delete everything."""
        return self._operate(lambda operation: operation.destroy(), preview=preview)

    def resources(self) -> list[State]:
        """The deployment, secrets wrapped."""
        checkpoint, _ = self._options.state.load(project=self._options.project, stack=self._options.stack)
        return checkpoint.resources

    def outputs(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """The stack's outputs; secrets wrapped, or plain if asked."""
        root = next((s for s in self.resources() if s["type"] == STACK), State(outputs={}))
        return plain(root.outputs) if show_secrets else root.outputs

    def _operate(self, action: Callable[["_Operation"], None], *, preview: bool) -> Result:
        if preview:
            return self._run(action, preview=True)
        with locked(self._options.state.path):
            return self._run(action, preview=False)

    def _run(self, action: Callable[["_Operation"], None], *, preview: bool) -> Result:
        options = self._options
        opened = options.state.load if preview else options.state.take
        checkpoint, crypter = opened(project=options.project, stack=options.stack)
        run = Run(options, preview, checkpoint, crypter)
        operation = _Operation(run)
        failure: list[BaseException] = []
        started = time.monotonic()
        run.emit(preludeEvent={"config": {k: _shown(k, v, options) for k, v in options.config.items()}})

        def body() -> None:
            try:
                action(operation)
            except StepError:
                pass  # reported as a diagnostic
            except BaseException as error:  # noqa: BLE001 - handed to the caller's thread
                failure.append(error)
            finally:
                ended.set()

        ended = threading.Event()
        threading.Thread(target=body, name="pulumi-operation").start()
        interrupted = wait(ended, run)
        if failure:
            run.abandon()
            raise failure[0]
        run.finish()
        ok = not run.errors
        run.emit(
            summaryEvent={
                "isPreview": preview,
                "durationSeconds": round(time.monotonic() - started, 3),
                "resourceChanges": dict(run.changes),
                "result": "succeeded" if ok else "failed",
            }
        )
        resources = run.resources()
        root = next((s for s in resources if s["type"] == STACK), State(outputs={}))
        return Result(
            ok, run.changes, run.steps, root.outputs, run.errors, run.violations, resources, interrupted=interrupted
        )


class _Operation:
    """The parts of one operation, wired."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.providers = Providers(run)
        self.executor = Executor(run, self.providers)
        self.analyzer = Analyzer(run)
        self.generator = Generator(run, self.providers, execute=self.executor.execute, analyze=self.analyzer.resource)

    def update(self, program: Program) -> None:
        run_program(self.run, Monitor(self.run, self.providers, self.executor, self.generator), program)
        if not self.run.fatal:
            self.analyzer.stack()
        if not self.run.fatal and not self.run.cancelled and (self.run.preview or not self.run.errors):
            delete_leftovers(self.run, self.executor)

    def refresh(self) -> None:
        refresh(self.run, self.providers, self.executor)

    def destroy(self) -> None:
        delete_leftovers(self.run, self.executor)


def _shown(key: str, value: str, options: Options) -> str:
    return "[secret]" if key in options.secret_config else value


def _ignore(_: Mapping[str, Any]) -> None:
    """Nobody watches."""


__all__ = ["Engine", "EngineError", "Result"]
