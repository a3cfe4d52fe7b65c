"""The CLI as an engine, as far as it shows without one: its workspace and its process.

The program that stands in for the CLI here only prints, waits and ends; the real one is used in `tests/e2e`.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from plane_fixture import eventually

from scaleshop import pulumi_cli
from scaleshop import pulumi_workspace as workspace
from scaleshop.architectures import registry
from scaleshop.errors import CommandError, Exit
from scaleshop.project import Project, find
from scaleshop.pulumi_cli import PulumiProcess, refusal
from scaleshop.pulumi_engine import PulumiCli
from scaleshop.session import Session

ROOT = Path(__file__).resolve().parents[2]
STACK = "aws-dev"
SETTINGS = {"config": {"aws:region": "us-east-1", "scaleshop:architecture": "aws", "scaleshop:settings": {}}}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text())
    (tmp_path / "stacks/config").mkdir(parents=True)
    (tmp_path / f"stacks/config/Pulumi.{STACK}.yaml").write_text(yaml.safe_dump(SETTINGS))
    return find(tmp_path)


@pytest.fixture
def stand_in(tmp_path: Path) -> Any:
    """Makes a process whose `pulumi` is a Python program."""

    def made(source: str, **variables: str) -> PulumiProcess:
        program = tmp_path / "bin" / "pulumi"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!{sys.executable}\n{source}")
        program.chmod(0o700)
        return PulumiProcess(tmp_path, {"PATH": str(program.parent), **variables})

    return made


def test_the_sandboxs_cli_sees_neither_credentials_nor_the_users_pulumi(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "theirs")
    monkeypatch.setenv("AWS_PROFILE", "theirs")
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "theirs")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "https://theirs")
    process = workspace.sandbox(project, STACK, "v1:salt", {"aws": 4711}, ("AWS_",))
    assert "theirs" not in " ".join(process.environment.values())
    assert process.environment["PULUMI_BACKEND_URL"] == f"file://{project.run_dir}/pulumi/backend"
    assert process.environment["PULUMI_HOME"].startswith(str(project.run_dir))
    assert process.environment["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(project.run_dir / "passphrase")
    assert "PULUMI_CONFIG_PASSPHRASE" not in process.environment
    assert process.environment["PATH"].split(os.pathsep)[0] == str(project.run_dir / "pulumi/plugins")
    assert process.environment["SCALESHOP_AWS_PROVIDER_PORT"] == "4711"


def test_the_workspace_runs_the_projects_program_and_leaves_its_files_alone(project: Project) -> None:
    settings = project.config_dir / f"Pulumi.{STACK}.yaml"
    before = settings.read_text()
    home = workspace.sandbox(project, STACK, "v1:salt", {}).directory
    described = yaml.safe_load((home / "Pulumi.yaml").read_text())
    copied = yaml.safe_load((home / f"config/Pulumi.{STACK}.yaml").read_text())
    assert (described["name"], described["main"]) == ("scaleshop", str(project.program))
    assert described["config"] == yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    assert described["runtime"]["options"] == {"toolchain": "pip", "virtualenv": sys.prefix}
    assert copied == {**SETTINGS, "encryptionsalt": "v1:salt"}
    assert settings.read_text() == before
    assert home.stat().st_mode & 0o777 == 0o700


def test_changed_settings_are_copied_again_and_the_salt_stays(project: Project) -> None:
    workspace.sandbox(project, STACK, "v1:salt", {})
    changed = {"config": {**SETTINGS["config"], "aws:region": "eu-west-1"}}
    (project.config_dir / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump(changed))
    home = workspace.sandbox(project, STACK, None, {}).directory
    copied = yaml.safe_load((home / f"config/Pulumi.{STACK}.yaml").read_text())
    assert copied == {**changed, "encryptionsalt": "v1:salt"}


def test_a_setting_encrypted_for_the_users_backend_is_refused_by_name(project: Project) -> None:
    sealed = {"config": {**SETTINGS["config"], "scaleshop:originVerify": {"secure": "v1:abc"}}}
    (project.config_dir / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump(sealed))
    with pytest.raises(CommandError, match="scaleshop:originVerify is encrypted for your own backend") as refused:
        workspace.sandbox(project, STACK, None, {})
    assert refused.value.code == Exit.USAGE


def test_the_clouds_cli_is_the_users_own(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "theirs")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://theirs")
    process = workspace.cloud(project)
    assert process.directory == project.root
    assert process.environment["AWS_PROFILE"] == "theirs"
    assert process.environment["PULUMI_BACKEND_URL"] == "s3://theirs"
    assert "PULUMI_HOME" not in process.environment or process.environment["PULUMI_HOME"] == os.environ["PULUMI_HOME"]


@pytest.mark.parametrize(
    ("message", "code", "fix"),
    [
        ("error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive", Exit.ENVIRONMENT, "pulumi login"),
        ("error: no stack named 'aws-prod' found", Exit.USAGE, "pulumi stack init"),
        ("error: incorrect passphrase", Exit.STATE, "restore the one it had"),
        ("error: the stack is currently locked by 1 lock(s)", Exit.STATE, "Wait for the other operation"),
    ],
)
def test_what_the_cli_is_known_to_refuse_comes_with_its_fix(message: str, code: Exit, fix: str) -> None:
    error = refusal(message, "Stack 'aws-prod'")
    assert error is not None
    assert error.code == code
    assert str(error).startswith("Stack 'aws-prod': ")
    assert "error:" not in str(error)
    assert fix in str(error)
    assert refusal("error: something else", "Stack 'aws-prod'") is None


def test_without_the_cli_the_error_says_where_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="not on PATH; install it") as refused:
        PulumiProcess(tmp_path, {"PATH": str(tmp_path)}).ask("version")
    assert refused.value.code == Exit.ENVIRONMENT


def test_a_failed_command_is_reported_in_the_clis_words(stand_in: Any) -> None:
    process = stand_in("import sys; sys.exit('error: no such thing')")
    with pytest.raises(CommandError, match="`pulumi stack export` failed:\nno such thing") as refused:
        process.ask("stack", "export", "--stack", "x")
    assert refused.value.code == Exit.FAILED


def test_lines_arrive_while_the_operation_runs(stand_in: Any, tmp_path: Path) -> None:
    source = """
