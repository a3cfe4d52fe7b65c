"""A drawing: nodes in layers and arrows between them, worked out from a graph and a cloud's vocabulary."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scaleshop.diagram.graph import Graph, Resource
from scaleshop.diagram.vocabulary import Flow, Layer, Link, Vocabulary

VISITOR = "visitor"


@dataclass(frozen=True, slots=True)
class Node:
    """A box of the drawing."""

    id: str
    """The resource's logical name."""
    title: str
    """The component's."""
    subtitle: str
    icon: str
    layer: Layer


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow."""

    source: str
    target: str
    flow: Flow
    label: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn, in a fixed order."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    entries: tuple[str, ...]
    """The nodes that visitors reach."""

    def layer(self, layer: Layer) -> Iterator[Node]:
        """The nodes of a layer."""
        return (node for node in self.nodes if node.layer == layer)


def draw(graph: Graph, vocabulary: Vocabulary) -> Drawing:
    """The drawing of a graph: one node for each resource that is one, one arrow for each pair and flow."""
    drawn = {urn: resource for urn, resource in graph.resources.items() if _is_node(resource, graph, vocabulary)}
    edges = _edges(graph, vocabulary, drawn)
    reached = {edge.target for edge in edges}
    entries = [r.name for r in drawn.values() if vocabulary.nodes[r.type].public and r.name not in reached]
    nodes = [_node(resource, graph, vocabulary) for resource in drawn.values()]
    order = list(Layer)
    return Drawing(
        nodes=tuple(sorted(nodes, key=lambda node: (order.index(node.layer), node.id))),
        edges=tuple(edges),
        entries=tuple(sorted(entries)),
    )


def _is_node(resource: Resource, graph: Graph, vocabulary: Vocabulary) -> bool:
    if resource.type not in vocabulary.nodes:
        return False
    reader = vocabulary.dead_letters.get(resource.type)
    return reader is None or any(r.type == reader[0] for r in graph.referring(resource.urn, reader[1]))


def _node(resource: Resource, graph: Graph, vocabulary: Vocabulary) -> Node:
    kind = vocabulary.nodes[resource.type]
    return Node(
        id=resource.name,
        title=resource.component,
        subtitle=", ".join([kind.title, *_counts(resource, graph, vocabulary)]),
        icon=kind.icon,
        layer=vocabulary.layers.get(resource.component_type, kind.layer),
    )


def _counts(resource: Resource, graph: Graph, vocabulary: Vocabulary) -> Iterator[str]:
    for type_, (property_, noun) in vocabulary.counted.items():
        number = sum(1 for r in graph.referring(resource.urn, property_) if r.type == type_)
        if number:
            yield f"{number} {noun}"
    if resource.type in vocabulary.dead_letters:
        mine = (r for r in graph.of(resource.type) if r.component == resource.component)
        if any(not _is_node(r, graph, vocabulary) for r in mine):
            yield "dead letters"


def _edges(graph: Graph, vocabulary: Vocabulary, drawn: Mapping[str, Resource]) -> list[Edge]:
    found: dict[tuple[str, str], Edge] = {}
    for link in vocabulary.links:
        ends = Counter(
            (source, target)
            for resource in graph.of(link.type)
            for source in _ends(resource, link.source, graph, vocabulary, drawn)
            for target in _ends(resource, link.target, graph, vocabulary, drawn)
            if source != target
        )
        for (source, target), number in sorted(ends.items()):
            known = (source, target) in found or (link.flow == Flow.ACCESS and (target, source) in found)
            if not known:
                found[source, target] = Edge(source, target, link.flow, _label(link, number))
    return sorted(found.values(), key=lambda edge: (list(Flow).index(edge.flow), edge.source, edge.target))


def _label(link: Link, number: int) -> str:
    text = link.label.format(n=number)
    return text.removesuffix("s") if number == 1 and "{n}" in link.label else text


def _ends(
    resource: Resource, property_: str | None, graph: Graph, vocabulary: Vocabulary, drawn: Mapping[str, Resource]
) -> set[str]:
    if property_ is None:
        return {resource.name} if resource.urn in drawn else set()
    return {
        end
        for urn in resource.references.get(property_, ())
        for end in _resolve(graph.resources[urn], graph, vocabulary, drawn)
    }


def _resolve(
    resource: Resource, graph: Graph, vocabulary: Vocabulary, drawn: Mapping[str, Resource]
) -> set[str]:
    """The nodes that a resource stands for: itself, what it passes on to, or who bears it."""
    if resource.urn in drawn:
        return {resource.name}
    if resource.type in vocabulary.passes:
        return _ends(resource, vocabulary.passes[resource.type], graph, vocabulary, drawn)
    if resource.type in vocabulary.borne:
        bearers = graph.referring(resource.urn, vocabulary.borne[resource.type])
        return {bearer.name for bearer in bearers if bearer.urn in drawn}
    return set()
