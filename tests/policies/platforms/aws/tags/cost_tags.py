"""Fixtures of AWS-CST-02."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import QUEUE
from tests.policies.building import Stack
from tests.policies.cases import Cases, FailingCase, PassingCase

ALL = {"owner": "platform", "env": "prod", "service": "shop", "cost-center": "4711"}


def queue_with_tags(tags: Any, **inputs: Any) -> Stack:
    stack = Stack()
    stack.add(QUEUE, "orders", **({} if tags is None else {"tags": tags}), **inputs)
    return stack


def tags_without(*names: str) -> Mapping[str, Any]:
    return {name: value for name, value in ALL.items() if name not in names}


CASES = Cases(
    rule="aws-cst-02",
    passing=[
        PassingCase(partial(queue_with_tags, ALL)),
        PassingCase(partial(queue_with_tags, {**ALL, "env": UNKNOWN})),
        PassingCase(partial(queue_with_tags, {"service": "shop"}, tagsAll=ALL)),
        PassingCase(partial(queue_with_tags, ALL, tagsAll=UNKNOWN)),
        PassingCase(partial(queue_with_tags, {"team.name": "a"}), settings={"tags": ["team.name"]}),
        PassingCase(partial(queue_with_tags, None), settings={"tags": []}),
    ],
    failing=[
        FailingCase(
            partial(queue_with_tags, tags_without("env")),
            "orders",
            "it has 3 of the 4 tags that tell whose cost it is: env is missing; add to its tags",
            3,
            4,
        ),
        FailingCase(partial(queue_with_tags, None), "orders", "owner, env, service, cost-center are missing", 0, 4),
        FailingCase(partial(queue_with_tags, {**ALL, "env": ""}), "orders", "env is missing", 3, 4),
        FailingCase(
            partial(queue_with_tags, {"env": "prod"}, tagsAll=tags_without("owner")), "orders", "owner is missing", 3, 4
        ),
        FailingCase(
            partial(queue_with_tags, ALL), "orders", "team is missing", 1, 2, settings={"tags": ["owner", "team"]}
        ),
    ],
    not_applicable=[],
    not_evaluated=[
        (partial(queue_with_tags, UNKNOWN), "tags is not known"),
        (partial(queue_with_tags, tags_without("env"), tagsAll=UNKNOWN), "tagsAll is not known"),
        (partial(queue_with_tags, "owner"), "tags is no JSON document"),
    ],
)
