"""Docstrings are the product's manual: what it is, what it costs, how it is used, every input and output."""

import ast
import importlib
import inspect
import re
import textwrap
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
from contract_examples import ARGS, components
from contract_snapshots import schema
from recorded_plan import RecordedPlan, record

NOUN_PHRASE = re.compile(r"^(An?|The|[A-Z]\w+s from) .+\.$")
EXAMPLE = re.compile(r"Example:\n +```python\n(?P<code>.*?)\n +```", re.DOTALL)
COST = re.compile(r"^Cost: .*(https://aws\.amazon\.com|https://docs\.aws\.amazon\.com)\S*", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("component", sorted(ARGS))
def test_the_first_line_says_what_it_is(component: str) -> None:
    assert NOUN_PHRASE.match(_doc(component).splitlines()[0])


@pytest.mark.parametrize("component", sorted(ARGS))
def test_the_cost_is_stated_with_its_source(component: str) -> None:
    assert COST.search(_doc(component).split("Example:")[0])


@pytest.mark.parametrize("component", sorted(ARGS))
def test_every_optional_input_states_its_default(component: str) -> None:
    silent = [
        f"{cls.__name__}.{name}"
        for cls in _argument_classes(component)
        for name, text in _described(cls).items()
        if name in cls.__optional_keys__ and "(default" not in text
    ]
    assert silent == []


@pytest.mark.parametrize("component", sorted(ARGS))
def test_every_input_is_described(component: str) -> None:
    bare = [
        f"{cls.__name__}.{name}"
        for cls in _argument_classes(component)
        for name in cls.__annotations__
        if not _described(cls).get(name, "").endswith(".")
    ]
    assert bare == []


@pytest.mark.parametrize("component", sorted(ARGS))
def test_every_output_is_described(component: str) -> None:
    kind = components()[component]
    described = _described(kind)
    assert [name for name in inspect.get_annotations(kind) if not described.get(name, "").endswith(".")] == []


@pytest.mark.parametrize("component", sorted(ARGS))
def test_the_example_runs(component: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "apps" / "storefront"
    site.mkdir(parents=True)
    (site / "index.html").write_text("shop")
    monkeypatch.chdir(tmp_path)
    plan = _run_example(component)
    made = [r for r in plan.resources if r.type == f"scaleshop:index:{component}"]
    assert len(made) == 1
    assert any(r.parent == made[0].name and r.custom for r in plan.resources)


@pytest.mark.parametrize("component", sorted(ARGS))
def test_the_schema_carries_the_docstring(component: str) -> None:
    described = schema()["resources"][f"scaleshop:index:{component}"]["description"]
    assert described.splitlines()[0] == _doc(component).splitlines()[0]


def _run_example(component: str) -> RecordedPlan:
    found = EXAMPLE.search(_doc(component))
    assert found, f"{component} has no example"
    code = compile(textwrap.dedent(found["code"]), f"<example of {component}>", "exec")

    def program() -> Mapping[str, Any]:
        exec(code, {"pulumi": pulumi, **components()})
        return {}

    return record(program)


def _doc(component: str) -> str:
    return inspect.cleandoc(components()[component].__doc__ or "")


def _argument_classes(component: str) -> list[Any]:
    """The component's inputs and the typed dictionaries that its module names."""
    args = inspect.get_annotations(components()[component].__init__)["args"]
    module = importlib.import_module(components()[component].__module__)
    own = [c for c in vars(module).values() if typing.is_typeddict(c) and c.__module__.startswith("components.")]
    return [args, *(c for c in own if c is not args)]


def _described(cls: type) -> dict[str, str]:
    """The docstring under each annotated name."""
    body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    assert isinstance(body, ast.ClassDef)
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in zip(body.body, body.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
