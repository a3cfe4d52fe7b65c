"""Every name of ministack that the sources use is listed, and checked at the start."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from aws_emulator.catalog import SUPPLEMENTS
from aws_emulator.ministack.private_names import FRAMEWORK, PRIVATE_NAMES

SOURCES = Path(__file__).parents[1] / "src" / "aws_emulator"
# Functions that are given a module of ministack call it so.
PARAMETERS = {"service": "lambda_svc"}


def test_every_name_that_is_used_is_listed() -> None:
    listed = {
        (module, name.partition(".")[0])
        for names in (FRAMEWORK, *PRIVATE_NAMES.values())
        for module, found in names.items()
        for name in found
    }
    used = {use for file in SOURCES.rglob("*.py") for use in find_uses(file)}
    assert len(used) > 150, "the search finds too little to prove anything"
    assert sorted(used - listed) == []


def test_every_supplement_has_names() -> None:
    assert list(PRIVATE_NAMES) == [kind.name for kind in SUPPLEMENTS]


def find_uses(file: Path) -> Iterator[tuple[str, str]]:
    """Modules of ministack and the names that a file takes from them."""
    tree = ast.parse(file.read_text())
    yield from find_replaced(tree)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    for owner in (*classes, *functions):
        attributes = dict(find_bindings(owner, ast.Attribute))  # `self._sqs` is one module in all methods of a class
        for scope in ast.walk(owner):
            if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from find_taken(scope, attributes)


def find_taken(
    scope: ast.FunctionDef | ast.AsyncFunctionDef, attributes: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """What a function takes from modules, by the names that it knows them by."""
    parameters = {arg.arg: PARAMETERS[arg.arg] for arg in scope.args.args if arg.arg in PARAMETERS}
    known = {**attributes, **parameters, **dict(find_bindings(scope, ast.Name))}
    for node in ast.walk(scope):
        if isinstance(node, ast.Attribute):
            module = read_module(node.value) or known.get(write_name(node.value))
            if module is not None and node.attr != "sandbox_metrics":  # which a supplement puts there itself
                yield module, node.attr


def find_bindings(tree: ast.AST, kind: type[ast.expr]) -> Iterator[tuple[str, str]]:
    """Variables or attributes that are assigned a module, and its name."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = list(zip(target.elts, node.value.elts, strict=True))
            for name, value in pairs:
                module = read_module(value)
                if module is not None and isinstance(name, kind):
                    yield write_name(name), module


def find_replaced(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """What `emulator.replace(module, name, ...)` replaces."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and write_name(node.func).endswith("replace"):
            texts = [arg.value for arg in node.args[:2] if isinstance(arg, ast.Constant)]
            if len(texts) == 2 and len(node.args) == 3:
                yield str(texts[0]), str(texts[1])


def read_module(node: ast.expr) -> str | None:
    """The module in `emulator.module("sqs")`; None in anything else."""
    if isinstance(node, ast.Call) and write_name(node.func).endswith("emulator.module") and node.args:
        found = node.args[0]
        return found.value if isinstance(found, ast.Constant) and isinstance(found.value, str) else None
    return None


def write_name(node: ast.expr) -> str:
    """A dotted name as it is written; empty for anything else."""
    if isinstance(node, ast.Attribute):
        return f"{write_name(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def test_the_search_sees_what_it_should(tmp_path: Path) -> None:
    source = tmp_path / "source.py"
    source.write_text(
        "class A:\n"
        "    def __init__(self, emulator):\n"
        "        self._a, self._b = emulator.module('a'), emulator.module('core.b')\n"
        "    def use(self, emulator):\n"
        "        c = emulator.module('c')\n"
        "        c._one(self._a._two, self._b.three)\n"
        "        emulator.module('d').four()\n"
        "        emulator.replace('e', '_five', c)\n"
        "def call(service):\n"
        "    service._six()\n"
    )
    wanted: Mapping[str, str] = {
        "_one": "c", "_two": "a", "three": "core.b", "four": "d", "_five": "e", "_six": "lambda_svc",
    }  # fmt: skip
    assert {name: module for module, name in find_uses(source)} == wanted
