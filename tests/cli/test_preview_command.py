"""`scaleshop preview` and the errors that stop it, through the real entry point."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command_runner import run_command

from scaleshop.project import find

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, cwd: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
    return run_command(*arguments, directory=cwd, environment={**os.environ, **variables})


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project's stack files with a run directory of its own."""
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    shutil.copytree(ROOT / "stacks/config", tmp_path / "stacks/config")
    return tmp_path


def test_help_imports_nothing_that_takes_long() -> None:
    slow = ("pulumi", "boto3", "stacks", "psutil", "httpx", "pydantic", "urllib.request", "cryptography")
    code = f"import sys, scaleshop.cli; print([m for m in {slow} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_unknown_architecture_is_a_usage_error_that_names_the_known_ones(project: Path) -> None:
    done = run("preview", "gpc", cwd=project)
    assert (done.returncode, done.stderr) == (2, "Error: Unknown architecture 'gpc'; known: aws.\n")


def test_a_missing_stack_is_a_usage_error_that_names_the_known_ones(project: Path) -> None:
    done = run("preview", "--stack", "aws-qa", cwd=project)
    assert done.returncode == 2
    assert "Known stacks: aws-dev, aws-prod, aws-trial." in done.stderr


def test_every_bad_setting_is_named_at_once(project: Path) -> None:
    path = find(project).config_dir / "Pulumi.aws-dev.yaml"
    text = path.read_text().replace("log_retention_days: 7", "log_retention_days: 8\n    memory_mb: 1")
    path.write_text(text)
    done = run("preview", "--explain-sizing", cwd=project)
    assert done.returncode == 2
    assert "settings.memory_mb" in done.stderr
    assert "settings.log_retention_days" in done.stderr
    assert "Traceback" not in done.stderr


def test_sizing_is_explained_as_json_with_a_reason_for_each_bound(project: Path) -> None:
    done = run("preview", "--explain-sizing", "--json", cwd=project)
    rows = json.loads(done.stdout)
    assert rows
    assert all(row["name"] and row["how"] for row in rows)


def test_a_damaged_state_file_is_a_state_error_without_a_traceback(project: Path) -> None:
    state = project / ".scaleshop/state/aws-dev.json"
    state.parent.mkdir(parents=True)
    state.write_text('{"version": 3, "deploy')
    done = run("preview", cwd=project)
    assert done.returncode == 4
    assert "Traceback" not in done.stderr
    assert state.read_text() == '{"version": 3, "deploy'


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", ".hidden", "x" * 101])
def test_a_stack_name_that_is_a_path_is_refused(project: Path, name: str) -> None:
    done = run("preview", "--stack", name, cwd=project)
    assert done.returncode == 2
    assert "a stack's name has 1 to 100 letters" in done.stderr


def test_a_stack_of_an_unknown_architecture_is_named(project: Path) -> None:
    path = find(project).config_dir / "Pulumi.aws-dev.yaml"
    path.write_text(path.read_text().replace("architecture: aws", "architecture: azure"))
    done = run("preview", cwd=project)
    assert (
        done.returncode,
        "scaleshop:architecture is 'azure' in stacks/config/Pulumi.aws-dev.yaml; known: aws." in done.stderr,
    ) == (2, True)


def test_a_stack_without_an_architecture_is_named_with_the_known_ones(project: Path) -> None:
    path = find(project).config_dir / "Pulumi.aws-dev.yaml"
    path.write_text(path.read_text().replace("  scaleshop:architecture: aws\n", ""))
    done = run("preview", cwd=project)
    expected = "scaleshop:architecture is not set; set it in stacks/config/Pulumi.aws-dev.yaml to one of: aws."
    assert (done.returncode, expected in done.stderr) == (2, True)


def test_an_architecture_and_a_stack_that_disagree_are_refused(project: Path) -> None:
    path = find(project).config_dir / "Pulumi.gcp-dev.yaml"
    path.write_text((find(project).config_dir / "Pulumi.aws-dev.yaml").read_text())
    done = run("preview", "gcp", "--stack", "aws-dev", cwd=project)
    expected = "ARCH is 'gcp' and stack 'aws-dev' is of architecture 'aws'; leave one of the two out"
    assert (done.returncode, expected in done.stderr) == (2, True)
    assert run("outputs", "--stack", "aws-dev", cwd=project, ARCH="gcp").stderr == done.stderr


@pytest.mark.parametrize("stack", ["", "../x", "a" * 101, "a b"])
def test_what_is_no_stacks_name_is_refused_before_anything_is_looked_up(stack: str, project: Path) -> None:
    done = run("destroy", "--stack", stack, "--yes", cwd=project)
    assert (done.returncode, "a stack's name has 1 to 100" in done.stderr) == (2, True)


def test_a_settings_file_that_is_no_yaml_is_named(project: Path) -> None:
    (find(project).config_dir / "Pulumi.aws-dev.yaml").write_text("config: [")
    done = run("up", cwd=project)
    assert done.returncode == 2
    assert "Pulumi.aws-dev.yaml is not readable YAML" in done.stderr
    assert not (project / ".scaleshop/run").exists()


def test_the_embedded_engine_never_deploys_to_a_cloud(project: Path) -> None:
    done = run("up", "--target", "cloud", "--engine", "embedded", "--yes", cwd=project)
    assert (done.returncode, "deploys to the sandbox only" in done.stderr) == (2, True)


def test_a_cloud_needs_the_cli_and_says_where_to_get_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    done = run("up", "--target", "cloud", "--yes", cwd=project)
    assert (done.returncode, "https://www.pulumi.com/docs/install/" in done.stderr) == (3, True)
