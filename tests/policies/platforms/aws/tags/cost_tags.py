"""Fixtures of AWS-CST-02."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import QUEUE
from tests.policies.building import Stack
from tests.policies.cases import Cases, Fails, Passes

ALL = {"owner": "platform", "env": "prod", "service": "shop", "cost-center": "4711"}


def tagged(tags: Any, **inputs: Any) -> Stack:
    stack = Stack()
    stack.add(QUEUE, "orders", **({} if tags is None else {"tags": tags}), **inputs)
    return stack


def without(*names: str) -> Mapping[str, Any]:
    return {name: value for name, value in ALL.items() if name not in names}


CASES = Cases(
    rule="aws-cst-02",
    passing=[
        Passes(partial(tagged, ALL)),
        Passes(partial(tagged, {**ALL, "env": UNKNOWN})),
        Passes(partial(tagged, {"service": "shop"}, tagsAll=ALL)),
        Passes(partial(tagged, ALL, tagsAll=UNKNOWN)),
        Passes(partial(tagged, {"team.name": "a"}), settings={"tags": ["team.name"]}),
        Passes(partial(tagged, None), settings={"tags": []}),
    ],
    failing=[
        Fails(
            partial(tagged, without("env")),
            "orders",
            "it has 3 of the 4 tags that tell whose cost it is: env is missing; add to its tags",
            3,
            4,
        ),
        Fails(partial(tagged, None), "orders", "owner, env, service, cost-center are missing", 0, 4),
        Fails(partial(tagged, {**ALL, "env": ""}), "orders", "env is missing", 3, 4),
        Fails(partial(tagged, {"env": "prod"}, tagsAll=without("owner")), "orders", "owner is missing", 3, 4),
        Fails(partial(tagged, ALL), "orders", "team is missing", 1, 2, settings={"tags": ["owner", "team"]}),
    ],
    not_applicable=[],
    not_evaluated=[
        (partial(tagged, UNKNOWN), "tags is not known"),
        (partial(tagged, without("env"), tagsAll=UNKNOWN), "tagsAll is not known"),
        (partial(tagged, "owner"), "tags is no JSON document"),
    ],
)
