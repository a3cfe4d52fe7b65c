"""`scaleshop preview` and the errors that stop it, through the real entry point."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scaleshop.project import find

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    code = "from scaleshop.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project's stack files with a run directory of its own."""
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    shutil.copytree(ROOT / "stacks/config", tmp_path / "stacks/config")
    return tmp_path


def test_help_imports_neither_pulumi_nor_boto3() -> None:
    code = "import sys, scaleshop.cli; print([m for m in ('pulumi', 'boto3', 'stacks') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_unknown_architecture_is_a_usage_error_that_names_the_known_ones(project: Path) -> None:
    done = run("preview", "gpc", cwd=project)
    assert (done.returncode, done.stderr) == (2, "Error: Unknown architecture 'gpc'; known: aws.\n")


def test_a_missing_stack_is_a_usage_error_that_names_the_known_ones(project: Path) -> None:
    done = run("preview", "--stack", "aws-qa", cwd=project)
    assert done.returncode == 2
    assert "Known stacks: aws-dev, aws-prod." in done.stderr


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
