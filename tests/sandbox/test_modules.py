"""Folders whose modules are found by name: one that raises at import is named, with what it raised."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from sandbox.contract.behaviour import collect_behaviours
from sandbox.handler import collect_handlers
from sandbox.host.errors import SandboxError

HANDLER = """
from sandbox.handler import Handler

class ThingHandler(Handler):
    token = "toy:index:{name}"

HANDLERS = (ThingHandler(),)
"""
BEHAVIOUR = '''
from sandbox.contract.behaviour import behaviour

@behaviour(service="{name}", source="https://docs.example.com/{name}")
def a_{name}_is_there(scope):
    """A {name} is there."""
'''


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """An empty package of modules that are written into its directory."""
    made = ModuleType("toy_modules")
    made.__path__ = [str(tmp_path)]
    monkeypatch.setitem(sys.modules, made.__name__, made)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield made
    for name in [name for name in sys.modules if name.startswith(f"{made.__name__}.")]:
        del sys.modules[name]


def write(package: ModuleType, name: str, text: str) -> None:
    file = Path(package.__path__[0]) / f"{name}.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)


def test_a_handler_module_is_found_by_being_there(package: ModuleType) -> None:
    write(package, "queues", HANDLER.format(name="Queue"))
    write(package, "shared", "LIMIT = 3")
    assert [entry.token for entry in collect_handlers(package).catalog()] == ["toy:index:Queue"]


def test_a_handler_module_that_raises_at_import_is_named(package: ModuleType) -> None:
    write(package, "queues", HANDLER.format(name="Queue"))
    write(package, "topics", "import no_such_package")
    wanted = r"the handler module toy_modules\.topics can't be loaded: ModuleNotFoundError: No module named 'no_such_p"
    with pytest.raises(SandboxError, match=wanted):
        collect_handlers(package)


def test_a_type_that_two_modules_handle_is_named_with_both(package: ModuleType) -> None:
    write(package, "queues", HANDLER.format(name="Queue"))
    write(package, "topics", HANDLER.format(name="Queue"))
    wanted = r"toy:index:Queue has two handlers, in toy_modules\.queues and toy_modules\.topics; remove one"
    with pytest.raises(SandboxError, match=wanted):
        collect_handlers(package)


def test_behaviours_are_found_in_folders_in_the_order_of_their_modules_own_names(package: ModuleType) -> None:
    write(package, "sns/__init__", "")
    write(package, "sns/topics", BEHAVIOUR.format(name="topic"))
    write(package, "sqs/__init__", "")
    write(package, "sqs/queues", BEHAVIOUR.format(name="queue"))
    write(package, "tables", BEHAVIOUR.format(name="table"))
    found = collect_behaviours(package, ("https://docs.example.com/",))
    assert [behaviour.id for behaviour in found] == ["a_queue_is_there", "a_table_is_there", "a_topic_is_there"]


def test_a_contract_module_that_raises_at_import_is_named(package: ModuleType) -> None:
    write(package, "sqs/__init__", "")
    write(package, "sqs/queues", "1 / 0")
    wanted = r"the contract module toy_modules\.sqs\.queues can't be loaded: ZeroDivisionError: division by zero"
    with pytest.raises(SandboxError, match=wanted):
        collect_behaviours(package, ("https://",))
