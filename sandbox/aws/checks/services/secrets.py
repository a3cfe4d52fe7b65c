"""KMS keys, Secrets Manager, Parameter Store."""

import re
from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.rules import rule
from sandbox.aws.checks.values import bounded, exclusive, shaped
from sandbox.aws.checks.view import View, shown
from sandbox.aws.checks.world import World

KEY, KEY_ALIAS = "aws:kms/key:Key", "aws:kms/alias:Alias"
SECRET, SECRET_VERSION = "aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretVersion:SecretVersion"
PARAMETER = "aws:ssm/parameter:Parameter"
ALIASES = "https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html"
SECRETS = "https://docs.aws.amazon.com/secretsmanager/latest/apireference"
PARAMETERS = "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html"
SECRET_NAME, PARAMETER_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}"), re.compile(r"[A-Za-z0-9_./-]{1,1011}")
LEVELS = 15
STANDARD_BYTES, ADVANCED_BYTES = 4_096, 8_192


@rule(KEY, source="https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html")
def key_rotation(view: View, world: World) -> Iterator[CheckFailure]:
    """Only symmetric keys rotate by themselves."""
    del world
    spec = view.known("customerMasterKeySpec")
    if view.flag("enableKeyRotation") and spec not in (None, "SYMMETRIC_DEFAULT"):
        yield view.fail("enableKeyRotation", f"is true for a {spec} key; only SYMMETRIC_DEFAULT keys rotate, drop it")


@rule(KEY, source="https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html")
def key_deletion(view: View, world: World) -> Iterator[CheckFailure]:
    """How long a key waits to be deleted."""
    del world
    yield from bounded(view, "deletionWindowInDays", 7, 30, "days")


@rule(KEY_ALIAS, source=ALIASES)
def key_alias_name(view: View, world: World) -> Iterator[CheckFailure]:
    """An alias begins with `alias/`, and AWS keeps `alias/aws/`."""
    del world
    name = view.text("name")
    if name is not None and (not name.startswith("alias/") or name == "alias/"):
        yield view.fail("name", f"is {shown(name)}; use alias/<name>")
    elif name is not None and name.startswith("alias/aws/"):
        yield view.fail("name", f"is {shown(name)}; alias/aws/ is kept for AWS, use another name")


@rule(SECRET, source=f"{SECRETS}/API_DeleteSecret.html")
def recovery_window(view: View, world: World) -> Iterator[CheckFailure]:
    """How long a deleted secret can be had back; 0 deletes at once."""
    del world
    if view.number("recoveryWindowInDays") != 0:
        yield from bounded(view, "recoveryWindowInDays", 7, 30, "days, or 0 to delete at once")


@rule(SECRET, source=f"{SECRETS}/API_CreateSecret.html")
def secret_name(view: View, world: World) -> Iterator[CheckFailure]:
    """The name's characters."""
    del world
    yield from shaped(view, "name", SECRET_NAME, "up to 512 letters, digits and /_+=.@-")


@rule(SECRET_VERSION, source=f"{SECRETS}/API_PutSecretValue.html")
def secret_value(view: View, world: World) -> Iterator[CheckFailure]:
    """A text or bytes."""
    del world
    yield from exclusive(view, "secretString", "secretBinary")
    if all(view.absent(path) for path in ("secretString", "secretBinary", "secretStringWo")):
        yield view.fail("secretString", "is missing; give secretString or secretBinary")


@rule(PARAMETER, source=PARAMETERS)
def parameter_name(view: View, world: World) -> Iterator[CheckFailure]:
    """The name's characters and levels, and the names that AWS keeps."""
    del world
    name = view.text("name")
    if name is None:
        return
    if not PARAMETER_NAME.fullmatch(name):
        yield view.fail("name", f"is {shown(name)}; use up to 1011 letters, digits and _.-/")
    elif "/" in name and not name.startswith("/"):
        yield view.fail("name", f"is {shown(name)}; a name with levels begins with a slash")
    elif name.lstrip("/").lower().startswith(("aws", "ssm")):
        yield view.fail("name", f"is {shown(name)}; names that begin with aws or ssm are kept, use another one")
    elif name.count("/") > LEVELS:
        yield view.fail("name", f"has {name.count('/')} levels; use {LEVELS} or less")


@rule(PARAMETER, source=PARAMETERS)
def parameter_value(view: View, world: World) -> Iterator[CheckFailure]:
    """The value's size by tier; a key goes with secure texts. The value itself is in no message."""
    del world
    size = len((view.text("value") or "").encode())
    limit = STANDARD_BYTES if view.absent("tier") or view.known("tier") == "Standard" else ADVANCED_BYTES
    if size > limit:
        more = ", or the tier Advanced" if limit == STANDARD_BYTES else ""
        yield view.fail("value", f"has {size} bytes; use {limit} or less{more}")
    if view.given("keyId") and view.known("type") in ("String", "StringList"):
        yield view.fail("keyId", f"is set for the type {view.known('type')}; use SecureString or drop it")
    yield from exclusive(view, "value", "insecureValue")
