"""Which engine's state is the newer one, decided from files; the real CLI is asked in `tests/e2e`."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine import journal
from engine.snapshot import CheckpointLayout, SnapshotChanges
from engine.state_file import StateFile
from scaleshop import takeover
from scaleshop.engines import passphrase, state_file
from scaleshop.errors import CommandError, Exit
from scaleshop.project import Project, find
from scaleshop.pulumi_cli import PulumiProcess
from scaleshop.pulumi_workspace import checkpoint, directory

ROOT = Path(__file__).resolve().parents[2]
STACK = "aws-dev"
URN = "urn:pulumi:aws-dev::scaleshop::pulumi:pulumi:Stack::scaleshop-aws-dev"


class StandIn(PulumiProcess):
    """Takes the CLI's place: does with its files what the real one does."""

    project: Project
    asked: list[tuple[str, ...]]

    def ask(self, *arguments: str) -> str:
        self.asked.append(arguments[:2])
        if arguments[:2] == ("stack", "import"):
            write_cli(self.project, json.loads(Path(arguments[-1]).read_text())["deployment"])
        elif arguments[:2] == ("stack", "init"):
            write_cli(self.project, None)
        elif arguments[0] == "cancel":
            shutil.rmtree(locks(self.project))
        return ""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    shutil.copytree(ROOT / "stacks/config", tmp_path / "stacks/config")
    return find(tmp_path)


@pytest.fixture
def cli(project: Project) -> StandIn:
    made = StandIn(project.root, {})
    object.__setattr__(made, "project", project)
    object.__setattr__(made, "asked", [])
    return made


def deployment(mark: str) -> dict[str, Any]:
    resource = {"urn": URN, "custom": False, "type": "pulumi:pulumi:Stack", "outputs": {"mark": mark}}
    secrets = {"type": "passphrase", "state": {"salt": "v1:AAAA:v1:BBBB:CCCC"}}
    manifest = {"time": "", "magic": "", "version": ""}
    return {"manifest": manifest, "secrets_providers": secrets, "resources": [resource]}


def write_cli(project: Project, latest: dict[str, Any] | None) -> None:
    path = checkpoint(project, STACK)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({"version": 3, "checkpoint": {"stack": "organization/scaleshop/aws-dev", "latest": latest}})
    )


def write_embedded(project: Project, mark: str) -> None:
    path = state_file(project, STACK)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"version": 3, "deployment": deployment(mark)}))


def locks(project: Project) -> Path:
    return directory(project) / "backend/.pulumi/locks/organization/scaleshop" / STACK


def hold(project: Project, pid: int) -> None:
    locks(project).mkdir(parents=True)
    holder = {"pid": pid, "username": "me", "hostname": socket.gethostname()}
    (locks(project) / "some-id.json").write_text(json.dumps(holder))


def marks(project: Project) -> tuple[str, str]:
    embedded = json.loads(state_file(project, STACK).read_text())["deployment"]
    latest = json.loads(checkpoint(project, STACK).read_text())["checkpoint"]["latest"]
    return embedded["resources"][0]["outputs"]["mark"], latest["resources"][0]["outputs"]["mark"]


def take_over(project: Project, cli: StandIn) -> None:
    takeover.take_over(project, STACK, lambda: cli)


def test_a_first_run_creates_the_stack_and_imports_nothing(project: Project, cli: StandIn) -> None:
    take_over(project, cli)
    assert cli.asked == [("stack", "init")]
    assert not state_file(project, STACK).exists()


def test_the_embedded_state_goes_into_a_new_stack_once(project: Project, cli: StandIn) -> None:
    write_embedded(project, "embedded")
    take_over(project, cli)
    take_over(project, cli)
    assert cli.asked == [("stack", "init"), ("stack", "import")]
    assert marks(project) == ("embedded", "embedded")


def test_a_newer_embedded_state_is_imported_again(project: Project, cli: StandIn) -> None:
    write_embedded(project, "first")
    take_over(project, cli)
    write_embedded(project, "second")
    take_over(project, cli)
    assert cli.asked.count(("stack", "import")) == 2
    assert marks(project) == ("second", "second")


def test_what_a_killed_operation_left_in_its_journal_is_imported(project: Project, cli: StandIn) -> None:
    write_embedded(project, "embedded")
    take_over(project, cli)
    path = state_file(project, STACK)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    killed = journal.Journal(journal.journal_path(path), digest, CheckpointLayout(new=0, earlier=0), bound=2**20)
    killed.append(SnapshotChanges({0: json.dumps(deployment("killed")["resources"][0])}, []))
    killed.close()
    take_over(project, cli)
    assert marks(project) == ("killed", "killed")
    assert not journal.journal_path(path).exists()


