"""A drawing: nodes in layers and arrows between them, worked out from a graph and a cloud's vocabulary."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from scaleshop.diagram.graph import DiagramResource, Graph
from scaleshop.diagram.vocabulary import Flow, Kind, Layer, Link, Vocabulary

# From this many rights on, they are written in the label: as arrows they would hide the flow.
MANY_RIGHTS = 4


@dataclass(frozen=True, slots=True)
class Node:
    """A box of the drawing."""

    id: str
    """The resource's logical name."""
    title: str
    """The component's."""
    subtitle: str
    """What it is."""
    notes: tuple[str, ...]
    """What is written instead of drawn."""
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
    kinds = {resource.name: vocabulary.nodes[resource.type] for resource in drawn.values()}
    links = _links(graph, vocabulary, drawn)
    rights = {name: [e.target for e in _rights(graph, vocabulary, drawn, links) if e.source == name] for name in kinds}
    notes = {
        name: _count_kinds([kinds[end] for end in ends]) for name, ends in rights.items() if len(ends) >= MANY_RIGHTS
    }
    access = [
        Edge(source, end, kinds[end].right) for source, ends in rights.items() if source not in notes for end in ends
    ]
    edges = sorted([*links, *access], key=lambda edge: (list(Flow).index(edge.flow), edge.source, edge.target))
    reached = {edge.target for edge in edges}
    fed = {edge.target for edge in edges if _is_internal(edge, drawn)}
    nodes = [
        _node(
            resource,
            graph,
            vocabulary,
            (*_note_dead_letters(resource, graph, vocabulary, fed), *notes.get(resource.name, ())),
        )
        for resource in drawn.values()
    ]
    return Drawing(
        nodes=tuple(sorted(nodes, key=lambda node: (list(Layer).index(node.layer), node.id))),
        edges=tuple(edges),
        entries=tuple(sorted(name for name, kind in kinds.items() if kind.public and name not in reached)),
    )


def _is_node(resource: DiagramResource, graph: Graph, vocabulary: Vocabulary) -> bool:
    if resource.type not in vocabulary.nodes:
        return False
    reader = vocabulary.dead_letters.get(resource.type)
    return reader is None or any(r.type == reader[0] for r in graph.find_referring(resource.urn, reader[1]))


def _node(resource: DiagramResource, graph: Graph, vocabulary: Vocabulary, notes: Iterable[str]) -> Node:
    kind = vocabulary.nodes[resource.type]
    return Node(
        id=resource.name,
        title=resource.component,
        subtitle=kind.title,
        notes=(*_counts(resource, graph, vocabulary), *notes),
        icon=kind.icon,
        layer=vocabulary.layers.get(resource.component_type, kind.layer),
    )


def _counts(resource: DiagramResource, graph: Graph, vocabulary: Vocabulary) -> Iterator[str]:
    for type_, (property_, noun) in vocabulary.counted.items():
        number = sum(1 for r in graph.find_referring(resource.urn, property_) if r.type == type_)
        if number:
            yield f"{number} {noun}"


def _note_dead_letters(
    resource: DiagramResource, graph: Graph, vocabulary: Vocabulary, fed: Collection[str]
) -> Iterator[str]:
    """Whether dead letters of its component wait for it; written once, where events come in."""
    for type_ in vocabulary.dead_letters if resource.name not in fed else ():
        if any(r.component == resource.component and not _is_node(r, graph, vocabulary) for r in graph.of_type(type_)):
            yield "dead letters"


def _is_internal(edge: Edge, drawn: Mapping[str, DiagramResource]) -> bool:
    components = {r.name: r.component for r in drawn.values()}
    return components[edge.source] == components[edge.target]


def _links(graph: Graph, vocabulary: Vocabulary, drawn: Mapping[str, DiagramResource]) -> list[Edge]:
    """One arrow for each pair of nodes, of the first link that joins them."""
    found: dict[tuple[str, str], Edge] = {}
    for link in vocabulary.links:
        for ends, number in _pairs(link, graph, vocabulary, drawn).items():
            found.setdefault(ends, Edge(*ends, link.flow, _label(link, number)))
    return list(found.values())


def _rights(
    graph: Graph, vocabulary: Vocabulary, drawn: Mapping[str, DiagramResource], links: Collection[Edge]
) -> list[Edge]:
    """The rights between nodes that no arrow joins yet, in either direction: an arrow's own right is part of it."""
    joined = {frozenset((edge.source, edge.target)) for edge in links}
    pairs = (ends for link in vocabulary.rights for ends in _pairs(link, graph, vocabulary, drawn))
    return [Edge(*ends, Flow.ACCESS) for ends in sorted(set(pairs)) if frozenset(ends) not in joined]


def _pairs(
    link: Link, graph: Graph, vocabulary: Vocabulary, drawn: Mapping[str, DiagramResource]
) -> Mapping[tuple[str, str], int]:
    return Counter(
        (source, target)
        for resource in graph.of_type(link.type)
        for source in _ends(resource, link.source, graph, vocabulary, drawn)
        for target in _ends(resource, link.target, graph, vocabulary, drawn)
        if source != target
    )


def _label(link: Link, number: int) -> str:
    text = link.label.format(n=number)
    return text.removesuffix("s") if number == 1 and "{n}" in link.label else text


def _count_kinds(kinds: Iterable[Kind]) -> tuple[str, ...]:
    numbers = Counter(kind.noun for kind in kinds)
    return tuple(f"{number} {noun}{'s' if number > 1 else ''}" for noun, number in sorted(numbers.items()))


def _ends(
    resource: DiagramResource,
    property_: str | None,
    graph: Graph,
    vocabulary: Vocabulary,
    drawn: Mapping[str, DiagramResource],
) -> set[str]:
    if property_ is None:
        return {resource.name} if resource.urn in drawn else set()
    return {
        end
        for urn in resource.references.get(property_, ())
        for end in _resolve(graph.resources[urn], graph, vocabulary, drawn)
    }


def _resolve(
    resource: DiagramResource, graph: Graph, vocabulary: Vocabulary, drawn: Mapping[str, DiagramResource]
) -> set[str]:
    """The nodes that a resource stands for: itself, what it passes on to, or who bears it."""
    if resource.urn in drawn:
        return {resource.name}
    if resource.type in vocabulary.passes:
        return _ends(resource, vocabulary.passes[resource.type], graph, vocabulary, drawn)
    if resource.type in vocabulary.borne:
        bearers = graph.find_referring(resource.urn, vocabulary.borne[resource.type])
        return {name for bearer in bearers for name in _resolve(bearer, graph, vocabulary, drawn)}
    return set()
