"""Secrets Manager: secrets and their versions."""

import re
from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.core.input_view import InputView
from sandbox.aws.checks.core.known_resources import KnownResources
from sandbox.aws.checks.core.rules import rule
from sandbox.aws.checks.core.values import check_exclusive, check_pattern, check_range

SECRET, SECRET_VERSION = "aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretVersion:SecretVersion"
SECRETS = "https://docs.aws.amazon.com/secretsmanager/latest/apireference"
SECRET_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")


@rule(SECRET, source=f"{SECRETS}/API_DeleteSecret.html")
def recovery_window(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """How long a deleted secret can be had back; 0 deletes at once."""
    del resources
    if view.number("recoveryWindowInDays") != 0:
        yield from check_range(view, "recoveryWindowInDays", 7, 30, "days, or 0 to delete at once")


@rule(SECRET, source=f"{SECRETS}/API_CreateSecret.html")
def secret_name(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The name's characters."""
    del resources
    yield from check_pattern(view, "name", SECRET_NAME, "up to 512 letters, digits and /_+=.@-")


@rule(SECRET_VERSION, source=f"{SECRETS}/API_PutSecretValue.html")
def secret_value(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """A text or bytes."""
    del resources
    yield from check_exclusive(view, "secretString", "secretBinary")
    if all(view.is_absent(path) for path in ("secretString", "secretBinary", "secretStringWo")):
        yield view.fail("secretString", "is missing; give secretString or secretBinary")
