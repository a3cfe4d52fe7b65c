"""The AWS emulator, a package of this workspace: where it is, and what it says of itself without being started.

It is used by its command line (`python -m aws_emulator`, packages/aws-emulator/README.md) and over HTTP alone.
"""

import functools
import json
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Self

from sandbox.host.environments import LockedExtra
from sandbox.host.errors import SandboxError

WORKSPACE = Path(__file__).parents[2]
PACKAGE = "scaleshop-aws-emulator"
SOURCES = WORKSPACE / "packages" / "aws-emulator" / "src"
COMMAND = ("-m", "aws_emulator")


@dataclass(frozen=True, slots=True)
class AwsQuota:
    """A quota of an account in a region."""

    name: str
    default: int
    """What AWS gives; a new account may have less."""
    unit: str
    limits: str
    """What it bounds."""
    error: str
    """What AWS answers above it."""
    source: str
    enforced_by: str
    """Which part of the sandbox enforces it: a supplement, `emulator`, or the `checks` of a deployment."""
    highest: int | None
    """The most it can be set to; None if it can't be set here, because AWS fixes it for everyone."""
    lowest: int

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Self:
        """A quota of the emulator's description."""
        return cls(**{name: found[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class UnenforcedGrant:
    """Something that a missing grant does not break here."""

    what: str
    """For users."""
    why: str
    """Why it is not asked for, and what shows it on AWS."""
    source: str
    """AWS's documentation of the need."""
    kind: str
    """Whose grants `actions` are: a `role`'s, or those of a `resource`'s policy."""
    actions: Sequence[str]
    """Actions that such grants allow and nothing here asks for, with wildcards."""
    on: str
    """Resources of those grants, or the services that they let in, with wildcards."""


def locked_extra(name: str) -> LockedExtra:
    """The packages of `emulator` or `functions`, as the workspace's lock pins them."""
    return LockedExtra(WORKSPACE, PACKAGE, name)


@functools.cache
def version() -> str:
    """What runs: `aws-emulator 0.1.0 (ministack 1.5.33)`."""
    project = tomllib.loads((SOURCES.parent / "pyproject.toml").read_text())["project"]
    (pin,) = (pin for pin in project["optional-dependencies"]["emulator"] if pin.startswith("ministack=="))
    return f"aws-emulator {project['version']} ({pin.replace('==', ' ')})"


@functools.cache
def known_quotas() -> Mapping[str, AwsQuota]:
    """The quotas that the emulator knows, by name."""
    return {found["name"]: AwsQuota.of(found) for found in _description()["quotas"]}


def quota_refusal(name: str, value: object) -> str | None:
    """Why a quota can't be set to a value, with what could be done instead; None if it can."""
    quota = known_quotas().get(name)
    if quota is None:
        return (
            f"quota '{name}' is not known; known are: {', '.join(q.name for q in known_quotas().values() if q.highest)}"
        )
    if quota.highest is None:
        return f"quota '{name}' is {quota.default:,} {quota.unit} for every account of AWS and can't be set"
    if isinstance(value, int) and not isinstance(value, bool) and quota.lowest <= value <= quota.highest:
        return None
    return f"quota '{name}' is {value!r}; use a whole number of {quota.unit} from {quota.lowest} to {quota.highest:,}"


@functools.cache
def unenforced_grants() -> Sequence[UnenforcedGrant]:
    """What AWS asks permission for and the emulator does not."""
    return [UnenforcedGrant(**found) for found in _description()["unenforced"]]


def unenforced_grant(kind: str, action: str, resource: str) -> UnenforcedGrant | None:
    """Why nothing here asks for a grant; None when its use is counted."""
    for entry in unenforced_grants():
        if (
            entry.kind == kind
            and any(fnmatchcase(action, pattern) for pattern in entry.actions)
            and fnmatchcase(resource, entry.on)
        ):
            return entry
    return None


@functools.cache
def _description() -> Mapping[str, Any]:
    command = [sys.executable, "-P", *COMMAND, "describe", "--json"]
    done = subprocess.run(command, env={"PYTHONPATH": str(SOURCES)}, capture_output=True, text=True, check=False)
    if done.returncode:
        msg = f"the AWS emulator in {SOURCES} does not describe itself: {done.stderr.strip()[-600:]}"
        raise SandboxError(msg)
    return dict(json.loads(done.stdout))
