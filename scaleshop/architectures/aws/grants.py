"""The grants of a running sandbox, and what each was used for."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from sandbox.aws.emulator import unenforced_grant
from sandbox.host.local_http import LocalHttpError, request_json
from scaleshop.architectures.base import GrantReport, GrantUsage
from scaleshop.errors import CommandError, Exit

# What automatic names end with.
RANDOM = re.compile(r"-[0-9a-f]{7}\b")


def read_grants(endpoint: str) -> GrantReport:
    """The recording of a plane.

    Raises:
        CommandError: the plane does not answer, or keeps none.
    """
    try:
        found = request_json(f"{endpoint}/_sandbox/permissions")
    except LocalHttpError as error:
        msg = f"The data plane at {endpoint} has no record of permissions ({error}); `scaleshop down` and `up` help."
        raise CommandError(msg, Exit.ENVIRONMENT) from error
    return GrantReport(sorted(map(_grant, found["grants"]), key=_place), found["refused"])


def shorten(name: str) -> str:
    """A role or resource without account, region and random letters."""
    return RANDOM.sub("", name.split(":", 5)[-1])


def _grant(found: Mapping[str, Any]) -> GrantUsage:
    entry = unenforced_grant(found["kind"], found["action"], found["resource"])
    count = int(found["used"])
    use: Literal["used", "unused", "not enforced"] = "used" if count else "not enforced" if entry else "unused"
    note = entry.why if entry and not count else ""
    return GrantUsage(found["holder"], found["policy"], found["action"], found["resource"], count, use, note)


def _place(grant: GrantUsage) -> tuple[bool, str, str, str]:
    return grant.holder.startswith("arn:"), grant.holder, grant.action, grant.resource
