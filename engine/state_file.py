# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""A stack's state file: Pulumi's deployment as JSON, replaced whole or not at all, read together with its journal.

`read_deployment` gives it with secrets sealed and needs no passphrase; `StateFile` opens them.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from engine import journal
from engine.crypter import Crypter
from engine.errors import EngineError, ForeignStateError, StateCorruptError
from engine.state import ResourceState

# The version whose checkpoints ours are compared with; `magic` is the SHA-256 of it.
WRITER = "v3.260.0"
# 4 is 3 with a list of features: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/core.go
VERSIONS = (3, 4)
FEATURES = {"replaceWith"}


@dataclass(frozen=True, slots=True)
class StoredDeployment:
    """A state file brought forward by its journal, secrets sealed."""

    document: Mapping[str, Any]
    """What `pulumi stack import` reads."""
    digest: str
    """The SHA-256 of the file alone."""
    journal: Literal["none", "spent", "live"]
    """Whether there is a journal: one without commits for this file is spent."""

    @property
    def deployment(self) -> Mapping[str, Any]:
        """The deployment in the document."""
        return self.document["deployment"]


@dataclass(slots=True)
class Checkpoint:
    """A stack's deployment as an operation starts from it, secrets open."""

    resources: list[ResourceState] = field(default_factory=list[ResourceState])
    pending: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Operations that were under way when the last one broke off: `resource` and `type` (creating, updating...)."""
    extends: str | None = None
    """The file's SHA-256 if a journal can extend it: it has none yet, and says how its secrets are sealed."""


@dataclass(frozen=True, slots=True)
class StateFile:
    """The file that keeps a stack's deployment, and the passphrase of its secrets."""

    path: Path
    passphrase: str

    def load(self, *, project: str, stack: str) -> tuple[Checkpoint, Crypter]:
        """The deployment, secrets open; an empty one where there is no file.

        Raises:
            StateCorruptError: the file is no deployment.
            ForeignStateError: it is one of another project or stack.
            WrongPassphraseError: the passphrase does not open its secrets.
        """
        stored = read_deployment(self.path)
        if stored is None:
            return Checkpoint(), Crypter(self.passphrase)
        found: list[dict[str, Any]] = stored.deployment.get("resources") or []
        _refuse_foreign(self.path, found, project, stack)
        providers = stored.deployment.get("secrets_providers") or {}
        salt = (providers.get("state") or {}).get("salt")
        crypter = Crypter(self.passphrase, salt)
        extends = stored.digest if salt and stored.journal != "live" else None
        pending = stored.deployment.get("pending_operations") or []
        return Checkpoint([_open_secrets(r, crypter) for r in found], pending, extends), crypter

    def load_for_update(self, *, project: str, stack: str) -> tuple[Checkpoint, Crypter]:
        """The same for a caller who has the stack's lock and will write: the journal is folded into the file first.

        Raises:
            EngineError: as `load`, or the file can't be written.
        """
        loaded = self.load(project=project, stack=stack)
        return self.load(project=project, stack=stack) if fold_journal(self.path) else loaded

    def save(self, resources: Sequence[str], pending: Sequence[str], crypter: Crypter) -> str:
        """Write a deployment, reach the disk, then take the old one's place; the old one's journal is removed.

        Args:
            resources: States as JSON, secrets sealed.
            pending: Operations that were under way, likewise.
            crypter: Whose salt goes into the file.

        Returns:
            The file's SHA-256.

        Raises:
            OSError: it could not be written; the old file and its journal are untouched.
        """
        secrets = {"type": "passphrase", "state": {"salt": crypter.salt}}
        return replace_file(self.path, render_deployment(secrets, resources, pending))


def read_deployment(path: Path) -> StoredDeployment | None:
    """What a state file and its journal hold, None without a file. Needs no lock, no passphrase, and writes nothing.

    Raises:
        StateCorruptError: the file is no deployment, or its journal is damaged.
    """
    try:
        # First: of a file that is replaced after this, the journal is recognised as another's.
        content = journal.journal_path(path).read_bytes()
    except FileNotFoundError:
        content = None
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    document = _parse_document(path, text)
    digest = hashlib.sha256(text).hexdigest()
    if content is None:
        return StoredDeployment(document, digest, "none")
    commits = journal.parse_commits(content, state=path, extends=digest)
    if not commits:
        return StoredDeployment(document, digest, "spent")
    return StoredDeployment(_bring_forward(path, document, commits), digest, "live")


