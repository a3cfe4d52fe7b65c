"""States that were made while components had other names are taken over: nothing is made anew, changed or deleted."""

import gzip
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from contract_examples import build, components
from name_table import rows
from stub_aws import StubAws

from engine.engine import Engine, OperationResult
from sandbox.aws.package import AwsPackage
from scaleshop.architectures import registry
from scaleshop.project import find

ROOT = Path(__file__).resolve().parents[2]
FORMER = {row.name: row.former for row in rows() if row.former and row.name in components()}
# Resources of the recorded stack that are replaced since, with the reason.
REPLACED = {
    "dependencies-layer": "a version of a layer is never changed; the functions' packages have other versions by now",
}


def renamed(state: Path, names: Mapping[str, str]) -> None:
    """Give the components of a state other types, in types and URNs."""
    pattern = re.compile(rf"scaleshop:index:({'|'.join(names)})\b")
    state.write_text(pattern.sub(lambda found: f"scaleshop:index:{names[found[1]]}", state.read_text()))


def engine(state: Path, **options: Any) -> Engine:
    given: dict[str, Any] = {
        "project": "scaleshop", "stack": "test", "packages": [StubAws()], "passphrase": "one", "root": ROOT, **options,
    }  # fmt: skip
    return Engine(state=state, **given)


def program(component: str) -> Callable[[], None]:
    return lambda: build(component) and None


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state" / "test.json"


@pytest.mark.parametrize("component", sorted(FORMER))
def test_a_state_of_the_former_types_changes_in_nothing_but_the_types(component: str, state: Path) -> None:
    first = engine(state).up(program(component))
    assert first.ok, first.errors
    own = state.read_text()
    renamed(state, FORMER)
    assert types(state.read_text()).isdisjoint(types(own))
    again = engine(state).up(program(component))
    assert again.ok, again.errors
    assert changes(again) == {"same": changes(first)["create"]}
    assert types(state.read_text()) == types(own)


def test_without_the_alias_everything_would_be_made_anew(state: Path) -> None:
    engine(state).up(program("SqsQueue"))
    renamed(state, {"SqsQueue": "NeverSoCalled"})
    ops = changes(engine(state).preview(program("SqsQueue")))
    assert ops["create"] == ops["delete"] > 1


def test_the_recorded_stack_is_taken_over(tmp_path: Path) -> None:
    recorded = gzip.decompress((Path(__file__).parent / "snapshots" / "former-aws-dev.json.gz").read_bytes())
    assert {f"scaleshop:index:{former}" for former in FORMER.values()} <= types(recorded.decode())
    directory = tmp_path / "state"
    directory.mkdir(mode=0o700)
    (directory / "aws-dev.json").write_bytes(recorded)
    project = find(ROOT)
    result = engine(
        directory / "aws-dev.json",
        stack="aws-dev",
        packages=[AwsPackage(None)],
        config={**project.config("aws-dev"), **registry.load("aws").placeholders},
        secret_config=registry.load("aws").placeholders.keys(),
    ).preview(project.program / "__main__.py")
    assert result.ok, result.errors
    lost = {step.urn.split("::")[-1]: step.op for step in result.steps if step.op not in ("same", "create", "update")}
    assert set(lost) <= set(REPLACED)
    assert "delete" not in lost.values()
    assert result.changes["same"] > len(json.loads(recorded)["deployment"]["resources"]) // 2


def changes(result: OperationResult) -> Mapping[str, int]:
    return {op: number for op, number in result.changes.items() if number}


def types(state: str) -> set[str]:
    return set(re.findall(r"scaleshop:index:\w+", state))
