"""AWS-CST-02: what costs money says whose it is."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.core.resource import Resource
from policies.core.rule import Rule, RuleContext, Violation, texts
from policies.platforms.aws.tags.taggable import TYPES, carried_tags, own_tags, select_values
from policies.predicates import missing_tags

GUIDE = "https://docs.aws.amazon.com/whitepapers/latest/tagging-best-practices/building-a-cost-allocation-strategy.html"
DEFAULTS = "https://www.pulumi.com/registry/packages/aws/installation-configuration/"


def check(resource: Resource, context: RuleContext) -> Iterator[Violation]:
    """Compare a resource's tags with those that everything should have."""
    required = context.texts("tags")
    missing = missing_tags(present=carried_tags(resource, *required), required=required)
    if missing:
        yield Violation(
            f"it has {len(required) - len(missing)} of the {len(required)} tags that tell whose cost it is: "
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing",
            "add to its tags, or to defaultTags of the provider",
            actual=len(required) - len(missing),
            required=len(required),
        )


def remedy(resource: Resource, context: RuleContext) -> Mapping[str, Any]:
    """Add the missing tags whose value a setting gives."""
    required = context.texts("tags")
    missing = missing_tags(present=carried_tags(resource, *required), required=required)
    added: Mapping[str, str] = select_values(context.texts("values"), missing) if missing else {}
    return {"tags": {**own_tags(resource), **added}} if added else {}


RULE = Rule(
    id="aws-cst-02",
    title="What costs money carries the cost tags",
    category="cost",
    severity="low",
    types=TYPES,
    check=check,
    remedy=remedy,
    sources=(GUIDE, DEFAULTS),
    settings={
        "tags": texts(("owner", "env", "service", "cost-center"), "Tags that everything has", source=GUIDE),
        "values": texts((), "What a remedy sets, such as `owner=platform`; a tag without a value stays missing"),
    },
)
