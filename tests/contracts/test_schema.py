"""What other languages see."""

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from contract_examples import components
from contract_snapshots import REGENERATE, committed, schema
from pulumi.provider.experimental.host import components_from_module

import scaleshop

ROOT = Path(__file__).parents[2]


def test_the_schema_is_the_committed_one() -> None:
    now, then = schema(), committed("schema.json")
    changed = sorted(
        f"{part}.{name}"
        for part in ("resources", "types")
        for name in {*now[part], *then[part]}
        if now[part].get(name) != then[part].get(name)
    )
    assert now == then, (
        f"the public surface changed in {changed or 'the package header'}; if that is meant, {REGENERATE}."
    )


def test_every_component_is_in_the_schema() -> None:
    assert sorted(schema()["resources"]) == sorted(f"scaleshop:index:{name}" for name in components())


def test_every_input_and_output_is_described() -> None:
    missing = [
        f"{token}.{kind}.{name}"
        for token, resource in schema()["resources"].items()
        for kind in ("inputProperties", "properties")
        for name, described in resource.get(kind, {}).items()
        if not described.get("description")
    ]
    assert missing == []


def test_the_public_module_names_every_component() -> None:
    assert components()
    assert all(getattr(scaleshop, name) is component for name, component in components().items())
    assert set(components()) <= set(dir(scaleshop))


def test_an_unknown_name_of_the_public_module_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'scaleshop' has no attribute 'NoSuch'"):
        scaleshop.NoSuch  # noqa: B018 - the access is the test


def test_the_plugin_host_finds_the_components_in_the_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pulumi.run.plugin", ModuleType("pulumi.run.plugin"))
    monkeypatch.delitem(sys.modules, "scaleshop")
    hosted = importlib.import_module("scaleshop")
    assert sorted(c.__name__ for c in components_from_module(hosted)) == sorted(components())


def test_importing_the_command_does_not_import_the_aws_sdk() -> None:
    code = "import sys, scaleshop; sys.exit(any(m.split('.')[0] in ('pulumi', 'pulumi_aws') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
