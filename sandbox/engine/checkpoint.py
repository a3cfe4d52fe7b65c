# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""The state file: Pulumi's deployment JSON, replaced as a whole or not at all."""

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.engine.crypter import Crypter
from sandbox.engine.errors import ForeignStateError, StateCorruptError
from sandbox.engine.state import State

# The version whose checkpoints ours are compared with; `magic` is the SHA-256 of it.
WRITER = "v3.260.0"
# 4 is 3 with a list of features: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/core.go
VERSIONS = (3, 4)
FEATURES = {"replaceWith"}


@dataclass(slots=True)
class Checkpoint:
    """What a state file holds."""

    resources: list[State] = field(default_factory=list[State])
    pending: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


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
        if not self.path.exists():
            return Checkpoint(), Crypter(self.passphrase)
        deployment = _deployment(self.path)
        found: list[dict[str, Any]] = deployment.get("resources") or []
        _is_ours(self.path, found, project, stack)
        providers = deployment.get("secrets_providers") or {}
        crypter = Crypter(self.passphrase, (providers.get("state") or {}).get("salt"))
        return Checkpoint([_opened(r, crypter) for r in found], deployment.get("pending_operations") or []), crypter

    def save(self, resources: Sequence[str], pending: Sequence[Mapping[str, Any]], crypter: Crypter) -> None:
        """Write a deployment, reach the disk, then take the old one's place.

        Args:
            resources: States as JSON, secrets sealed.
            pending: Operations that were under way.
            crypter: Whose salt goes into the file.

        Raises:
            OSError: it could not be written; the old file is untouched.
        """
        head = {"time": now(), "magic": hashlib.sha256(WRITER.encode()).hexdigest(), "version": WRITER}
        secrets = {"type": "passphrase", "state": {"salt": crypter.salt}}
        text = _document(head, secrets, resources, pending)
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = self.path.with_suffix(".json.new")
        try:
            descriptor = os.open(temporary, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        temporary.replace(self.path)
        _sync_directory(self.path.parent)


def now() -> str:
    """The time, as Pulumi writes it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def _document(
    head: Mapping[str, Any], secrets: Mapping[str, Any], resources: Sequence[str], pending: Sequence[Mapping[str, Any]]
) -> str:
    # Resources come as text: each is rendered once and not again at every commit.
    separator = ",\n"
    return (
        f'{{"version": 3, "deployment": {{"manifest": {json.dumps(head)}, "secrets_providers": {json.dumps(secrets)}, '
        f'"resources": [\n{separator.join(resources)}\n], "pending_operations": {json.dumps(list(pending))}, '
        f'"metadata": {{}}}}}}\n'
    )


def _deployment(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text())
        version, deployment = document["version"], document["deployment"]
        features = set(document.get("features") or ())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        msg = (
            f"the state file {path} is damaged ({type(error).__name__}: {error}); restore it from a copy, "
            "or delete it and remove by hand what it described"
        )
        raise StateCorruptError(msg) from None
    if version not in VERSIONS or features - FEATURES:
        more = f" with {', '.join(sorted(features - FEATURES))}" if features - FEATURES else ""
        msg = f"the state file {path} is a deployment of version {version}{more}; this engine reads {VERSIONS}"
        raise StateCorruptError(msg)
    return deployment


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


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
