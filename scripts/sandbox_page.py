"""docs/reference/sandbox.md: what the sandbox does for each resource type."""

from collections.abc import Collection

from sandbox.aws.emulator import unenforced_grants
from sandbox.aws.package import AwsPackage
from sandbox.aws.plane import PLANE
from scripts.tables import code, page, table

INTRODUCTION = """\
A type that *acts* exists in the data plane. One that *records* is kept and returned and has no effect there; the note
says what AWS would do. Other types are refused. `scaleshop status` prints the same for what is deployed."""

PERMISSIONS = """\
## Permissions

A function, a service that acts by a role and one that the policy of a resource must let in may do what policies say, as
on AWS; `scaleshop grants` lists every grant of the stack with the calls that it allowed. What AWS asks for and the
sandbox does not:"""


def sandbox_page(used: Collection[str]) -> str:
    """The page.

    Args:
        used: The types that the stack registers.
    """
    planes = table(["data plane", "runs"], [[PLANE.name, PLANE.version]])
    rows = [
        [code(entry.token), entry.enforcement, "yes" if entry.token in used else "", entry.note]
        for entry in AwsPackage.catalog()
    ]
    types = table(["resource type", "here it", "in aws-dev", "note"], rows)
    unasked = [
        [f"[{entry.what}]({entry.source})", ", ".join(map(code, entry.actions)), entry.why]
        for entry in unenforced_grants()
    ]
    permissions = table(["not asked for", "grants", "why, and what AWS does"], unasked)
    return page("The sandbox", INTRODUCTION, planes, types, PERMISSIONS, permissions)
