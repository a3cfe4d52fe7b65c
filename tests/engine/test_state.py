"""The state file: sealed, whole, ours, locked; and what happens when it can't be."""

import errno
import json
import os
import stat
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn

import minicloud
import psutil
import pulumi
import pytest
from stack_fixture import Stack

from engine.crypter import Crypter
from engine.errors import (
    EngineError,
    ForeignStateError,
    StateCorruptError,
    StateLockedError,
    WrongPassphraseError,
)
from engine.lock import lock_stack
from engine.state_file import StateFile


def shop() -> None:
    bucket = minicloud.Bucket("bucket", password=pulumi.Output.secret("hunter2"))
    minicloud.Queue("queue", target=bucket.arn)
    pulumi.export("arn", bucket.arn)
    pulumi.export("password", pulumi.Output.secret("hunter2"))


def test_secrets_are_sealed_and_the_files_are_private(stack: Stack) -> None:
    assert stack.up(shop).ok
    text = stack.state.read_text()
    assert "hunter2" not in text
    assert '"ciphertext": "v1:' in text
    assert stat.S_IMODE(stack.state.stat().st_mode) == 0o600
    assert stat.S_IMODE(stack.state.parent.stat().st_mode) == 0o700
    assert stack.engine().outputs(show_secrets=True)["password"] == "hunter2"
    assert stack.engine().outputs()["password"] != "hunter2"


def test_an_update_without_changes_does_not_touch_the_file(stack: Stack) -> None:
    stack.up(shop)
    before = (stack.state.stat().st_ino, stack.state.read_bytes())
    result = stack.up(shop)
    assert dict(result.changes) == {"same": 3}
    assert (stack.state.stat().st_ino, stack.state.read_bytes()) == before


def test_an_unchanged_secret_keeps_its_ciphertext(stack: Stack) -> None:
    def more() -> None:
        shop()
        minicloud.Queue("another")

    stack.up(shop)
    sealed = {part for part in stack.state.read_text().split('"') if part.startswith("v1:")}
    stack.up(more)
    assert {part for part in stack.state.read_text().split('"') if part.startswith("v1:")} == sealed


def test_a_ciphertext_of_the_pulumi_form_opens() -> None:
    crypter = Crypter("open sesame")
    again = Crypter("open sesame", crypter.salt)
    assert again.decrypt(crypter.encrypt("hunter2")) == "hunter2"
    assert crypter.salt.startswith("v1:")
    assert len(crypter.salt.split(":")) == 5


def test_a_wrong_passphrase_is_named(stack: Stack) -> None:
    stack.up(shop)
    with pytest.raises(WrongPassphraseError, match="PULUMI_CONFIG_PASSPHRASE"):
        stack.preview(shop, passphrase="wrong")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 3}', '{"version": 9, "deployment": {}}'])
def test_a_damaged_file_is_refused_and_left_alone(stack: Stack, content: str) -> None:
    stack.state.parent.mkdir()
    stack.state.write_text(content)
    with pytest.raises(StateCorruptError, match=r"dev\.json"):
        stack.up(shop)
    assert stack.state.read_text() == content


def test_a_truncated_file_is_refused(stack: Stack) -> None:
    stack.up(shop)
    stack.state.write_text(stack.state.read_text()[:-200])
    with pytest.raises(StateCorruptError, match="damaged"):
        stack.up(shop)


def test_the_state_of_another_project_is_refused(stack: Stack) -> None:
    stack.up(shop)
    with pytest.raises(ForeignStateError, match="belongs to stack 'dev' of project 'demo'"):
        stack.up(shop, project="other")


def test_a_second_update_is_refused_while_one_runs(stack: Stack) -> None:
    entered, leave = threading.Event(), threading.Event()

    def slow() -> None:
        entered.set()
        assert leave.wait(30)

    first = threading.Thread(target=lambda: stack.up(slow))
    first.start()
    assert entered.wait(30)
    try:
        with pytest.raises(StateLockedError, match=str(os.getpid())):
            stack.up(shop)
    finally:
        leave.set()
        first.join()
    assert stack.up(shop).ok


