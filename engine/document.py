# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""A state file as JSON, secrets sealed: Pulumi's deployment, replaced whole or not at all, read with its journal."""

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from engine import journal
from engine.errors import EngineError, StateCorruptError

# The version whose checkpoints ours are compared with; `magic` is the SHA-256 of it.
WRITER = "v3.260.0"
# 4 is 3 with a list of features: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/core.go
VERSIONS = (3, 4)
FEATURES = {"replaceWith"}


@dataclass(frozen=True, slots=True)
class Stored:
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


def read(path: Path) -> Stored | None:
    """What a state file and its journal hold, None without a file. Needs no lock, no passphrase, and writes nothing.

    Raises:
        StateCorruptError: the file is no deployment, or its journal is damaged.
    """
    try:
        # First: of a file that is replaced after this, the journal is recognised as another's.
        content = journal.beside(path).read_bytes()
    except FileNotFoundError:
        content = None
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    document = _parsed(path, text)
    digest = hashlib.sha256(text).hexdigest()
    if content is None:
        return Stored(document, digest, "none")
    commits = journal.committed(content, state=path, extends=digest)
    if not commits:
        return Stored(document, digest, "spent")
    return Stored(_forward(path, document, commits), digest, "live")


def fold(path: Path) -> bool:
    """Make a state file whole for who reads it alone: what its journal holds goes into it. True when it was needed.

    The caller holds the stack's lock. A journal of another file is kept as `<stack>.journal.old`.

    Raises:
        StateCorruptError: as `read`.
        EngineError: the file can't be written; it and its journal are untouched.
    """
    beside = journal.beside(path)
    if not beside.exists():
        return False
    stored = read(path)
    try:
        if stored is None or stored.journal != "live":
            beside.replace(beside.with_suffix(".journal.old"))
            return False
        deployment = stored.deployment
        resources = [json.dumps(r, sort_keys=True) for r in deployment["resources"]]
        pending = [json.dumps(o) for o in deployment["pending_operations"]]
        replace(path, render(deployment.get("secrets_providers") or {}, resources, pending))
    except OSError as error:
        raise unwritten(path, error) from error
    return True


def unwritten(path: Path, error: OSError) -> EngineError:
    """The error of a state that could not be written."""
    return EngineError(
        f"the state could not be written to {path}: {error.strerror or error}. What was done before is kept; "
        "free space, then run `scaleshop refresh` and `scaleshop up`"
    )


def render(secrets: Mapping[str, Any], resources: Sequence[str], pending: Sequence[str]) -> bytes:
    """A deployment as text.

    Args:
        secrets: How its secrets are sealed.
        resources: States as JSON: each is rendered once and not again at every checkpoint.
        pending: Operations that were under way, likewise.
    """
    head = {"time": now(), "magic": hashlib.sha256(WRITER.encode()).hexdigest(), "version": WRITER}
    separator = ",\n"
    return (
        f'{{"version": 3, "deployment": {{"manifest": {json.dumps(head)}, "secrets_providers": {json.dumps(secrets)}, '
        f'"resources": [\n{separator.join(resources)}\n], "pending_operations": [{", ".join(pending)}], '
        f'"metadata": {{}}}}}}\n'
    ).encode()


def replace(path: Path, content: bytes) -> str:
    """Write a state file, reach the disk, then take the old one's place; the old one's journal goes.

    Returns:
        The file's digest.

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
    journal.beside(path).unlink(missing_ok=True)
    return hashlib.sha256(content).hexdigest()


def now() -> str:
    """The time, as Pulumi writes it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def _parsed(path: Path, text: bytes) -> dict[str, Any]:
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


def _forward(path: Path, document: Mapping[str, Any], commits: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    deployment = document["deployment"]
    try:
        resources, pending = journal.replayed(
            deployment.get("resources") or [], deployment.get("pending_operations") or [], commits
        )
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise journal.damaged(path, f"{type(error).__name__}: {error}") from None
    return {**document, "deployment": {**deployment, "resources": resources, "pending_operations": pending}}