def fold_journal(path: Path) -> bool:
    """Write a state file anew with what its journal holds, for readers of the file alone. True when it was needed.

    The caller has the stack's lock. A journal of another file is kept as `<stack>.journal.old`.

    Raises:
        StateCorruptError: as `read_deployment`.
        EngineError: the file can't be written; it and its journal are untouched.
    """
    beside = journal.journal_path(path)
    if not beside.exists():
        return False
    stored = read_deployment(path)
    try:
        if stored is None or stored.journal != "live":
            beside.replace(beside.with_suffix(".journal.old"))
            return False
        deployment = stored.deployment
        resources = [json.dumps(r, sort_keys=True) for r in deployment["resources"]]
        pending = [json.dumps(o) for o in deployment["pending_operations"]]
        replace_file(path, render_deployment(deployment.get("secrets_providers") or {}, resources, pending))
    except OSError as error:
        raise write_error(path, error) from error
    return True


def write_error(path: Path, error: OSError) -> EngineError:
    """The error of a state that could not be written."""
    return EngineError(
        f"the state could not be written to {path}: {error.strerror or error}. What was done before is kept; "
        "free space, then run `scaleshop refresh` and `scaleshop up`"
    )


def render_deployment(secrets: Mapping[str, Any], resources: Sequence[str], pending: Sequence[str]) -> bytes:
    """A deployment as text.

    Args:
        secrets: How its secrets are sealed.
        resources: States as JSON: each is rendered once and not again at every checkpoint.
        pending: Operations that were under way, likewise.
    """
    head = {"time": timestamp(), "magic": hashlib.sha256(WRITER.encode()).hexdigest(), "version": WRITER}
    separator = ",\n"
    return (
        f'{{"version": 3, "deployment": {{"manifest": {json.dumps(head)}, "secrets_providers": {json.dumps(secrets)}, '
        f'"resources": [\n{separator.join(resources)}\n], "pending_operations": [{", ".join(pending)}], '
        f'"metadata": {{}}}}}}\n'
    ).encode()


def replace_file(path: Path, content: bytes) -> str:
    """Write a state file, reach the disk, then take the old one's place; the old one's journal is removed.

    Returns:
        The file's SHA-256.

    Raises:
        OSError: it could not be written; the old file and its journal are untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_suffix(".json.new")
    try:
        descriptor = os.open(temporary, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    temporary.replace(path)
    journal.sync_directory(path.parent)
    journal.journal_path(path).unlink(missing_ok=True)
    return hashlib.sha256(content).hexdigest()


def timestamp() -> str:
    """The time, as Pulumi writes it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def _parse_document(path: Path, text: bytes) -> dict[str, Any]:
    try:
        document = json.loads(text)
        version, _ = document["version"], document["deployment"].get("resources")
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
    return document


def _bring_forward(path: Path, document: Mapping[str, Any], commits: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    deployment = document["deployment"]
    try:
        resources, pending = journal.replay_commits(
            deployment.get("resources") or [], deployment.get("pending_operations") or [], commits
        )
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise journal.journal_error(path, f"{type(error).__name__}: {error}") from None
    return {**document, "deployment": {**deployment, "resources": resources, "pending_operations": pending}}


def _refuse_foreign(path: Path, resources: Sequence[Mapping[str, Any]], project: str, stack: str) -> None:
    for resource in resources:
        parts = str(resource["urn"]).split("::")
        found = (parts[0].rsplit(":", 1)[-1], parts[1])
        if found != (stack, project):
            msg = (
                f"the state file {path} belongs to stack '{found[0]}' of project '{found[1]}', not to '{stack}' of "
                f"'{project}'; move it away, or select that stack"
            )
            raise ForeignStateError(msg)


def _open_secrets(resource: Mapping[str, Any], crypter: Crypter) -> ResourceState:
    return ResourceState({k: crypter.open(v) if k in ("inputs", "outputs") else v for k, v in resource.items()})
