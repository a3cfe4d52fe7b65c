"""docs/reference/<architecture>/sandbox.md: what the sandbox does for each resource type."""

from collections.abc import Collection

from scaleshop.architectures.base import Architecture
from scripts.tables import code, page, table

INTRODUCTION = """\
A type that *acts* exists in the data plane. One that *records* is kept and returned and has no effect there; the note
says what {cloud} would do. Other types are refused. `scaleshop status` prints the same for what is deployed."""
PERMISSIONS = """\
## Permissions

Whoever acts by a role, and whom the policy of a resource must let in, may do what policies say, as on {cloud};
`scaleshop grants` lists every grant of the stack with the calls that it allowed. What {cloud} asks for and the sandbox
does not:"""


def sandbox_page(architecture: Architecture, used: Collection[str]) -> str:
    """The page of an architecture.

    Args:
        architecture: Whose sandbox.
        used: The types that its development stack registers.
    """
    cloud, stack = architecture.cloud, f"{architecture.name}-dev"
    planes = table(["data plane", "runs"], [[plane.name, plane.version] for plane in architecture.planes])
    rows = [
        [code(entry.token), entry.enforcement, "yes" if entry.token in used else "", entry.note]
        for entry in architecture.catalog()
    ]
    types = table(["resource type", "here it", f"in {stack}", "note"], rows)
    unenforced = [
        [f"[{one.what}]({one.source})", ", ".join(map(code, one.actions)), one.why]
        for one in architecture.unenforced_permissions()
    ]
    permissions = table(["not asked for", "grants", f"why, and what {cloud} does"], unenforced)
    sections = [PERMISSIONS.format(cloud=cloud), permissions] if unenforced else []
    return page("The sandbox", INTRODUCTION.format(cloud=cloud), planes, types, *sections)
