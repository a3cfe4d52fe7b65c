"""The drawing as one SVG file with the cloud's icons; needs the packages of the dependency group `docs`.

`graphviz-pure` writes the same bytes on every platform, so the committed picture can be compared.
"""

import base64
import html
import importlib
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from scaleshop.diagram.drawing import Drawing, Node
from scaleshop.diagram.vocabulary import Flow, Layer
from scaleshop.errors import CommandError, Exit

MISSING = (
    "An SVG needs the packages of the dependency group 'docs'; install them with "
    "`uv sync --inexact --group docs`, or use --format mermaid."
)
INK, MUTED, PAPER = "#232F3E", "#5B6B7C", "#FFFFFF"
# The layout measures with the metrics of this one; viewers without it fall back to one of the same widths.
FONT, FALLBACK = "Arial", "Arial,Liberation Sans,Helvetica,sans-serif"
GRAPH: Mapping[str, str] = MappingProxyType(
    {
        "rankdir": "LR",
        "bgcolor": PAPER,
        "pad": "0.3",
        "nodesep": "0.16",
        "ranksep": "0.85",
        "fontname": FONT,
        "fontcolor": INK,
        "labelloc": "b",
        "newrank": "true",  # rows reach across groups
        # More tries than the default, for fewer crossings.
        "mclimit": "20",
        "searchsize": "300",
    }
)
NODE: Mapping[str, str] = MappingProxyType({"shape": "plain", "fontname": FONT, "fontsize": "13", "fontcolor": INK})
EDGE: Mapping[str, str] = MappingProxyType({"fontname": FONT, "fontsize": "10", "fontcolor": MUTED, "arrowsize": "0.7"})
CLUSTER: Mapping[str, str] = MappingProxyType(
    {
        "fontsize": "14",
        "labeljust": "l",
        "labelloc": "t",
        "style": "rounded,filled",
        "penwidth": "1.2",
        "margin": "14",
    }
)
# Border and fill of each layer.
COLOURS: Mapping[Layer, tuple[str, str]] = MappingProxyType(
    {
        Layer.EDGE: ("#8C4FFF", "#F8F5FF"),
        Layer.COMPUTE: ("#ED7100", "#FFF8F1"),
        Layer.MESSAGING: ("#E7157B", "#FFF5FA"),
        Layer.DATA: ("#3B5BDB", "#F4F6FF"),
        Layer.OPERATIONS: ("#5C8A0A", "#F8FBF0"),
    }
)
# What calls lies left of what is called, whatever the direction of a single arrow.
BANDS: Mapping[Layer, int] = MappingProxyType(
    {Layer.EDGE: 0, Layer.MESSAGING: 0, Layer.OPERATIONS: 0, Layer.COMPUTE: 1, Layer.DATA: 2}
)
STROKES: Mapping[Flow, Mapping[str, str]] = MappingProxyType(
    {
        Flow.REQUEST: {"color": INK, "penwidth": "1.8", "weight": "4"},
        Flow.EVENT: {"color": "#C2136A", "penwidth": "1.8", "weight": "2"},
        Flow.ACCESS: {"color": "#7C8DB5", "penwidth": "1.2", "style": "dashed"},
        Flow.NOTICE: {"color": "#5C8A0A", "penwidth": "1.2", "style": "dotted"},
    }
)
VISITOR = Node("visitor", "visitor", "browser", (), "onprem.client.User", Layer.EDGE)
_IMAGE = re.compile(r'<image xlink:href="([^"]+)"')


def svg(drawing: Drawing, title: str) -> str:
    """The drawing as SVG text with all icons in it.

    Raises:
        CommandError: the `docs` group is not installed, or the layout fails.
    """
    graph = _graph(drawing, title)
    return _inline(_lay_out(graph.source))