def lock_of(path: Path, **holder: Any) -> None:
    path.with_suffix(".lock").write_text(json.dumps(holder))


def test_the_lock_of_a_dead_process_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "dev.json"
    with lock_stack(path):
        mine = json.loads(path.with_suffix(".lock").read_text())
    lock_of(path, **{**mine, "started": mine["started"] - 1000})  # the pid lives, but as a younger process
    with lock_stack(path):
        assert json.loads(path.with_suffix(".lock").read_text()) == mine
    path.with_suffix(".lock").write_text("")
    with lock_stack(path):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux derives start times from the clock")
def test_a_clock_that_is_set_does_not_make_a_live_lock_look_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, later = tmp_path / "dev.json", psutil.boot_time() + 3600
    with lock_stack(path):
        monkeypatch.setattr("psutil._pslinux.boot_time", lambda: later)
        with pytest.raises(StateLockedError, match=str(os.getpid())), lock_stack(path):
            pass


def test_the_lock_of_another_host_is_respected(tmp_path: Path) -> None:
    lock_of(tmp_path / "dev.json", pid=1, host="elsewhere", started=0.0)
    with pytest.raises(StateLockedError, match="on host elsewhere"), lock_stack(tmp_path / "dev.json"):
        pass


class FullDisk:
    """A disk without room from the n-th call on: half of what is written still goes in."""

    def __init__(self, room: int) -> None:
        self.calls, self.room = iter(range(1000)), room
        self.write, self.sync = os.write, os.fsync

    def synced(self, descriptor: int) -> None:
        self._take()
        self.sync(descriptor)

    def written(self, descriptor: int, content: Any) -> int:
        try:
            self._take()
        except OSError:
            self.write(descriptor, content[: len(content) // 2])
            raise
        return self.write(descriptor, content)

    def _take(self) -> None:
        if next(self.calls) >= self.room:
            raise OSError(errno.ENOSPC, "No space left on device")


def more() -> None:
    shop()
    for number in range(4):
        minicloud.Queue(f"more{number}")


def no_room(patch: pytest.MonkeyPatch, *, syncs: int = 1000, writes: int = 1000) -> None:
    patch.setattr(os, "fsync", FullDisk(syncs).synced)
    patch.setattr(os, "fdatasync", os.fsync, raising=False)
    patch.setattr(os, "write", FullDisk(writes).written)


def known(stack: Stack) -> set[str]:
    """What the state names, whether it is there or under way."""
    state, _ = StateFile(stack.state, "open sesame").load(project="demo", stack="dev")
    return {r.get("id", "") for r in state.resources} | {o["resource"]["inputs"]["name"] for o in state.pending}


@pytest.mark.parametrize("room", [{"syncs": 0}, {"syncs": 1}, {"syncs": 3}, {"writes": 0}, {"writes": 2}])
def test_a_full_disk_keeps_what_was_written_and_records_what_began(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, room: dict[str, int]
) -> None:
    stack.up(shop)
    with monkeypatch.context() as patch:
        no_room(patch, **room)
        patch.setattr(StateFile, "save", refuse)  # or the next commit would write the file whole
        with pytest.raises(EngineError, match="No space left on device"):
            stack.up(more)
    assert stack.files() <= known(stack)
    assert not list(stack.state.parent.glob("*.new"))


def refuse(*_: Any) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_disk_that_is_full_at_the_last_checkpoint_loses_nothing(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.up(shop)
    old = stack.state.read_bytes()
    real = os.open

    def no_new_files(path: Any, *given: Any) -> int:
        if str(path).endswith(".new"):
            refuse()
        return real(path, *given)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", no_new_files)
        with pytest.raises(EngineError, match=r"No space left on device. What was done before is kept; free space"):
            stack.up(more)
        assert stack.state.read_bytes() == old
        with pytest.raises(EngineError, match="No space left on device"):  # nor can what is in the journal be folded
            stack.up(more)
        assert dict(stack.preview(more).changes) == {"same": 7}
    assert dict(stack.up(more).changes) == {"same": 7}
    assert not stack.state.with_suffix(".journal").exists()
