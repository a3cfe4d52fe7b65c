"""What the commands ask of an engine, and the embedded one."""

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from engine.errors import EngineError, StateError
from engine.state_file import StateFile
from engine.urns import STACK
from engine.wire import mask_secrets, unwrap
from scaleshop.errors import CommandError, Exit
from scaleshop.project import Project

if TYPE_CHECKING:
    from engine.engine import Engine, OperationResult
    from scaleshop.session import Session

Operation = Literal["up", "preview", "refresh", "destroy"]
OnEvent = Callable[[Mapping[str, Any]], None]


class Runner(Protocol):
    """An engine at work on one stack."""

    def run(self, operation: Operation, on_event: OnEvent) -> "OperationResult":
        """Carry out an operation.

        Raises:
            CommandError: it could not begin or go on; what failed within it is in the result.
        """
        ...

    def outputs(self, *, show_secrets: bool = False) -> Mapping[str, Any]:
        """The stack's outputs, empty before its first `up`; secrets are named as such unless they are asked for."""
        ...

    def resources(self) -> Sequence[Mapping[str, Any]]:
        """The deployment as Pulumi's state has it."""
        ...


def passphrase(run_dir: Path) -> str:
    """The sandbox's own passphrase, generated at the first call into a file that only the user can read."""
    path = run_dir / "passphrase"
    run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("utf-8").strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(32))
    return path.read_text("utf-8").strip()


def state_file(project: Project, stack: str) -> Path:
    """Where the embedded engine keeps a stack."""
    return project.run_dir / "state" / f"{stack}.json"


class Embedded:
    """The embedded engine on a stack of the sandbox."""

    def __init__(self, session: "Session") -> None:
        """Describe it; nothing is read yet."""
        self._session, self._project, self._stack = session, session.project, session.stack

    def run(self, operation: Operation, on_event: OnEvent) -> "OperationResult":
        """See `Runner`."""
        from scaleshop import takeover  # noqa: PLC0415 - it needs this module

        engine = self._engine(on_event)
        with _StateErrors():
            takeover.settle(self._project, self._stack)
            if operation == "refresh":
                return engine.refresh()
            if operation == "destroy":
                return engine.destroy()
            program = self._project.program / "__main__.py"
            return engine.up(program) if operation == "up" else engine.preview(program)

    def outputs(self, *, show_secrets: bool = False) -> Mapping[str, Any]:
        """See `Runner`."""
        found = next((r["outputs"] for r in self.resources() if r["type"] == STACK and "outputs" in r), {})
        return unwrap(found) if show_secrets else mask_secrets(found)

    def resources(self) -> Sequence[Mapping[str, Any]]:
        """See `Runner`."""
        project = self._project
        with _StateErrors():
            file = StateFile(state_file(project, self._stack), passphrase(project.run_dir))
            return file.load(project=project.name, stack=self._stack)[0].resources

    def _engine(self, on_event: OnEvent) -> "Engine":
        # Imported here: who only reads outputs needs neither Pulumi's SDK nor the handlers.
        from engine.engine import Engine  # noqa: PLC0415

        project = self._project
        return Engine(
            project=project.name,
            stack=self._stack,
            packages=self._session.packages(),
            state=state_file(project, self._stack),
            passphrase=passphrase(project.run_dir),
            config=self._session.config,
            root=project.root,
            on_event=on_event,
            other_stacks=lambda name: state_file(project, name.rsplit("/", 1)[-1]),
        )


class _StateErrors:
    """Turns the engine's errors into the command's."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, StateError):
            raise CommandError(str(error), Exit.STATE) from error
        if isinstance(error, EngineError):
            raise CommandError(str(error), Exit.FAILED) from error
