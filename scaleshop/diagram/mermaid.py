"""The drawing as a Mermaid flowchart, which GitHub renders in Markdown."""

from collections.abc import Mapping
from types import MappingProxyType

from scaleshop.diagram.drawing import Drawing, Edge, Node
from scaleshop.diagram.vocabulary import Flow, Layer

# https://mermaid.js.org/syntax/flowchart.html#links-between-nodes
ARROWS: Mapping[Flow, str] = MappingProxyType(
    {Flow.REQUEST: "-->", Flow.EVENT: "==>", Flow.ACCESS: "-.->", Flow.NOTICE: "-.->"}
)
STYLES: Mapping[Layer, str] = MappingProxyType(
    {
        Layer.EDGE: "fill:#F8F5FF,stroke:#8C4FFF",
        Layer.COMPUTE: "fill:#FFF8F1,stroke:#ED7100",
        Layer.MESSAGING: "fill:#FFF5FA,stroke:#E7157B",
        Layer.DATA: "fill:#F4F6FF,stroke:#3B5BDB",
        Layer.OPERATIONS: "fill:#F8FBF0,stroke:#5C8A0A",
    }
)


def mermaid(drawing: Drawing, title: str) -> str:
    """The drawing as Mermaid text: solid arrows are requests, thick ones events, dotted ones rights and notices."""
    lines = ["---", f"title: {title}", "---", "flowchart LR"]
    if drawing.entries:
        lines.append("  visitor([visitor])")
    for layer in Layer:
        nodes = list(drawing.layer(layer))
        if nodes:
            lines += [f"  subgraph {layer}", *(f"    {_node(node)}" for node in nodes), "  end"]
    lines += [f"  visitor --> {_id(entry)}" for entry in drawing.entries]
    lines += [f"  {_edge(edge)}" for edge in drawing.edges]
    for layer in Layer:
        nodes = list(drawing.layer(layer))
        if nodes:
            lines.append(f"  classDef {layer}_node fill:#FFFFFF,{STYLES[layer].split(',')[1]},color:#232F3E")
            lines.append(f"  class {','.join(_id(node.id) for node in nodes)} {layer}_node")
            lines.append(f"  style {layer} {STYLES[layer]},color:#232F3E")
    return "\n".join(lines) + "\n"


def _node(node: Node) -> str:
    text = "<br>".join([f"<b>{node.title}</b>", node.subtitle, *([", ".join(node.notes)] if node.notes else [])])
    return f'{_id(node.id)}["{text}"]'


def _edge(edge: Edge) -> str:
    label = f'|"{edge.label}"|' if edge.label else ""
    return f"{_id(edge.source)} {ARROWS[edge.flow]}{label} {_id(edge.target)}"


def _id(name: str) -> str:
    # Reserved words such as `end` and characters of the syntax never stand alone in an id.
    return "n_" + "".join(c if c.isalnum() else "_" for c in name)
