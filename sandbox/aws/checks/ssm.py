"""Systems Manager: parameters of the Parameter Store."""

import re
from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.core.input_view import InputView, quote
from sandbox.aws.checks.core.known_resources import KnownResources
from sandbox.aws.checks.core.rules import rule
from sandbox.aws.checks.core.values import check_exclusive

PARAMETER = "aws:ssm/parameter:Parameter"
PARAMETERS = "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html"
PARAMETER_NAME = re.compile(r"[A-Za-z0-9_./-]{1,1011}")
LEVELS = 15
STANDARD_BYTES, ADVANCED_BYTES = 4_096, 8_192


@rule(PARAMETER, source=PARAMETERS)
def parameter_name(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The name's characters and levels, and the names that AWS keeps."""
    del resources
    name = view.text("name")
    if name is None:
        return
    if not PARAMETER_NAME.fullmatch(name):
        yield view.fail("name", f"is {quote(name)}; use up to 1011 letters, digits and _.-/")
    elif "/" in name and not name.startswith("/"):
        yield view.fail("name", f"is {quote(name)}; a name with levels begins with a slash")
    elif name.lstrip("/").lower().startswith(("aws", "ssm")):
        yield view.fail("name", f"is {quote(name)}; names that begin with aws or ssm are kept, use another one")
    elif name.count("/") > LEVELS:
        yield view.fail("name", f"has {name.count('/')} levels; use {LEVELS} or less")


@rule(PARAMETER, source=PARAMETERS)
def parameter_value(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The value's size by tier; a key goes with secure texts. The value itself is in no message."""
    del resources
    size = len((view.text("value") or "").encode())
    limit = STANDARD_BYTES if view.is_absent("tier") or view.value("tier") == "Standard" else ADVANCED_BYTES
    if size > limit:
        more = ", or the tier Advanced" if limit == STANDARD_BYTES else ""
        yield view.fail("value", f"has {size} bytes; use {limit} or less{more}")
    if view.is_given("keyId") and view.value("type") in ("String", "StringList"):
        yield view.fail("keyId", f"is set for the type {view.value('type')}; use SecureString or drop it")
    yield from check_exclusive(view, "value", "insecureValue")
