# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""A stack's deployment, opened from its state file and sealed into it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.crypter import Crypter
from engine.document import fold, read, render, replace
from engine.errors import ForeignStateError
from engine.state import State


@dataclass(slots=True)
class Checkpoint:
    """What a state file holds."""

    resources: list[State] = field(default_factory=list[State])
    pending: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    extends: str | None = None
    """The file's digest if a journal can extend it: it has none yet, and tells how its secrets are sealed."""


@dataclass(frozen=True, slots=True)
class StateFile:
    """Where a stack's deployment is kept, and with which passphrase."""

    path: Path
    passphrase: str

    def load(self, *, project: str, stack: str) -> tuple[Checkpoint, Crypter]:
        """The deployment, secrets open; an empty one where there is no file.

        Raises:
            StateCorruptError: the file is no deployment.
            ForeignStateError: it is one of another project or stack.
            WrongPassphraseError: its secrets stay shut.
        """
        stored = read(self.path)
        if stored is None:
            return Checkpoint(), Crypter(self.passphrase)
        found: list[dict[str, Any]] = stored.deployment.get("resources") or []
        _is_ours(self.path, found, project, stack)
        providers = stored.deployment.get("secrets_providers") or {}
        salt = (providers.get("state") or {}).get("salt")
        crypter = Crypter(self.passphrase, salt)
        extends = stored.digest if salt and stored.journal != "live" else None
        pending = stored.deployment.get("pending_operations") or []
        return Checkpoint([_opened(r, crypter) for r in found], pending, extends), crypter

    def take(self, *, project: str, stack: str) -> tuple[Checkpoint, Crypter]:
        """The same for who holds the stack's lock and will write: the file is made whole first.

        Raises:
            EngineError: as `load`, or the file can't be written.
        """
        loaded = self.load(project=project, stack=stack)
        return self.load(project=project, stack=stack) if fold(self.path) else loaded

    def save(self, resources: Sequence[str], pending: Sequence[str], crypter: Crypter) -> str:
        """Write a deployment, reach the disk, then take the old one's place; the old one's journal goes.

        Args:
            resources: States as JSON, secrets sealed.
            pending: Operations that were under way, likewise.
            crypter: Whose salt goes into the file.

        Returns:
            The file's digest.

        Raises:
            OSError: it could not be written; the old file and its journal are untouched.
        """
        secrets = {"type": "passphrase", "state": {"salt": crypter.salt}}
        return replace(self.path, render(secrets, resources, pending))


def _is_ours(path: Path, resources: Sequence[Mapping[str, Any]], project: str, stack: str) -> None:
    for resource in resources:
        parts = str(resource["urn"]).split("::")
        found = (parts[0].rsplit(":", 1)[-1], parts[1])
        if found != (stack, project):
            msg = (
                f"the state file {path} belongs to stack '{found[0]}' of project '{found[1]}', not to '{stack}' of "
                f"'{project}'; move it away, or select that stack"
            )
            raise ForeignStateError(msg)


def _opened(resource: Mapping[str, Any], crypter: Crypter) -> State:
    return State({k: crypter.open(v) if k in ("inputs", "outputs") else v for k, v in resource.items()})
