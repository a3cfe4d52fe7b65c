"""docs/reference/proofs.md: which promise and which failure is proven where, read from the tests themselves."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from scripts.tables import page, table
from trials.checker import INVARIANTS
from trials.mutants import MUTANTS
from trials.report import NOT_RUN

ROOT = Path(__file__).resolve().parents[1]
PLACES: Mapping[str, str] = {"memory": "tests/trials", "sandbox": "tests/e2e"}
"""Where tests of each place are."""
WHOLE: Mapping[str, str] = {
    "memory": "tests/trials/test_failures_proxy.py::test_f14_through_an_honest_proxy_everything_holds",
    "sandbox": "tests/e2e/test_rolling.py::test_no_order_is_lost_and_every_invariant_holds",
}
"""The test that checks every invariant, but those for which not each run has something to check."""
INTRODUCTION = """\
A verdict is worth what it was reached on. *Memory* is the shop in one process with its memory adapters, *sandbox* the
deployed architecture on this machine, *cloud* a real account. The tests run memory and sandbox on every change; the
cloud is never touched by them, so that column says with what command an operator proves it there, or `not run` where
nothing does. A report (`scaleshop verify --html`, `--json`) has the same columns, with that run's verdicts alone.

The names are those of tests: of memory in tests/trials, of the sandbox in tests/e2e. In every other test of a trial all
invariants are checked as well; the named ones fail where there was nothing to check."""
CLOUD = "not run; `scaleshop verify --target cloud`"
NUMBERED = re.compile(r"test_(f\d+)_(.*)")
FAILURES = tuple(f"F{number}" for number in range(1, 15))


def proofs_page() -> str:
    """The page."""
    tests = {place: dict(_tests(ROOT / folder)) for place, folder in PLACES.items()}
    for place, name in WHOLE.items():
        if name not in tests[place]:
            msg = f"{name} is gone; name the test that checks every invariant on {place} in {Path(__file__).name}"
            raise LookupError(msg)
    return page(
        "What is proven where",
        INTRODUCTION,
        "## Promises",
        table(("", "promise", "memory", "sandbox", "cloud"), [_invariant(i.id, i.title, tests) for i in INVARIANTS]),
        "## Failures",
        table(("", "memory", "sandbox", "cloud"), [_failure(name, tests) for name in FAILURES]),
        "## Mutants",
        f"F14 is a checker that is blind: {len(MUTANTS)} faults are put into a sound run, one at a time, and each must "
        "be caught by the promise that it breaks. `scaleshop verify --mutants` does so with the records of any run.",
        table(("fault", "caught by"), [[mutant.name, mutant.invariant] for mutant in MUTANTS]),
    )


def _invariant(number: str, title: str, tests: Mapping[str, Mapping[str, frozenset[str]]]) -> list[str]:
    optional = {invariant.id for invariant in INVARIANTS if invariant.optional}
    cells: list[str] = []
    for place, found in tests.items():
        named = [name for name, about in found.items() if number in about]
        whole = [] if number in optional or named else [WHOLE[place]]
        cells.append(_cell([*named, *whole]))
    return [number, title, *cells, CLOUD]


def _failure(name: str, tests: Mapping[str, Mapping[str, frozenset[str]]]) -> list[str]:
    cells = [_cell([test for test, about in found.items() if name in about]) for found in tests.values()]
    return [name, *cells, NOT_RUN]


def _cell(tests: Sequence[str]) -> str:
    return ", ".join(f"`{name.rpartition('::')[2].removeprefix('test_')}`" for name in tests) or NOT_RUN


def _tests(folder: Path) -> Iterator[tuple[str, frozenset[str]]]:
    """Each test, and the failures and invariants that it names."""
    for file in sorted(folder.glob("test_*.py")):
        for node in ast.parse(file.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                name = f"{file.relative_to(ROOT).as_posix()}::{node.name}"
                yield name, frozenset({*_invariants(node), *_failures(file, node)})


def _invariants(test: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(test):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"I\d+[a-z]?", node.value):
            yield node.value


def _failures(file: Path, test: ast.FunctionDef) -> Iterator[str]:
    if found := NUMBERED.fullmatch(test.name):
        yield found.group(1).upper()
    elif "mutant" in file.name or "mutant" in test.name:
        yield "F14"
