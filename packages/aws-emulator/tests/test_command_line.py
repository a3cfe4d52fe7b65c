"""`python -m aws_emulator`: what it says, what it refuses, and that it starts without what it does not need."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aws_emulator import versions
from aws_emulator.catalog import SUPPLEMENTS
from aws_emulator.ministack.private_names import FRAMEWORK
from running_emulator import PACKAGE, SOURCES, interpreter

FUNCTIONS = ("functions", "--port", "0", "--emulator", "http://127.0.0.1:1", "--directory", "d", "--python", "p")


def run(*arguments: str, path: str = str(SOURCES), **more: Any) -> subprocess.CompletedProcess[str]:
    """The command, with an interpreter that has none of the package's extras."""
    command = [sys.executable, "-P", "-m", "aws_emulator", *arguments]
    variables = {"PYTHONPATH": path, "PATH": os.defpath}
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=60, **more)


@pytest.mark.parametrize("command", [(), ("serve",), ("functions",), ("describe",)])
def test_help_names_every_option(command: tuple[str, ...]) -> None:
    done = run(*command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: python -m aws_emulator")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "required: COMMAND"),
        (("server",), "invalid choice: 'server'"),
        (("serve", "--port", "0"), "'0' is no port from 1 to 65535"),
        (("serve", "--port", "http"), "'http' is no port"),
        (("serve", "--without", "queues"), "there is no supplement queues; there are: permissions, "),
        (("serve", "--functions", "127.0.0.1:80"), "is no address such as http://127.0.0.1:4566"),
        (("serve", "--account", "1234"), "'1234' is no account of twelve digits"),
        (("serve", "--minute-seconds", "0"), "'0' is no whole number from 1 to 60"),
        (("serve", "--minute-seconds", "61"), "'61' is no whole number from 1 to 60"),
        (("serve", "--minute-seconds", "1.5"), "'1.5' is no whole number from 1 to 60"),
        (("serve", "--retry-seconds", "-1"), "'-1' is no number of seconds"),
        (("serve", "--access-log-seconds", "nan"), "'nan' is no number of seconds"),
        (("functions", "--port", "1"), "required: --emulator, --directory, --python"),
        ((*FUNCTIONS, "--environments", "0"), "'0' is no number of environments from 1"),
        (("describe", "--yaml"), "unrecognized arguments: --yaml"),
    ],
)
def test_wrong_arguments_are_one_line_and_2(arguments: tuple[str, ...], message: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert "--help`" in done.stderr


def test_the_description_needs_neither_the_emulator_nor_a_start() -> None:
    found = json.loads(run("describe", "--json").stdout)
    assert (found["name"], found["version"]) == ("scaleshop-aws-emulator", versions.read_version())
    assert [one["name"] for one in found["supplements"]] == [kind.name for kind in SUPPLEMENTS]
    assert all(one["adds"] for one in found["supplements"])
    quota = next(one for one in found["quotas"] if one["name"] == "lambda.concurrency")
    assert (quota["default"], quota["lowest"], quota["highest"]) == (1_000, 1, 1_000_000)
    assert {entry["kind"] for entry in found["unenforced"]} == {"role", "resource"}


def test_a_reader_is_shown_the_same() -> None:
    text = run("describe").stdout
    assert (
        text.splitlines()[0]
        == f"scaleshop-aws-emulator {versions.read_version()} on {versions.read_emulator_version()}"
    )
    assert all(f"  {kind.name}" in text for kind in SUPPLEMENTS)


def test_versions_stand_in_one_place() -> None:
    pyproject = (PACKAGE / "pyproject.toml").read_text()
    version = versions.read_emulator_version().removeprefix("ministack ")
    assert f'"ministack=={version}"' in pyproject
    assert f'version = "{versions.read_version()}"' in pyproject
    for path in SOURCES.rglob("*.py"):
        assert version not in path.read_text(), path


def test_it_runs_the_version_that_is_pinned() -> None:
    asked = "import importlib.metadata as m; print('ministack', m.version('ministack'))"
    done = subprocess.run([interpreter("emulator"), "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == versions.read_emulator_version()


def test_without_the_emulator_the_error_says_what_to_install() -> None:
    done = run("serve", "--port", "1")
    wanted = (
        f"error: {versions.read_emulator_version()} is not installed here; install 'scaleshop-aws-emulator[emulator]'\n"
    )
    assert (done.returncode, done.stderr) == (3, wanted)


def test_an_interpreter_that_can_not_run_functions_is_named(tmp_path: Path) -> None:
    arguments = [*FUNCTIONS[:5], "--directory", str(tmp_path), "--python", sys.executable]
    done = run(*arguments)
    assert done.returncode == 3
    assert f"error: {sys.executable} can't run functions: ModuleNotFoundError" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_emulator_that_lacks_what_a_supplement_needs_is_refused(tmp_path: Path) -> None:
    ministack = tmp_path / "ministack"
    for package in (ministack, ministack / "core", ministack / "services"):
        package.mkdir()
        (package / "__init__.py").touch()
    for module, names in FRAMEWORK.items():
        (ministack / f"{module.replace('.', '/')}.py").write_text("".join(f"{name} = None\n" for name in names))
    (ministack / "services" / "lambda_svc.py").write_text("def handle_request(): ...")
    others = ",".join(kind.name for kind in SUPPLEMENTS if kind.name != "functions")
    options = ("--functions", "http://127.0.0.1:1", "--without", others)
    done = run("serve", *options, path=f"{tmp_path}{os.pathsep}{SOURCES}")
    assert done.returncode == 1
    assert done.stderr.startswith("error: this emulator has no lambda_svc._emit_lambda_logs, ")
    assert versions.read_emulator_version() in done.stderr
    assert "Traceback" not in done.stderr
