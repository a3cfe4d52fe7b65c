"""What a preview says of each resource, reduced to what a drawing needs: type, component, and what refers to what."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

# The root of every component tree; no component itself.
STACK = "pulumi:pulumi:Stack"


@dataclass(frozen=True, slots=True)
class DiagramResource:
    """A resource and its references, by property, to the URNs that the property's value came from."""

    urn: str
    type: str
    name: str
    component: str
    """Logical name of the outermost component it lies in, or its own where it lies in none."""
    component_type: str
    """That component's type token; empty where there is none."""
    inputs: Mapping[str, Any] = field(repr=False)
    references: Mapping[str, Collection[str]] = field(repr=False)


class Graph:
    """The resources of a deployment, by URN."""

    def __init__(self, states: Iterable[Mapping[str, Any]]) -> None:
        """Read the resources of Pulumi's deployment format, sorted so that the order of registration shows nowhere."""
        rows = {str(state["urn"]): state for state in states}
        self.resources = {urn: _resource(urn, rows) for urn in sorted(rows)}

    def of_type(self, type_: str) -> Iterator[DiagramResource]:
        """All resources of a type token."""
        return (resource for resource in self.resources.values() if resource.type == type_)

    def find_referring(self, urn: str, property_: str) -> Iterator[DiagramResource]:
        """The resources whose property came from a resource."""
        return (r for r in self.resources.values() if urn in r.references.get(property_, ()))


def _resource(urn: str, rows: Mapping[str, Mapping[str, Any]]) -> DiagramResource:
    state, outermost = rows[urn], _outermost(urn, rows)
    dependencies: Mapping[str, Any] = state.get("propertyDependencies") or {}
    return DiagramResource(
        urn=urn,
        type=str(state["type"]),
        name=_name(urn),
        component=_name(outermost),
        component_type=str(rows[outermost]["type"]) if outermost != urn else "",
        inputs=state.get("inputs") or {},
        references={key: tuple(urns) for key, urns in dependencies.items() if urns},
    )


def _outermost(urn: str, rows: Mapping[str, Mapping[str, Any]]) -> str:
    parent = rows[urn].get("parent") or ""
    if parent not in rows or rows[parent]["type"] == STACK:
        return urn
    return _outermost(parent, rows)


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]
