"""What resources pass on to each other is enough for a verdict in a first preview, when no value is known."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from policies.core.resource import Resource
from policies.rules.aws.links import FUNCTION
from policies.rules.aws.naming import target_within
from tests.policies.aws.sca_05 import admitting
from tests.policies.aws.sca_07 import billed
from tests.policies.aws.sca_08 import indexed
from tests.policies.building import Joined, Stack
from tests.policies.cases import judged

BOTH = ("Read", "Write")


def verdicts(rule: str, stack: Stack) -> Mapping[str, str]:
    return {result.resource.name: result.status for result in judged(rule, stack.graph(hidden=True))}


@pytest.mark.parametrize(("accesses", "status"), [(BOTH, "pass"), (["Read"], "fail"), ([], "fail")])
def test_a_policy_that_passes_on_what_its_target_says_scales_the_targets_table(
    accesses: Sequence[str], status: str
) -> None:
    assert verdicts("aws-sca-07", billed("PROVISIONED", accesses))["orders"] == status


def test_an_index_that_a_target_names_beside_an_unknown_table_is_not_evaluated_and_the_table_is() -> None:
    stack = indexed({"due": BOTH})
    assert verdicts("aws-sca-08", stack)["orders"] == "not evaluated"
    assert verdicts("aws-sca-07", stack)["orders"] == "pass"


def test_a_route_leads_through_its_integration_to_the_function_of_an_alias() -> None:
    assert verdicts("aws-sca-05", admitting(400, reserved=100, alias=True))["stage"] == "pass"
    assert verdicts("aws-sca-05", admitting(401, reserved=100, alias=True))["stage"] == "fail"


def test_a_text_that_depends_on_several_is_told_by_the_part_that_names_one() -> None:
    stack = Stack()
    first, second = stack.add(FUNCTION, "first"), stack.add(FUNCTION, "second")
    either: dict[str, Any] = {"both": Joined([first.name, "|", second.name])}
    stack.add("test:index:Holder", "holder", **either)
    graph = stack.graph()
    (holder,) = graph.of("test:index:Holder")
    found: Resource | None = target_within(holder, "both", lambda text: text.partition("|")[2], graph, FUNCTION)
    assert found is not None
    assert found.name == "second"
