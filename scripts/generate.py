"""Regenerate everything that is committed and made from code, or with --check say what is stale.

Run: .venv/bin/python scripts/generate.py [--check]
"""

import functools
import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PATHS = (str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "contracts"))
sys.path[:0] = [path for path in PATHS if path not in sys.path]

import contract_snapshots  # noqa: E402 - found through the path above

from policies.core.registry import all_rules  # noqa: E402
from scaleshop.architectures import registry  # noqa: E402
from scaleshop.diagram.drawing import Drawing, draw  # noqa: E402
from scaleshop.diagram.graph import Graph  # noqa: E402
from scaleshop.diagram.mermaid import mermaid  # noqa: E402
from scaleshop.diagram.plan import plan  # noqa: E402
from scaleshop.diagram.svg import svg  # noqa: E402
from scaleshop.session import Session, open_session  # noqa: E402
from scripts.cli_page import cli_page  # noqa: E402
from scripts.components_page import components_page  # noqa: E402
from scripts.contract_page import contract_page  # noqa: E402
from scripts.guardrails_page import guardrails_page  # noqa: E402
from scripts.outputs_page import outputs_page  # noqa: E402
from scripts.proofs_page import proofs_page  # noqa: E402
from scripts.rules_page import rule_page, rules_index  # noqa: E402
from scripts.sandbox_page import sandbox_page  # noqa: E402
from scripts.settings_page import settings_page  # noqa: E402

COMMAND = "make docs"
Make = Callable[[], str]


class ArchitecturePages:
    """The pages and diagrams of one architecture, from the plan of its development stack."""

    def __init__(self, name: str) -> None:
        """Describe them; nothing is planned yet."""
        self.architecture = registry.load(name)
        self.stack = f"{name}-dev"

    @functools.cached_property
    def session(self) -> Session:
        """The stack."""
        return open_session(None, self.stack, engine="embedded", directory=ROOT)

    @functools.cached_property
    def plan(self) -> Any:
        """What its program would build."""
        return plan(self.session)

    @functools.cached_property
    def graph(self) -> Graph:
        """Its resources and references."""
        return Graph(self.plan.resources)

    @functools.cached_property
    def drawing(self) -> Drawing:
        """Its diagram."""
        return draw(self.graph, self.architecture.vocabulary)

    def files(self) -> Mapping[str, Make]:
        """What makes each file, by path."""
        name = self.architecture.name
        folder = f"docs/reference/{name}"
        return {
            f"docs/diagrams/{name}.mmd": lambda: mermaid(self.drawing, self.stack),
            f"docs/diagrams/{name}.svg": lambda: svg(self.drawing, self.stack),
            f"{folder}/contract.md": lambda: contract_page(self.architecture),
            f"{folder}/outputs.md": lambda: outputs_page(name, self.plan.outputs),
            f"{folder}/sandbox.md": lambda: sandbox_page(self.architecture, self._used_types()),
            f"{folder}/settings.md": lambda: settings_page(name),
        }

    def _used_types(self) -> set[str]:
        return {resource.type for resource in self.graph.resources.values()}


def _platform_scripts() -> Iterator[Any]:
    """What makes files for one platform alone: each folder beside this module."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if module.ispkg:
            yield importlib.import_module(f"scripts.{module.name}")


GENERATORS: Mapping[str, Make] = MappingProxyType(
    {
        "docs/reference/cli.md": cli_page,
        "docs/reference/components.md": lambda: components_page(contract_snapshots.identity()),
        "docs/reference/proofs.md": proofs_page,
        "docs/rules/README.md": rules_index,
        "docs/rules/proofs.md": guardrails_page,
        **{rule.page: functools.partial(rule_page, rule) for rule in all_rules()},
        "tests/contracts/snapshots/identity.json": lambda: contract_snapshots.rendered(contract_snapshots.identity()),
        "tests/contracts/snapshots/schema.json": lambda: contract_snapshots.rendered(contract_snapshots.schema()),
        **{path: make for name in registry.names() for path, make in ArchitecturePages(name).files().items()},
        **{path: make for folder in _platform_scripts() for path, make in folder.GENERATED.items()},
    }
)
"""Every generated file, by path, and what makes its text."""


def is_stale(path: str) -> bool:
    """Whether a committed file differs from what the code says now."""
    file = ROOT / path
    return not file.is_file() or file.read_text("utf-8") != GENERATORS[path]()


def main() -> None:
    """Write what has changed, or check it."""
    changed = [path for path in GENERATORS if is_stale(path)]
    if "--check" in sys.argv[1:]:
        if changed:
            sys.exit(f"stale: {', '.join(changed)}; run `{COMMAND}` and commit the result")
        return
    for path in changed:
        file = ROOT / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(GENERATORS[path](), "utf-8")
        sys.stdout.write(f"wrote {path}\n")


if __name__ == "__main__":
    main()
