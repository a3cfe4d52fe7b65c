"""Tags, which all services limit alike."""

from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.mapping import MAPPED
from sandbox.aws.checks.rules import rule
from sandbox.aws.checks.view import View, shown, unknown
from sandbox.aws.checks.world import World

SOURCE = "https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html"
MOST, KEY, VALUE = 50, 128, 256


@rule(*MAPPED, source=SOURCE)
def tag_limits(view: View, world: World) -> Iterator[CheckFailure]:
    """How many tags, how long, and the prefix that AWS keeps."""
    del world
    if view.count("tagsAll") > MOST:
        yield view.fail("tags", f"has {view.count('tagsAll')} entries; use {MOST} or less")
    for key, value in view.entries("tags"):
        if not 1 <= len(key) <= KEY:
            yield view.fail("tags", f"has the key {shown(key)} of {len(key)} characters; use 1 to {KEY}")
        elif key.lower().startswith("aws:"):
            yield view.fail("tags", f"has the key {shown(key)}; the prefix aws: is kept, use another one")
        elif isinstance(value, str) and len(value) > VALUE and not unknown(value):
            yield view.fail("tags", f"has a value of {len(value)} characters at {shown(key)}; use {VALUE} or less")