import pathlib, time
print("first", flush=True)
while not pathlib.Path("seen").exists():
    time.sleep(0.01)
print("second, unfinished", end="", flush=True)
print(" line")
"""
    lines: list[str] = []

    def take(line: str) -> None:
        lines.append(line)
        (tmp_path / "seen").touch()

    ended = stand_in(source).stream("up", on_line=take)
    assert (ended.code, ended.interrupted, lines) == (0, False, ["first", "second, unfinished line"])


def test_lines_longer_than_a_look_at_the_file_stay_whole(stand_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi_cli, "CHUNK_BYTES", 4)
    lines: list[str] = []
    stand_in("print('a first line'); print('gr\u00fc\u00df')", PYTHONUTF8="1").stream("up", on_line=lines.append)
    assert lines == ["a first line", "gr\u00fc\u00df"]


def test_ctrl_c_on_the_terminal_does_not_reach_the_cli_a_second_time(stand_in: Any) -> None:
    lines: list[str] = []
    stand_in("import os; print(os.getsid(0) == os.getpid())").stream("up", on_line=lines.append)
    assert lines == ["True"]


def test_an_interrupt_is_passed_on_once_and_the_cli_may_finish(stand_in: Any) -> None:
    source = """
import os, signal, sys, time
caught = []
signal.signal(signal.SIGINT, lambda *_: caught.append(1))
os.kill(int(os.environ["CALLER"]), signal.SIGINT)
while not caught:
    time.sleep(0.01)
print(f"finished after {len(caught)}")
print("cancelled", file=sys.stderr)
sys.exit(255)
"""
    lines: list[str] = []
    ended = stand_in(source, CALLER=str(os.getpid())).stream("up", on_line=lines.append)
    assert (ended.code, ended.interrupted, ended.said) == (255, True, "cancelled\n")
    assert lines == ["finished after 1"]


def test_what_reading_an_event_raises_reaches_the_caller_after_the_cli_has_ended(stand_in: Any, tmp_path: Path) -> None:
    def fail(line: str) -> None:
        raise ZeroDivisionError(line)

    with pytest.raises(ZeroDivisionError, match="one"):
        stand_in("import pathlib; print('one'); print('two'); pathlib.Path('ended').touch()").stream("up", on_line=fail)
    assert (tmp_path / "ended").exists()


def test_the_cli_outlives_a_killed_caller_and_finishes_what_it_does(stand_in: Any, tmp_path: Path) -> None:
    source = """
import pathlib, sys, time
print("at work", flush=True)
while not pathlib.Path("killed").exists():
    time.sleep(0.01)
print("more" * 100_000, flush=True)
pathlib.Path("finished").touch()
"""
    process = stand_in(source)
    caller = f"""
import pathlib
from scaleshop.pulumi_cli import PulumiProcess
process = PulumiProcess(pathlib.Path({str(tmp_path)!r}), {dict(process.environment)!r})
process.stream("up", on_line=lambda line: print(line, flush=True))
"""
    with subprocess.Popen([sys.executable, "-c", caller], stdout=subprocess.PIPE, text=True, cwd=ROOT) as killed:
        assert killed.stdout
        assert killed.stdout.readline() == "at work\n"
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    (tmp_path / "killed").touch()
    eventually((tmp_path / "finished").exists, "the orphan finished")


def session_of(project: Project) -> Session:
    return Session(project, STACK, registry.load("aws"), settings=None, target="cloud", engine="pulumi")


def test_a_cloud_stack_that_the_users_backend_does_not_have_is_a_usage_error(
    project: Project, stand_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = stand_in("import sys; sys.exit(\"error: no stack named 'aws-dev' found\")")
    monkeypatch.setattr(workspace, "cloud", lambda _: process)
    with pytest.raises(CommandError, match="pulumi stack init") as refused:
        PulumiCli(session_of(project)).run("preview", lambda _: None)
    assert refused.value.code == Exit.USAGE


def test_a_failure_before_the_engine_began_is_in_the_result(
    project: Project, stand_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = stand_in("import sys; sys.exit('error: could not find the language plugin')")
    monkeypatch.setattr(workspace, "cloud", lambda _: process)
    result = PulumiCli(session_of(project)).run("preview", lambda _: None)
    assert (result.ok, list(result.errors)) == (False, ["could not find the language plugin"])
