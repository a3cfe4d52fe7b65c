"""The grants of a running sandbox, and what each was used for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.host.local import LocalError, ask
from sandbox.planes.aws.permissions.unenforced import unenforced_grant
from scaleshop.errors import CommandError, Exit

# What automatic names end with.
RANDOM = re.compile(r"-[0-9a-f]{7}\b")

Use = Literal["used", "unused", "not enforced"]


@dataclass(frozen=True, slots=True)
class Grant:
    """One action on one resource that a policy allows."""

    holder: str
    """The role, or the resource with a policy of its own."""
    policy: str
    action: str
    resource: str
    """What the action is done to; whom a resource's policy lets in."""
    count: int
    """Calls that it allowed since the plane was made."""
    use: Use
    note: str
    """Why it is never asked for here; empty if it is."""


@dataclass(frozen=True, slots=True)
class Permissions:
    """What the sandbox has recorded."""

    grants: Sequence[Grant]
    refused: Sequence[Mapping[str, Any]]
    """Calls that no grant allowed: `holder`, `action`, `resource`, `count`."""


def permissions(endpoint: str) -> Permissions:
    """The recording of a plane.

    Raises:
        CommandError: the plane does not answer, or keeps none.
    """
    try:
        found = ask(f"{endpoint}/_sandbox/permissions")
    except LocalError as error:
        msg = f"The data plane at {endpoint} tells nothing of permissions ({error}); `scaleshop down` and `up` help."
        raise CommandError(msg, Exit.ENVIRONMENT) from error
    return Permissions(sorted(map(_grant, found["grants"]), key=_place), found["refused"])


def short(name: str) -> str:
    """A role or resource without account, region and random letters."""
    return RANDOM.sub("", name.split(":", 5)[-1])


def _grant(found: Mapping[str, Any]) -> Grant:
    entry = unenforced_grant(found["kind"], found["action"], found["resource"])
    count = int(found["used"])
    use: Use = "used" if count else "not enforced" if entry else "unused"
    note = entry.why if entry and not count else ""
    return Grant(found["holder"], found["policy"], found["action"], found["resource"], count, use, note)


def _place(grant: Grant) -> tuple[bool, str, str, str]:
    return grant.holder.startswith("arn:"), grant.holder, grant.action, grant.resource
