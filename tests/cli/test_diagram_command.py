"""`scaleshop diagram`: drawn from the resource graph, and the same every time."""

import random
import re
from pathlib import Path

import pytest
from command_runner import run_command

from scaleshop.architectures.aws.diagram import AWS
from scaleshop.diagram.drawing import Drawing, Edge, draw
from scaleshop.diagram.graph import Graph
from scaleshop.diagram.mermaid import mermaid
from scaleshop.diagram.plan import plan, plan_graph
from scaleshop.diagram.svg import svg
from scaleshop.diagram.vocabulary import Flow, Layer
from scaleshop.errors import CommandError
from scaleshop.session import open_session
from scripts import generate

ROOT = Path(__file__).resolve().parents[2]
# Drawn nowhere: every function has it.
UNDRAWN = {"scaleshop:index:LambdaLayer"}


@pytest.fixture(scope="module")
def development() -> generate.ArchitecturePages:
    return generate.ArchitecturePages("aws")


@pytest.fixture(scope="module")
def drawing(development: generate.ArchitecturePages) -> Drawing:
    return development.drawing


@pytest.fixture(scope="module")
def production() -> Graph:
    return plan_graph(open_session(None, "aws-prod", engine="embedded", directory=ROOT))


def arrows(drawing: Drawing, flow: Flow) -> set[tuple[str, str]]:
    return {(edge.source, edge.target) for edge in drawing.edges if edge.flow == flow}


def test_requests_go_from_the_edge_to_the_functions_behind_the_api(drawing: Drawing) -> None:
    assert arrows(drawing, Flow.REQUEST) == {
        ("storefront-cdn", "storefront-files-bucket"),
        ("storefront-cdn", "api-api"),
        ("api-api", "catalog-function"),
        ("api-api", "checkout-function"),
    }
    assert drawing.entries == ("storefront-cdn",)


def test_events_go_from_the_tables_through_relay_and_bus_to_each_queue_and_its_function(drawing: Drawing) -> None:
    events = arrows(drawing, Flow.EVENT)
    for table in ("orders", "inventory", "payments"):
        assert (f"{table}-table", "relay-function") in events
    assert ("relay-function", "shop-bus") in events
    for worker in ("orders", "inventory", "payment"):
        queue = f"{worker}-events-work-queue"
        assert {("shop-bus", queue), (queue, f"{worker}-function")} <= events
    assert {("shop-bus", "lake-stream"), ("sweep-schedule", "sweeper-function")} <= events


def test_an_arrow_is_as_many_routes_as_the_api_has_for_the_function(
    development: generate.ArchitecturePages, drawing: Drawing
) -> None:
    keys = [r for r in development.graph.of_type("aws:apigatewayv2/route:Route") if "checkout" in r.name]
    assert Edge("api-api", "checkout-function", Flow.REQUEST, f"{len(keys)} routes") in drawing.edges


def test_a_function_with_many_rights_tells_them_instead_of_hiding_the_flow(drawing: Drawing) -> None:
    ops = next(node for node in drawing.nodes if node.id == "ops-function")
    assert ops.notes == ("1 bus", "3 queues", "4 tables")
    assert "ops-function" not in {edge.source for edge in drawing.edges}


@pytest.mark.parametrize("stack", ["aws-dev", "aws-prod"])
def test_every_component_of_a_stack_is_drawn(
    stack: str, development: generate.ArchitecturePages, production: Graph
) -> None:
    graph = development.graph if stack == "aws-dev" else production
    links = {link.type for link in (*AWS.links, *AWS.rights)}
    drawn = {r.component_type for r in graph.resources.values() if r.type in AWS.nodes or r.type in links}
    components = {r.type for r in graph.resources.values() if r.type.startswith("scaleshop:") and not r.component_type}
    assert components - drawn - UNDRAWN == set()
    assert components <= {*AWS.layers, *UNDRAWN}


def test_production_shows_firewall_and_secret_and_reaches_the_api_through_its_domain(production: Graph) -> None:
    drawing = draw(production, AWS)
    assert {("storefront-cdn", "edge"), ("storefront-cdn", "api-api")} <= arrows(drawing, Flow.REQUEST)
    assert ("checkout-function", "origin-verify") in arrows(drawing, Flow.ACCESS)
    assert drawing.entries == ("storefront-cdn",)


def test_the_order_in_which_resources_were_registered_shows_nowhere(
    development: generate.ArchitecturePages, drawing: Drawing
) -> None:
    states = list(development.plan.resources)
    random.Random(7).shuffle(states)
    assert draw(Graph(states), AWS) == drawing


def test_mermaid_declares_every_node_that_an_arrow_names(drawing: Drawing) -> None:
    text = mermaid(drawing, "aws-dev")
    declared = set(re.findall(r"^    (\w+)\[", text, re.MULTILINE)) | {"visitor"}
    named = set(re.findall(r"^  (\w+) (?:-->|==>|-\.->)", text, re.MULTILINE))
    named |= set(re.findall(r"(?:-->|==>|-\.->)(?:\|\"[^\"]+\"\|)? (\w+)$", text, re.MULTILINE))
    assert len(named) > 20
    assert named <= declared
    assert [layer for layer in Layer if f"subgraph {layer}" not in text] == []


def test_the_picture_holds_its_icons_and_refers_to_nothing_outside(drawing: Drawing) -> None:
    text = svg(drawing, "aws-dev")
    links = re.findall(r'href="([^"]{1,30})', text)
    assert len(links) > len(drawing.nodes)
    assert [link for link in links if not link.startswith(("#icon-", "data:image/png;base64,"))] == []
    assert text.count("data:image/png") == len({node.icon for node in drawing.nodes}) + 1  # and the visitor
    assert len(text) < 400_000
    assert str(ROOT) not in text


def test_svg_without_its_packages_names_the_command_that_installs_them(tmp_path: Path) -> None:
    without = "import sys; sys.modules['graphviz'] = None"
    output = str(tmp_path / "aws.svg")
    done = run_command("diagram", "--format", "svg", "--output", output, directory=ROOT, code=without)
    assert done.returncode == 3
    assert "`uv sync --inexact --group docs`" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "aws.svg").exists()


def test_the_command_writes_the_committed_file(tmp_path: Path) -> None:
    done = run_command("diagram", "--output", str(tmp_path / "aws.mmd"), directory=ROOT)
    assert (done.returncode, done.stdout) == (0, "")
    assert (tmp_path / "aws.mmd").read_text() == (ROOT / "docs/diagrams/aws.mmd").read_text()


def test_a_file_that_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    done = run_command("diagram", "--output", str(tmp_path / "none" / "aws.mmd"), directory=ROOT)
    assert done.returncode == 2
    assert done.stderr.endswith("is no directory; name a file in one that exists.\n")


def test_a_program_that_fails_is_reported_with_its_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    session = open_session(None, "aws-dev", engine="embedded", directory=ROOT)
    project = session.project
    (tmp_path / "__main__.py").write_text("import pulumi\nraise pulumi.RunError('no such table')\n")
    session.project = type(project)(project.root, project.name, tmp_path, project.config_dir)
    with pytest.raises(CommandError, match="no such table"):
        plan(session)
