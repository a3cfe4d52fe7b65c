"""The tags of AWS resources, and which types carry any."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from policies.core.resource import Resource
from policies.core.values import NotEvaluatedError

# Costs are allocated by a bucket's tags, not by those of its objects:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/CostAllocTagging.html
_OBJECTS = {
    "aws:s3/bucketObject:BucketObject",
    "aws:s3/bucketObjectv2:BucketObjectv2",
    "aws:s3/objectCopy:ObjectCopy",
}
_ALL = Path(__file__).with_suffix(".txt").read_text("utf-8").split()
TYPES = tuple(token for token in _ALL if token not in _OBJECTS)
"""Tokens of types whose tags allocate costs: those of pulumi-aws that have `tagsAll`, as `make docs` lists them."""


def own_tags(resource: Resource) -> Mapping[str, Any]:
    """The tags that the program gives a resource, without empty ones; a value may be unknown.

    Raises:
        NotEvaluatedError: they are unknown.
    """
    return _read_tags(resource, "tags")


def carried_tags(resource: Resource, *wanted: str) -> Mapping[str, Any]:
    """The tags that a resource has: its own and those of the provider's `defaultTags`, which `tagsAll` tells.

    Args:
        resource: Whose tags they are.
        wanted: Where these are among what is known, the rest may be unknown.

    Raises:
        NotEvaluatedError: some are unknown and a wanted one is missing.
    """
    found: dict[str, Any] = {}
    unread: NotEvaluatedError | None = None
    for path in ("tagsAll", "tags"):
        try:
            found |= _read_tags(resource, path)
        except NotEvaluatedError as error:
            unread = error
    if unread and not set(wanted) <= set(found):
        raise unread
    return found


def select_values(values: Sequence[str], tags: Sequence[str]) -> Mapping[str, str]:
    """Of values such as `owner=platform`, those of some tags."""
    given = {tag: value for tag, _, value in (text.partition("=") for text in values)}
    return {tag: given[tag] for tag in filter(given.get, tags)}


def _read_tags(resource: Resource, path: str) -> Mapping[str, Any]:
    if not resource.keys(path):
        return {}
    # Keys may hold dots, which a path can't say.
    tags = cast("Mapping[str, Any]", resource.raw(path))
    return {key: value for key, value in tags.items() if value not in (None, "")}
