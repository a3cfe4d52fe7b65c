"""The Pulumi CLI as an engine of the commands: on the sandbox beside the embedded one, and on a cloud alone."""

import contextlib
import json
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.errors import EngineError, StateError
from engine.lock import lock_stack
from engine.urns import STACK
from engine.wire import SECRET, SIGNATURE, mask_secrets, unwrap
from sandbox.host.errors import SandboxError
from scaleshop import pulumi_workspace as workspace
from scaleshop import takeover
from scaleshop.engines import Embedded, OnEvent, Operation, passphrase, state_file
from scaleshop.errors import CommandError, Exit
from scaleshop.pulumi_cli import Ended, PulumiProcess, refusal
from scaleshop.pulumi_events import PulumiEventReader

if TYPE_CHECKING:
    from engine.engine import OperationResult
    from scaleshop.session import Session


class PulumiCli:
    """The CLI at work on one stack."""

    def __init__(self, session: "Session") -> None:
        """Describe it; nothing is started yet.

        Args:
            session: Its target decides where the state is: `sandbox` takes the embedded engine's over and gives it
                back; `cloud` is the user's backend.
        """
        self._session, self._project, self._stack = session, session.project, session.stack
        self._target = session.target

    def run(self, operation: Operation, on_event: OnEvent) -> "OperationResult":
        """See `scaleshop.engines.Runner`."""
        events, project, stack = PulumiEventReader(on_event), self._project, self._stack
        if self._target == "cloud":
            ended = self._operate(workspace.cloud(project), operation, events)
            return self._result(operation, events, ended)
        with _explain_errors(), self._serve_packages() as process:
            with lock_stack(state_file(project, stack)):
                takeover.take_over(project, stack, process)
                if operation != "preview":
                    try:
                        ended = self._operate(process(), operation, events)
                    finally:
                        takeover.take_back(project, stack)
                    return self._result(operation, events, ended)
            ended = self._operate(process(), operation, events)
            return self._result(operation, events, ended)

    def outputs(self, *, show_secrets: bool = False) -> Mapping[str, Any]:
        """See `scaleshop.engines.Runner`."""
        if self._target == "sandbox":
            return self._embedded_engine().outputs(show_secrets=show_secrets)
        found = _root_outputs(self._export(*(["--show-secrets"] if show_secrets else [])))
        return {key: unwrap(_reveal(value)) for key, value in found.items()} if show_secrets else mask_secrets(found)

    def resources(self) -> Sequence[Mapping[str, Any]]:
        """See `scaleshop.engines.Runner`."""
        return self._embedded_engine().resources() if self._target == "sandbox" else self._export()

    def _operate(self, process: PulumiProcess, operation: Operation, events: PulumiEventReader) -> Ended:
        unasked = [] if operation == "preview" else ["--yes", "--skip-preview"]
        return process.stream(operation, "--json", "--stack", self._stack, *unasked, on_line=events.read)

    def _result(self, operation: Operation, events: PulumiEventReader, ended: Ended) -> "OperationResult":
        from engine.engine import OperationResult  # noqa: PLC0415 - loads Pulumi's SDK

        ok = ended.code == 0
        if not ok and not events.steps and (known := refusal(ended.said, f"Stack '{self._stack}'")):
            raise known
        resources: list[Any] = list(events.planned.values() if operation == "preview" else self.resources())
        return OperationResult(
            ok=ok,
            changes=events.changes,
            steps=events.steps,
            outputs=_root_outputs(resources),
            errors=[] if ok else events.errors(ended.said),
            policies=events.violations,
            resources=resources,
            interrupted=ended.interrupted,
        )

    @contextlib.contextmanager
    def _serve_packages(self) -> Generator[Callable[[], PulumiProcess]]:
        # Imported here: who only reads outputs needs neither gRPC nor the handlers.
        from sandbox.host.grpc_adapter import serve_packages  # noqa: PLC0415

        project, stack = self._project, self._stack
        passphrase(project.run_dir)
        with serve_packages(self._session.packages()) as ports:
            credentials = self._session.architecture.credentials
            yield lambda: workspace.sandbox(project, stack, takeover.salt(project, stack), ports, credentials)

    def _embedded_engine(self) -> Embedded:
        return Embedded(self._session)

    def _export(self, *options: str) -> list[dict[str, Any]]:
        process = workspace.cloud(self._project)
        document = json.loads(process.ask("stack", "export", "--stack", self._stack, *options))
        return document["deployment"].get("resources") or []


@contextlib.contextmanager
def _explain_errors() -> Generator[None]:
    """Turns errors of the state and of the sandbox's files into the command's."""
    try:
        yield
    except StateError as error:
        raise CommandError(str(error), Exit.STATE) from error
    except EngineError as error:
        raise CommandError(str(error), Exit.FAILED) from error
    except SandboxError as error:
        raise CommandError(str(error), Exit.ENVIRONMENT) from error


def _root_outputs(resources: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return next((r.get("outputs") or {} for r in resources if r["type"] == STACK), {})


def _reveal(value: Any) -> Any:
    """A value of `stack export --show-secrets`, whose secrets are JSON texts."""
    if isinstance(value, list):
        return [_reveal(v) for v in value]
    if not isinstance(value, dict):
        return value
    if value.get(SIGNATURE) == SECRET and "plaintext" in value:
        return {SIGNATURE: SECRET, "value": json.loads(value["plaintext"])}
    return {k: _reveal(v) for k, v in value.items()}
