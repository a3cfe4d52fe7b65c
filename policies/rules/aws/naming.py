"""Texts in which another resource's name is only a part: `integrations/<id>`, `table/<name>`."""

from collections.abc import Callable

from policies.core.graph import Graph
from policies.core.resource import Resource
from policies.core.values import UNKNOWN


def target_within(
    resource: Resource, path: str, part: Callable[[str], str], graph: Graph, *types: str
) -> Resource | None:
    """The resource that a part of a text names, by dependency first, then by value; None when not of this stack.

    Args:
        resource: Whose property it is.
        path: Of the property, at the top level.
        part: Cuts the name or ARN out of the text.
        graph: All resources.
        types: What is looked for.

    Raises:
        NotEvaluatedError: the property is unknown, or it depends on several and does not tell which.
    """
    if not resource.given(path):
        return None
    value = part(resource.text(path)) if resource.known(path) else UNKNOWN
    named = Resource(urn=resource.urn, type=resource.type, properties={path: value}, dependencies=resource.dependencies)
    return graph.target(named, path, *types)
