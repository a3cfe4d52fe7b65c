"""What is committed under snapshots/ and how it is made anew."""

import json
from pathlib import Path
from typing import Any

from contract_examples import children, components, example
from pulumi.provider.experimental.component import ComponentProvider

DIRECTORY = Path(__file__).parent / "snapshots"
REGENERATE = "run `make docs` and have the difference reviewed"


def identity() -> dict[str, list[str]]:
    """Per component, one line `parent type > type name` for each child; a change replaces live resources."""
    return {
        name: sorted(f"{r.parent_type or '-'} > {r.type} {r.name}" for r in children(example(name)))
        for name in sorted(components())
    }


def schema() -> Any:
    """The package schema as Pulumi infers it from the components; needs no CLI and no network."""
    return json.loads(ComponentProvider([components()[n] for n in sorted(components())], "scaleshop").schema or "")


def committed(name: str) -> Any:
    """A committed snapshot."""
    return json.loads((DIRECTORY / name).read_text())


def rendered(content: Any) -> str:
    """A snapshot's text, the same on every machine."""
    return json.dumps(content, indent=1, sort_keys=True) + "\n"
