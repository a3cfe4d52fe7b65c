"""One stack, two engines: whichever worked last hands its state to the other.

The embedded engine's file and the CLI's checkpoint hold the same deployment, secrets sealed with the same passphrase. A
record says what both were when they last agreed; the one that has changed since is newer and is copied over the other,
after a copy of the replaced file. Where both have changed nothing is touched and the user chooses.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.lock import lock_stack
from engine.state_file import fold_journal
from sandbox.host.files import make_private_directories, write_whole
from scaleshop import pulumi_workspace as workspace
from scaleshop.engines import state_file
from scaleshop.errors import CommandError, Exit
from scaleshop.project import Project
from scaleshop.pulumi_cli import PulumiProcess
from scaleshop.pulumi_workspace import checkpoint, directory


@dataclass(frozen=True, slots=True)
class Agreed:
    """Digests of both files when they had the same."""

    embedded: str | None = None
    cli: str | None = None


def salt(project: Project, stack: str) -> str | None:
    """The salt that the embedded engine's state is sealed with, None without one.

    Raises:
        CommandError: the file is damaged.
    """
    path = state_file(project, stack)
    sealed = _document(path)["deployment"].get("secrets_providers") if path.exists() else None
    return ((sealed or {}).get("state") or {}).get("salt")


def take_back(project: Project, stack: str) -> None:
    """Copy the CLI's deployment to the embedded engine's file where it is newer. Needs no CLI.

    The caller holds the stack's lock. What a killed operation of the embedded engine left in its journal counts.

    Raises:
        CommandError: both have changed since they agreed, or a CLI that lost its caller is still at work.
        EngineError: the journal is damaged, or the file can't be written.
    """
    if workspace.lock(project, stack) == "taken":
        msg = f"Stack '{stack}' is being changed by the Pulumi CLI; wait for it to end, then try again."
        raise CommandError(msg, Exit.STATE)
    fold_journal(state_file(project, stack))
    mine, theirs = _digest(state_file(project, stack)), _cli_digest(project, stack)
    if theirs is None or not _newer(project, stack, mine, theirs):
        return
    _save(project, stack)
    _agree(project, stack)


def settle(project: Project, stack: str) -> None:
    """Before the embedded engine works: take back what a killed command could not hand over.

    Raises:
        CommandError: as `take_back`.
        StateError: somebody else is at work on the stack.
    """
    if checkpoint(project, stack).exists():
        with lock_stack(state_file(project, stack)):
            take_back(project, stack)


def take_over(project: Project, stack: str, process: Callable[[], PulumiProcess]) -> None:
    """Make the CLI's stack hold the newest state: create it, import the embedded engine's, or leave it.

    Args:
        project: The project.
        stack: Its stack.
        process: The CLI in its workspace; asked only when there is something to do.

    Raises:
        CommandError: both have changed since they agreed, or the CLI refuses the state.
    """
    if workspace.lock(project, stack) == "lost":
        process().ask("cancel", stack, "--yes")
    take_back(project, stack)
    if not checkpoint(project, stack).exists():
        process().ask("stack", "init", stack, "--no-select")
    mine = _digest(state_file(project, stack))
    if mine is None or mine == _read_agreed(project, stack).embedded:
        return
    process().ask("stack", "import", "--stack", stack, "--file", str(state_file(project, stack)))
    _agree(project, stack)


def _newer(project: Project, stack: str, mine: str | None, theirs: str) -> bool:
    """Whether the CLI's deployment is the newer one."""
    agreed = _read_agreed(project, stack)
    if mine is None:
        return True
    if theirs == agreed.cli:
        return False
    if mine == agreed.embedded:
        return True
    if _deployment(checkpoint(project, stack)) == _document(state_file(project, stack)):
        _agree(project, stack)
        return False
    msg = (
        f"Stack '{stack}' was changed by both engines: {state_file(project, stack)} and {checkpoint(project, stack)} "
        "have both moved on since they had the same. Move away the one that is wrong, then run `scaleshop refresh`."
    )
    raise CommandError(msg, Exit.STATE)


def _save(project: Project, stack: str) -> None:
    path = state_file(project, stack)
    make_private_directories(path.parent)
    if path.exists():
        write_whole(path.with_name(f"{stack}.before.json"), path.read_text("utf-8"))
    write_whole(path, json.dumps(_deployment(checkpoint(project, stack))))


def _deployment(path: Path) -> dict[str, Any] | None:
    """The CLI's checkpoint as `pulumi stack export` would print it, None before the first operation.

    https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/core.go (VersionedCheckpoint)
    """
    document = _document(path)
    latest = document["checkpoint"].get("latest")
    if not latest:
        return None
    features = {"features": document["features"]} if document.get("features") else {}
    return {"version": document["version"], **features, "deployment": latest}


def _document(path: Path) -> dict[str, Any]:
    """A file of either engine.

    Raises:
        CommandError: it is none.
    """
    document, latest = {}, False
    with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
        document = json.loads(path.read_text("utf-8"))
        latest = document["checkpoint"].get("latest") if "checkpoint" in document else document["deployment"]
    if not isinstance(latest, dict | None):
        msg = (
            f"the state file {path} is damaged; restore it from a copy, or move it away to go on with what the other "
            "engine has"
        )
        raise CommandError(msg, Exit.STATE)
    return document


def _cli_digest(project: Project, stack: str) -> str | None:
    path = checkpoint(project, stack)
    return _digest(path) if path.exists() and _deployment(path) else None


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def _record(project: Project, stack: str) -> Path:
    return directory(project) / f"{stack}.agreed.json"


def _read_agreed(project: Project, stack: str) -> Agreed:
    try:
        return Agreed(**json.loads(_record(project, stack).read_text("utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return Agreed()


def _agree(project: Project, stack: str) -> None:
    both = Agreed(_digest(state_file(project, stack)), _cli_digest(project, stack))
    write_whole(_record(project, stack), json.dumps(asdict(both)))
