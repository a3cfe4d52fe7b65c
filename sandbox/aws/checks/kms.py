"""KMS: keys and their aliases."""

from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.core.input_view import InputView, quote
from sandbox.aws.checks.core.known_resources import KnownResources
from sandbox.aws.checks.core.policy_documents import check_policy
from sandbox.aws.checks.core.rules import rule
from sandbox.aws.checks.core.values import check_range

KEY, KEY_ALIAS = "aws:kms/key:Key", "aws:kms/alias:Alias"
ALIASES = "https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html"


@rule(KEY, source="https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html")
def key_policy(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Who may use a key."""
    del resources
    yield from check_policy(view, "policy", "resource", resource_required=True)


@rule(KEY, source="https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html")
def key_rotation(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Only symmetric keys rotate by themselves."""
    del resources
    spec = view.value("customerMasterKeySpec")
    if view.flag("enableKeyRotation") and spec not in (None, "SYMMETRIC_DEFAULT"):
        yield view.fail("enableKeyRotation", f"is true for a {spec} key; only SYMMETRIC_DEFAULT keys rotate, drop it")


@rule(KEY, source="https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html")
def key_deletion(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """How long a key waits to be deleted."""
    del resources
    yield from check_range(view, "deletionWindowInDays", 7, 30, "days")


@rule(KEY_ALIAS, source=ALIASES)
def key_alias_name(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """An alias begins with `alias/`, and AWS keeps `alias/aws/`."""
    del resources
    name = view.text("name")
    if name is not None and (not name.startswith("alias/") or name == "alias/"):
        yield view.fail("name", f"is {quote(name)}; use alias/<name>")
    elif name is not None and name.startswith("alias/aws/"):
        yield view.fail("name", f"is {quote(name)}; alias/aws/ is kept for AWS, use another name")
