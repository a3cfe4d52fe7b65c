"""The policies before `up` and in `preview`: by which profile, what stops, what is said when they are skipped."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command_runner import run_command

from scaleshop import guardrails
from scaleshop.project import find

ROOT = Path(__file__).resolve().parents[2]
# In the place of what costs seconds and a process: a data plane, and the engine's work on it.
WITHOUT_PLANE = """
from pathlib import Path
from scaleshop.commands import up
from scaleshop.session import Session
def note(text):
    with Path("order.txt").open("a") as file:
        print(text, file=file)
Session.start = lambda self: note("started")
def deploy(session, *_, **__):
    note("deployed")
    raise SystemExit(7)
up._deploy = deploy
"""


def run(*arguments: str, cwd: Path, code: str = "") -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "PATH": str(Path(sys.executable).parent)}
    return run_command(*arguments, directory=cwd, code=code, environment=variables)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project with a program of its own that has one thing wrong."""
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    shutil.copytree(ROOT / "stacks/config", tmp_path / "stacks/config")
    (tmp_path / "stacks/__main__.py").write_text(
        "import pulumi_aws as aws\n\naws.sqs.Queue('orders', sqs_managed_sse_enabled=True)\n"
    )
    return tmp_path


def judge_by(project: Path, profile: str, stack: str = "aws-dev") -> None:
    path = find(project).config_dir / f"Pulumi.{stack}.yaml"
    path.write_text(path.read_text() + f"  scaleshop:policyProfile: {profile}\n")


def order(project: Path) -> list[str]:
    file = project / "order.txt"
    return file.read_text().split() if file.exists() else []


def test_up_stops_before_anything_is_created(project: Path) -> None:
    judge_by(project, "strict")
    done = run("up", cwd=project, code=WITHOUT_PLANE)
    assert done.returncode == 1
    assert "aws-res-02" in done.stdout
    assert "__main__.py:3" in done.stdout
    assert "the policies stop this before anything is created" in done.stderr
    assert "--no-policies" in done.stderr
    assert order(project) == ["started"]
    assert not (project / ".scaleshop/state").exists()


def test_up_tells_machines_what_stopped_it(project: Path) -> None:
    judge_by(project, "strict")
    done = run("up", "--json", cwd=project, code=WITHOUT_PLANE)
    report = json.loads(done.stdout)
    assert (done.returncode, report["ok"], report["changes"], report["policies"]["stops"]) == (1, False, {}, True)
    assert "aws-res-02" in {one["rule"] for one in report["policies"]["findings"]}


def test_up_goes_on_where_findings_are_advisory_and_says_how_many(project: Path) -> None:
    done = run("up", cwd=project, code=WITHOUT_PLANE)
    assert done.returncode == 7, done.stderr
    assert "aws-dev, profile dev: " in done.stderr
    assert "nothing stops a deployment" in done.stderr
    assert order(project) == ["started", "deployed"]


def test_up_goes_on_when_the_policies_are_skipped(project: Path) -> None:
    judge_by(project, "strict")
    done = run("up", "--no-policies", cwd=project, code=WITHOUT_PLANE)
    assert (done.returncode, order(project)) == (7, ["started", "deployed"]), done.stderr


def test_a_program_that_fails_is_reported_before_anything_is_created(project: Path) -> None:
    (project / "stacks/__main__.py").write_text("\n1 / 0\n")
    done = run("up", cwd=project, code=WITHOUT_PLANE)
    assert done.returncode == 1
    assert "__main__.py:2: the program failed: ZeroDivisionError" in done.stderr
    assert "Traceback" not in done.stderr
    assert order(project) == ["started"]


def test_a_malformed_file_of_the_policies_stops_up_with_its_line(project: Path) -> None:
    (project / "policies").mkdir()
    (project / "policies/exemptions.yaml").write_text("exemptions:\n  - rules: aws-res-1\n")
    done = run("up", cwd=project, code=WITHOUT_PLANE)
    assert done.returncode == 2
    assert "exemptions.yaml:2: the exemption needs" in done.stderr
    assert order(project) == []


def test_a_preview_shows_findings_under_its_tree_and_does_not_fail(project: Path) -> None:
    judge_by(project, "strict")
    done = run("preview", cwd=project)
    assert done.returncode == 0, done.stderr
    assert done.stdout.index("to create") < done.stdout.index("aws-res-02")
    assert "aws-dev, profile strict: " in done.stdout.splitlines()[-1]


def test_a_preview_says_that_the_policies_were_skipped(project: Path) -> None:
    assert "The policies were skipped (--no-policies)." in run("preview", "--no-policies", cwd=project).stdout
    report = json.loads(run("preview", "--no-policies", "--json", cwd=project).stdout)
    assert report["policies"] is None


def test_a_preview_tells_machines_the_whole_report(project: Path) -> None:
    report = json.loads(run("preview", "--json", cwd=project).stdout)
    assert (report["policies"]["source"], report["policies"]["stops"]) == ("mocks", False)
    assert any(one["place"]["file"].endswith("stacks/__main__.py") for one in report["policies"]["findings"])


@pytest.mark.parametrize(
    ("config", "profile"),
    [
        ({"scaleshop:settings": '{"environment": "dev"}'}, "dev"),
        ({"scaleshop:settings": '{"environment": "prod"}'}, "prod"),
        ({"scaleshop:settings": '{"environment": "qa"}'}, "prod"),
        ({"scaleshop:settings": '{"environment": "dev"}', "scaleshop:policyProfile": "strict"}, "strict"),
        ({"scaleshop:settings": "[]"}, "prod"),
        ({"scaleshop:settings": "{"}, "prod"),
        ({}, "prod"),
    ],
)
def test_a_stack_is_judged_by_its_environment_unless_it_says_otherwise(config: Any, profile: str) -> None:
    assert guardrails.profile_of(config) == profile


def test_the_shops_stacks_have_the_profiles_of_their_environments() -> None:
    project = find(ROOT)
    found = {name: guardrails.profile_of(project.config(name)) for name in ("aws-dev", "aws-trial", "aws-prod")}
    assert found == {"aws-dev": "dev", "aws-trial": "dev", "aws-prod": "prod"}


def test_an_unknown_profile_of_a_stack_is_named(project: Path) -> None:
    judge_by(project, "production")
    done = run("up", cwd=project, code=WITHOUT_PLANE)
    assert (done.returncode, "Profile 'production' is unknown" in done.stderr) == (2, True)
