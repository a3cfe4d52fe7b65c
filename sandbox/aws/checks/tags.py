"""Tags, which all services limit alike."""

from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.core.input_view import InputView, contains_unknown, quote
from sandbox.aws.checks.core.known_resources import KnownResources
from sandbox.aws.checks.core.operations import OPERATIONS
from sandbox.aws.checks.core.rules import rule

SOURCE = "https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html"
MOST, KEY, VALUE = 50, 128, 256


@rule(*OPERATIONS, source=SOURCE)
def tag_limits(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """How many tags, how long, and the prefix that AWS keeps."""
    del resources
    if view.count("tagsAll") > MOST:
        yield view.fail("tags", f"has {view.count('tagsAll')} entries; use {MOST} or less")
    for key, value in view.entries("tags"):
        if not 1 <= len(key) <= KEY:
            yield view.fail("tags", f"has the key {quote(key)} of {len(key)} characters; use 1 to {KEY}")
        elif key.lower().startswith("aws:"):
            yield view.fail("tags", f"has the key {quote(key)}; the prefix aws: is kept, use another one")
        elif isinstance(value, str) and len(value) > VALUE and not contains_unknown(value):
            yield view.fail("tags", f"has a value of {len(value)} characters at {quote(key)}; use {VALUE} or less")