def test_a_newer_deployment_of_the_cli_is_taken_back_and_what_it_replaces_is_kept(
    project: Project, cli: StandIn
) -> None:
    write_embedded(project, "embedded")
    take_over(project, cli)
    write_cli(project, deployment("cli"))
    takeover.take_back(project, STACK)
    assert marks(project) == ("cli", "cli")
    kept = json.loads((state_file(project, STACK).parent / f"{STACK}.before.json").read_text())
    assert kept["deployment"] == deployment("embedded")
    assert state_file(project, STACK).stat().st_mode & 0o777 == 0o600
    take_over(project, cli)
    assert cli.asked.count(("stack", "import")) == 1


def test_what_a_killed_command_left_is_settled_before_the_embedded_engine_works(project: Project, cli: StandIn) -> None:
    write_embedded(project, "embedded")
    take_over(project, cli)
    write_cli(project, deployment("cli"))
    takeover.settle(project, STACK)
    assert marks(project) == ("cli", "cli")


def test_a_lost_embedded_state_comes_back_from_the_cli(project: Project, cli: StandIn) -> None:
    write_embedded(project, "embedded")
    take_over(project, cli)
    state_file(project, STACK).unlink()
    take_over(project, cli)
    assert marks(project) == ("embedded", "embedded")


def test_two_states_that_both_moved_on_are_left_alone_and_both_are_named(project: Project, cli: StandIn) -> None:
    write_embedded(project, "embedded")
    take_over(project, cli)
    write_embedded(project, "embedded again")
    write_cli(project, deployment("cli"))
    with pytest.raises(CommandError, match="was changed by both engines") as refused:
        take_over(project, cli)
    assert refused.value.code == Exit.STATE
    assert str(state_file(project, STACK)) in str(refused.value)
    assert str(checkpoint(project, STACK)) in str(refused.value)
    assert marks(project) == ("embedded again", "cli")


def test_two_states_that_hold_the_same_need_no_record_of_it(project: Project, cli: StandIn) -> None:
    write_embedded(project, "same")
    write_cli(project, deployment("same"))
    take_over(project, cli)
    assert cli.asked == []


def test_the_lock_of_a_cli_that_is_gone_is_released(project: Project, cli: StandIn) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    hold(project, ended.pid)
    take_over(project, cli)
    assert cli.asked[0] == ("cancel", STACK)


def test_a_cli_that_is_still_at_work_is_not_disturbed(project: Project, cli: StandIn, tmp_path: Path) -> None:
    program = tmp_path / "pulumi"
    shutil.copy("/bin/sleep", program)
    with subprocess.Popen([program, "600"]) as working:
        try:
            hold(project, working.pid)
            with pytest.raises(CommandError, match="is being changed by the Pulumi CLI; wait for it to end"):
                take_over(project, cli)
        finally:
            working.kill()
    assert cli.asked == []


def test_a_lock_of_another_process_with_the_same_number_is_no_lock(project: Project, cli: StandIn) -> None:
    hold(project, os.getpid())
    take_over(project, cli)
    assert cli.asked[0] == ("cancel", STACK)


def test_the_salt_is_the_one_of_the_embedded_state(project: Project) -> None:
    assert takeover.salt(project, STACK) is None
    file = StateFile(state_file(project, STACK), passphrase(project.run_dir))
    _, crypter = file.load(project=project.name, stack=STACK)
    file.save([], [], crypter)
    assert takeover.salt(project, STACK) == crypter.salt


@pytest.mark.parametrize("damaged", ["embedded", "cli"])
@pytest.mark.parametrize("text", ['{"version": 3, "deploy', "[]", '{"version": 3, "deployment": {}, "checkpoint": 7}'])
def test_a_damaged_state_is_named_and_both_are_left_alone(
    project: Project, cli: StandIn, damaged: str, text: str
) -> None:
    write_embedded(project, "embedded")
    take_over(project, cli)
    write_cli(project, deployment("cli"))
    path = state_file(project, STACK) if damaged == "embedded" else checkpoint(project, STACK)
    path.write_text(text)
    with pytest.raises(CommandError, match="is damaged; restore it from a copy") as refused:
        take_over(project, cli)
    assert refused.value.code == Exit.STATE
    assert str(path) in str(refused.value)
    assert path.read_text() == text
