"""Types with tags, and the remedy that adds the tags whose value was decided."""

from typing import Any

import pytest

from policies.core.configuration import Configuration
from policies.core.evaluate import remedy
from policies.core.values import UNKNOWN
from policies.platforms.aws.links import MAPPING, QUEUE, ROLE_POLICY, ROUTE
from policies.platforms.aws.tags.cost_tags import RULE
from policies.platforms.aws.tags.taggable import TYPES
from tests.policies.building import Stack

VALUES = ["owner=platform", "env=a=b", "team=shop", "service="]


def remedy_tags(**inputs: Any) -> Any:
    stack = Stack()
    stack.add(QUEUE, "orders", **inputs)
    graph = stack.graph()
    settings = Configuration({RULE.id: {"values": VALUES}}).for_rule(RULE).settings
    return remedy(RULE, graph.of_type(QUEUE)[0], graph, settings)


def test_types_with_tags_are_judged_and_no_others() -> None:
    assert {QUEUE, MAPPING} <= set(TYPES)
    assert {ROUTE, ROLE_POLICY, "aws:autoscaling/group:Group"}.isdisjoint(TYPES)
    assert "aws:s3/bucketObjectv2:BucketObjectv2" not in TYPES


def test_a_remedy_adds_the_missing_tags_that_have_a_value_beside_those_that_are_there() -> None:
    assert remedy_tags() == {"tags": {"owner": "platform", "env": "a=b"}}
    assert remedy_tags(tags={"owner": "orders", "team": "x"}) == {
        "tags": {"owner": "orders", "team": "x", "env": "a=b"}
    }
    assert remedy_tags(tagsAll={"owner": "orders"}) == {"tags": {"env": "a=b"}}


@pytest.mark.parametrize(
    "inputs", [{"tags": UNKNOWN}, {"tags": {"owner": "a"}, "tagsAll": UNKNOWN}, {"tags": {"owner": "a", "env": "b"}}]
)
def test_a_remedy_leaves_tags_alone_that_are_complete_or_not_known(inputs: Any) -> None:
    assert remedy_tags(**inputs) == {}
