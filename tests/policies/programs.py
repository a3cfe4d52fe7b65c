"""Programs run on mocks or through a state document, and what rules say of them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from textwrap import dedent
from typing import Any

from engine.engine import Engine
from policies.core.configuration import profile
from policies.core.evaluate import RuleResult, evaluate
from policies.core.exemptions import Exemptions
from policies.core.graph import ResourceGraph
from policies.core.registry import all_links, all_rules
from policies.core.resource import Resource
from policies.sources.mocks import capture
from policies.sources.state import read_state
from sandbox.aws.package import AwsPackage

TODAY = date(2026, 1, 15)
HEAD = "import json\nimport pulumi\nimport pulumi_aws as aws\n"
CONFIG: Mapping[str, str] = {"aws:region": "us-east-1"}


def capture_text(
    directory: Path, text: str, *, known: bool = True, config: Mapping[str, str] | None = None, **options: Any
) -> Sequence[Resource]:
    """The resources of a program given as text, after the usual imports (three lines)."""
    file = directory / "__main__.py"
    file.write_text(HEAD + dedent(text))
    given = {**CONFIG, **(config or {})}
    return capture(file, project="shop", stack="prod", config=given, root=directory, known=known, **options)


def capture_graph(
    program: Any, root: Path, *, known: bool = True, config: Mapping[str, str] = CONFIG, project: str = "shop"
) -> ResourceGraph:
    """A program's graph without an engine."""
    captured = capture(program, project=project, stack="prod", config=config, root=root, known=known)
    return ResourceGraph(captured, all_links())


def plan_graph(
    program: Path, root: Path, scratch: Path, config: Mapping[str, str] = CONFIG, project: str = "shop"
) -> ResourceGraph:
    """A program's graph out of a state file that holds what the embedded engine's preview plans.

    Raises:
        AssertionError: the engine or its providers refuse the program; the message says why.
    """
    engine = Engine(
        project=project, stack="prod", packages=[AwsPackage(None)], state=scratch / "engine" / "prod.json",
        passphrase="drawn", config=config, root=root,
    )  # fmt: skip
    result = engine.preview(program)
    assert result.ok, "\n".join(result.errors)
    return read_graph(list(result.resources), scratch)


def read_graph(documents: Sequence[Any], scratch: Path) -> ResourceGraph:
    """The graph of a state file with some documents in it."""
    file = scratch / "state.json"
    file.write_text(json.dumps({"version": 3, "deployment": {"resources": documents}}))
    return ResourceGraph(read_state(file), all_links())


def to_documents(resources: Iterable[Resource], *, dependencies: bool = True) -> Sequence[Mapping[str, Any]]:
    """Documents as an engine writes them for resources whose values are all known.

    Args:
        resources: What is deployed.
        dependencies: Whether it is written down what properties depend on.
    """
    return [
        {
            "urn": one.urn, "type": one.type, "custom": "id" in one.value, "id": one.raw("id"), "outputs": one.value,
            "parent": one.parent, "protect": one.protect,
            "propertyDependencies": dict(one.dependencies) if dependencies else {},
            "stackTrace": [{"sourcePosition": f"project:///{place.file}#{place.line}"} for place in one.trace],
        }
        for one in resources
    ]  # fmt: skip


def findings(graph: ResourceGraph) -> Sequence[RuleResult]:
    """What all rules in the profile for production find, and what they could not say."""
    rules = all_rules()
    results = evaluate(rules, graph, profile("prod", rules), Exemptions(), today=TODAY)
    return [result for result in results if result.is_finding]


def find_resource(resources: Sequence[Resource], name: str) -> Resource:
    """The one resource of a logical name."""
    (found,) = [resource for resource in resources if resource.name == name]
    return found
