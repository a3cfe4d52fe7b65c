"""Joins: by dependency first, then by value; what is not known is never taken for nothing."""

from typing import Any

import pytest

from policies.core.graph import ResourceGraph
from policies.core.registry import all_links
from policies.core.resource import Resource
from policies.core.values import UNKNOWN, NotEvaluatedError
from policies.platforms.aws.links import ALIAS, FUNCTION, MAPPING, QUEUE
from tests.policies.building import Concatenation, Stack, Text


def by_name(graph: ResourceGraph, name: str) -> Resource:
    return next(resource for resource in graph.resources if resource.name == name)


def consumed_queue() -> Stack:
    stack = Stack()
    queue = stack.add(QUEUE, "orders")
    function = stack.add(FUNCTION, "worker")
    alias = stack.add(ALIAS, "live", functionName=function.name)
    stack.add(MAPPING, "mapping", eventSourceArn=queue.arn, functionName=alias.arn)
    return stack


@pytest.mark.parametrize(
    "graph",
    [consumed_queue().graph(), consumed_queue().graph(hidden=True), consumed_queue().graph(dependencies=False)],
    ids=["known", "hidden", "values"],
)
def test_a_mapping_leads_to_its_queue_and_through_an_alias_to_its_function(graph: ResourceGraph) -> None:
    mapping, queue = by_name(graph, "mapping"), by_name(graph, "orders")
    assert graph.target(mapping, "functionName", FUNCTION) is by_name(graph, "worker")
    assert graph.target(mapping, "functionName", ALIAS) is by_name(graph, "live")
    assert graph.referrers(queue, MAPPING, "eventSourceArn") == [mapping]


def test_with_neither_value_nor_dependency_nothing_is_concluded() -> None:
    graph = consumed_queue().graph(hidden=True, dependencies=False)
    with pytest.raises(NotEvaluatedError, match="eventSourceArn is not known"):
        graph.target(by_name(graph, "mapping"), "eventSourceArn", QUEUE)
    with pytest.raises(NotEvaluatedError, match="what EventSourceMapping 'mapping' refers to by eventSourceArn"):
        graph.referrers(by_name(graph, "orders"), MAPPING, "eventSourceArn")


def test_what_is_not_of_the_stack_is_no_target() -> None:
    stack = Stack()
    stack.add(MAPPING, "mapping", eventSourceArn="arn:aws:sqs:us-east-1:111122223333:theirs")
    graph = stack.graph()
    assert graph.target(by_name(graph, "mapping"), "eventSourceArn", QUEUE) is None


def test_a_value_decides_between_several_dependencies() -> None:
    stack = Stack()
    queue, dead, other = (stack.add(QUEUE, name) for name in ("orders", "dead", "other"))
    policy = Text({"deadLetterTargetArn": dead.arn, "note": other.arn})
    stack.add("aws:sqs/redrivePolicy:RedrivePolicy", "redrive", queueUrl=queue.url, redrivePolicy=policy)
    known, hidden = stack.graph(), stack.graph(hidden=True)
    path = "redrivePolicy.deadLetterTargetArn"
    assert known.target(by_name(known, "redrive"), path, QUEUE) is by_name(known, "dead")
    assert len(hidden.targets(by_name(hidden, "redrive"), path, QUEUE)) == 2
    with pytest.raises(NotEvaluatedError, match="could refer to any of 2 resources"):
        hidden.target(by_name(hidden, "redrive"), path, QUEUE)


def test_the_output_of_a_component_means_its_only_child_of_the_type() -> None:
    component = Resource(urn="urn:pulumi:test::shop::my:Queue::parts", type="my:Queue", properties={})
    child = Resource(
        urn="urn:pulumi:test::shop::my:Queue$aws:sqs/queue:Queue::inner",
        type=QUEUE,
        properties={},
        parent=component.urn,
    )
    mapping = Resource(
        urn="urn:pulumi:test::shop::mapping::m",
        type=MAPPING,
        properties={"eventSourceArn": UNKNOWN},
        dependencies={"eventSourceArn": [component.urn]},
    )
    graph = ResourceGraph([component, child, mapping], all_links())
    assert graph.target(mapping, "eventSourceArn", QUEUE) is child
    twin = Resource(urn=f"{child.urn}-2", type=QUEUE, properties={}, parent=component.urn)
    with pytest.raises(NotEvaluatedError):
        ResourceGraph([component, child, twin, mapping], all_links()).target(mapping, "eventSourceArn", QUEUE)


def test_two_resources_of_one_name_are_distinguished_by_dependencies_alone() -> None:
    stack = Stack()
    here, there = stack.add(QUEUE, "here", name="orders"), stack.add(QUEUE, "there", name="orders")
    stack.add(MAPPING, "mapping", eventSourceArn=there.name)
    graph, blind = stack.graph(), stack.graph(dependencies=False)
    assert here.called == "here"
    assert graph.target(by_name(graph, "mapping"), "eventSourceArn", QUEUE) is by_name(graph, "there")
    with pytest.raises(NotEvaluatedError, match="any of 2"):
        blind.target(by_name(blind, "mapping"), "eventSourceArn", QUEUE)


def test_aliases_of_each_other_end() -> None:
    first = Resource(
        urn="a::first", type=ALIAS, properties={"functionName": UNKNOWN}, dependencies={"functionName": ["a::second"]}
    )
    second = Resource(
        urn="a::second", type=ALIAS, properties={"functionName": UNKNOWN}, dependencies={"functionName": ["a::first"]}
    )
    graph = ResourceGraph([first, second], all_links())
    with pytest.raises(NotEvaluatedError):
        graph.target(first, "functionName", FUNCTION)


def test_a_text_that_depends_on_several_is_distinguished_by_the_part_that_names_one() -> None:
    stack = Stack()
    first, second = stack.add(FUNCTION, "first"), stack.add(FUNCTION, "second")
    either: dict[str, Any] = {"both": Concatenation([first.name, "|", second.name])}
    stack.add("test:index:Holder", "holder", **either)
    graph = stack.graph()
    (holder,) = graph.of_type("test:index:Holder")
    found: Resource | None = graph.target_within(holder, "both", lambda text: text.partition("|")[2], FUNCTION)
    assert found is not None
    assert found.name == "second"
