"""What is run for one architecture, and what is reported of a run."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from scheduling import choose_file
from selection import find_architectures, is_shared_or_of, sort_by_file

from scaleshop.architectures import registry
from scripts.slowest_tests import describe_slowest

KNOWN = ("aws", "gcp")


@pytest.mark.parametrize(
    ("path", "architectures"),
    [
        ("tests/engine/test_state.py", KNOWN),
        ("tests/sandbox/aws/checks/test_checks.py", ("aws",)),
        ("tests/stacks/test_gcp_program.py", ("gcp",)),
        ("packages/aws-emulator/tests/test_waker.py", ("aws",)),
        ("tests/cli/test_laws.py", KNOWN),
    ],
)
def test_a_file_is_of_the_architecture_that_is_a_word_of_its_path(path: str, architectures: tuple[str, ...]) -> None:
    assert tuple(name for name in KNOWN if is_shared_or_of(name, Path(path), KNOWN)) == architectures


def test_architectures_are_those_of_the_registry() -> None:
    assert sorted(find_architectures()) == registry.names()


def test_files_that_deploy_come_first_and_those_with_a_plane_next() -> None:
    def item(path: str, *markers: str) -> SimpleNamespace:
        return SimpleNamespace(path=Path(path), get_closest_marker=lambda name: name in markers)

    quick, mixed = item("tests/apps/test_a.py"), item("tests/policies/test_b.py")
    plane, deployed = item("tests/policies/test_b.py", "plane"), item("tests/e2e/test_c.py", "plane")
    assert sort_by_file([quick, mixed, plane, deployed]) == [deployed, mixed, plane, quick]


@pytest.mark.parametrize(
    ("waiting", "deployed", "chosen"),
    [
        (["tests/e2e/a.py", "tests/apps/b.py"], 0, "tests/e2e/a.py"),
        (["tests/e2e/a.py", "tests/apps/b.py"], 1, "tests/apps/b.py"),
        (["tests/e2e/a.py"], 1, None),
        ([], 0, None),
    ],
)
def test_one_shop_is_deployed_at_once(waiting: list[str], deployed: int, chosen: str | None) -> None:
    assert choose_file(waiting, deployed) == chosen


def test_the_slowest_tests_and_files_of_a_run_are_listed(tmp_path: Path) -> None:
    cases = "".join(
        f'<testcase classname="tests.{file}" name="{name}" time="{seconds}"/>'
        for file, name, seconds in (("a", "one", 1.5), ("b", "two", 4), ("a", "three", 3))
    )
    report = tmp_path / "tests.xml"
    report.write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
    tests, _, files = describe_slowest(report).partition("\n\n")
    assert [line.split()[::2] for line in tests.splitlines()] == [
        ["4.0", "tests.b::two"], ["3.0", "tests.a::three"], ["1.5", "tests.a::one"],
    ]  # fmt: skip
    assert [line.split()[::2] for line in files.splitlines()[1:]] == [["4.5", "tests.a"], ["4.0", "tests.b"]]
