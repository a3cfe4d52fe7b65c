"""Names are for ever: one table for all clouds, and the classes there are agree with it."""

import importlib
import pkgutil
import re
from collections import Counter
from types import ModuleType

import pulumi
import pytest
from contract_snapshots import schema
from name_table import FOLDERS, rows

import components
from components import load, platforms


def modules() -> list[ModuleType]:
    """Every module of every platform."""
    found = pkgutil.walk_packages(components.__path__, "components.")
    return [importlib.import_module(info.name) for info in found if info.name.count(".") == 2]


def test_the_table_has_all_three_clouds() -> None:
    assert Counter(row.cloud for row in rows()).keys() == FOLDERS.keys()


def test_no_name_new_or_former_is_given_twice() -> None:
    names = Counter(name for row in rows() for name in (row.name, row.former) if name)
    assert [name for name, times in names.items() if times > 1] == []


def test_a_cloud_that_is_built_has_the_components_of_its_rows() -> None:
    built = set(platforms().values())
    assert built <= set(FOLDERS.values())
    planned = {row.name: FOLDERS[row.cloud] for row in rows() if FOLDERS[row.cloud] in built}
    assert planned == platforms()


def test_every_component_class_is_listed_by_its_package_and_named_as_its_module() -> None:
    classes = {
        (kind.__name__, module.__name__)
        for module in modules()
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, pulumi.ComponentResource) and kind.__module__ == module.__name__
    }
    assert sorted(name for name, _ in classes) == sorted(platforms())
    for name, module in classes:
        _, platform, own = module.split(".")
        assert platform == platforms()[name]
        assert own.replace("_", "") == name.lower()


def test_an_unknown_component_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="NoSuch"):
        load("NoSuch")


def test_nested_types_of_the_schema_say_whose_they_are() -> None:
    words = {re.findall(r"[A-Z]+[a-z\d]*", row.name)[0] for row in rows()}
    names = [token.split(":")[-1] for token in schema()["types"]]
    assert [name for name in names if not name.startswith((*words, "Iam"))] == []