def _graph(drawing: Drawing, title: str) -> Any:
    try:
        graphviz = importlib.import_module("graphviz")
    except ImportError:
        raise CommandError(MISSING, Exit.ENVIRONMENT) from None
    graph = graphviz.Digraph(
        title, graph_attr={**GRAPH, "label": _legend(title)}, node_attr=dict(NODE), edge_attr=dict(EDGE)
    )
    for layer in Layer:
        border, fill = COLOURS[layer]
        with graph.subgraph(name=f"cluster_{layer}") as group:
            group.attr(label=f"<<B>{layer}</B>>", fontcolor=border, color=border, fillcolor=fill, **CLUSTER)
            for node in drawing.layer(layer):
                group.node(node.id, _label(node))
            with group.subgraph() as row:
                row.attr(rank="same")
                for node in drawing.layer(layer):
                    if node.id not in _inner(drawing, layer):
                        row.node(node.id)
    if drawing.entries:
        graph.node(VISITOR.id, _label(VISITOR))
    for entry in drawing.entries:
        graph.edge(VISITOR.id, entry, **STROKES[Flow.REQUEST])
    band = {node.id: BANDS[node.layer] for node in drawing.nodes}
    for edge in drawing.edges:
        # Arrows to the left are laid out as arrows to the right, so that the bands stay in order.
        up = band[edge.source] > band[edge.target]
        ends = (edge.target, edge.source) if up else (edge.source, edge.target)
        graph.edge(*ends, edge.label, dir="back" if up else "forward", **STROKES[edge.flow])
    return graph


def _inner(drawing: Drawing, layer: Layer) -> set[str]:
    ids = {node.id for node in drawing.layer(layer)}
    return {edge.target for edge in drawing.edges if edge.source in ids and edge.target in ids}


def _label(node: Node) -> str:
    """A card: the icon, and beside it what it is called, what it is, and what is written instead of drawn."""
    small = [node.subtitle, *([", ".join(node.notes)] if node.notes else [])]
    rows = [
        f'<TR><TD ALIGN="LEFT"><B>{html.escape(node.title)}</B></TD></TR>',
        *(
            f'<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="10" COLOR="{MUTED}">{html.escape(line)}</FONT></TD></TR>'
            for line in small
        ),
    ]
    words = f'<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="0">{"".join(rows)}</TABLE>'
    return (
        f'<<TABLE BORDER="1" COLOR="{COLOURS[node.layer][0]}" BGCOLOR="{PAPER}" STYLE="ROUNDED" CELLBORDER="0" '
        f'CELLSPACING="0" CELLPADDING="4"><TR><TD FIXEDSIZE="TRUE" WIDTH="42" HEIGHT="42">'
        f'<IMG SRC="{_icon(node.icon)}" SCALE="TRUE"/></TD><TD ALIGN="LEFT">{words}</TD></TR></TABLE>>'
    )


def _legend(title: str) -> str:
    words = "&#160;&#160;&#160;&#160;".join(
        f'<FONT COLOR="{stroke["color"]}"><B>{"&#8594;" if "style" not in stroke else "&#8674;"} {flow}</B></FONT>'
        for flow, stroke in STROKES.items()
    )
    return f'<<FONT POINT-SIZE="11">{html.escape(title)}&#160;&#160;&#160;&#160;&#160;&#160;{words}</FONT>>'


def _icon(name: str) -> Path:
    module, _, kind = name.rpartition(".")
    try:
        icon = getattr(importlib.import_module(f"diagrams.{module}"), kind)
        root = Path(str(importlib.import_module("diagrams").__file__)).parents[1]
    except ImportError:
        raise CommandError(MISSING, Exit.ENVIRONMENT) from None
    return root / icon._icon_dir / icon._icon  # noqa: SLF001 - the package offers no other way to its pictures


def _lay_out(source: str) -> str:
    beside = Path(sys.executable).with_name("graphviz-pure")
    program = str(beside) if beside.exists() else shutil.which("graphviz-pure")
    if program is None:
        raise CommandError(MISSING, Exit.ENVIRONMENT)
    done = subprocess.run([program, "-Tsvg"], input=source, capture_output=True, text=True, check=False)
    if done.returncode:
        msg = f"graphviz-pure could not lay out the drawing: {done.stderr.strip()}"
        raise CommandError(msg, Exit.FAILED)
    return done.stdout


def _inline(text: str) -> str:
    """The same with every picture in it, each once."""
    paths = sorted(set(_IMAGE.findall(text)))
    ids = {path: f"icon-{Path(path).stem}" for path in paths}
    symbols = "\n".join(
        f'<symbol id="{ids[path]}" viewBox="0 0 1 1"><image width="1" height="1" '
        f'xlink:href="data:image/png;base64,{base64.b64encode(Path(path).read_bytes()).decode()}"/></symbol>'
        for path in paths
    )
    used = _IMAGE.sub(lambda match: f'<use xlink:href="#{ids[match[1]]}"', text)
    used = used.replace(f'font-family="{FONT}"', f'font-family="{FALLBACK}"')
    return used.replace('<g id="graph0"', f'<defs>\n{symbols}\n</defs>\n<g id="graph0"', 1)
