"""Tags given to a component reach every child that can carry them."""

import inspect
from functools import cache
from typing import Any

import pulumi_aws as aws
import pytest
from contract_examples import ARGS, TAGS, children, components, example

# Children that could carry tags and do not, with the reason.
UNTAGGED = {
    "aws:s3/bucketObjectv2:BucketObjectv2": "cost allocation reads the bucket's tags; tags of objects are billed",
    "aws:appautoscaling/target:Target": "a scalable target costs nothing and lives and dies with its table",
}
# Components none of whose children can carry tags.
NOTHING_TO_TAG = {"LambdaLayer"}


@pytest.mark.parametrize("component", sorted(ARGS))
def test_tags_reach_every_taggable_child(component: str) -> None:
    plain = [
        f"{r.type} {r.name}"
        for r in children(example(component))
        if r.type in taggable() and r.type not in UNTAGGED and r.inputs.get("tags") != TAGS
    ]
    assert plain == []


@pytest.mark.parametrize("component", sorted(set(ARGS) - NOTHING_TO_TAG))
def test_every_component_takes_tags(component: str) -> None:
    args = inspect.get_annotations(components()[component].__init__)["args"]
    assert "tags" in args.__annotations__


def test_what_has_nothing_to_tag_has_no_taggable_child() -> None:
    assert [r.name for c in NOTHING_TO_TAG for r in children(example(c)) if r.type in taggable()] == []


def test_exemptions_name_types_that_are_used() -> None:
    used = {r.type for component in ARGS for r in children(example(component))}
    assert set(UNTAGGED) <= used & taggable()


@cache
def taggable() -> frozenset[str]:
    """Tokens of the used AWS types whose SDK class has a `tags` input."""
    tokens = {r.type for component in ARGS for r in children(example(component)) if r.type.startswith("aws:")}
    return frozenset(token for token in tokens if "tags" in inspect.signature(_class(token)._internal_init).parameters)


def _class(token: str) -> Any:
    _, module, name = token.split(":")
    package = module.split("/")[0]
    return getattr(getattr(aws, {"lambda": "lambda_"}.get(package, package)), name)
