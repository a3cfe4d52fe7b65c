"""The journal that a crash leaves: read, folded, refused, or recognised as another's."""

import json
import os
import stat
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from journal_fixture import PASSPHRASE, Blocked, BlockedPackage, Crashed, first, second, stored
from stack_fixture import Stack

from engine import journal
from engine.errors import ForeignStateError, StateCorruptError
from engine.snapshot import Snapshot
from engine.state_file import Checkpoint, StateFile, fold_journal, read_deployment
from engine.wire import unwrap


@pytest.fixture(scope="module")
def middle(tmp_path_factory: pytest.TempPathFactory) -> Crashed:
    stack = Stack(tmp_path_factory.mktemp("middle"))
    stack.up(first)
    Blocked.entered.clear()
    Blocked.leave.clear()
    update = threading.Thread(target=lambda: stack.up(second, packages=[BlockedPackage(stack.world)]))
    update.start()
    try:
        assert Blocked.entered.wait(30)
        beside = journal.journal_path(stack.state)
        assert stat.S_IMODE(beside.stat().st_mode) == 0o600
        return Crashed(stack, stack.state.read_bytes(), beside.read_bytes())
    finally:
        Blocked.leave.set()
        update.join()


@pytest.fixture
def crashed(middle: Crashed, tmp_path: Path) -> Crashed:
    """The stack with its world, its state and its journal, to do with as a test likes."""
    stack = Stack(tmp_path)
    stack.up(first)
    made = Crashed(stack, middle.checkpoint, middle.journal)
    made.leave()
    return made


def test_what_was_done_and_what_was_under_way_is_read_without_the_checkpoint_changing(crashed: Crashed) -> None:
    loaded: list[Checkpoint] = []

    def load() -> None:
        loaded.append(StateFile(crashed.stack.state, PASSPHRASE).load(project="demo", stack="dev")[0])

    readers = [threading.Thread(target=load) for _ in range(2)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    for checkpoint in loaded:
        assert {"zero", "bucket", "record"} <= {s.urn.rpartition("::")[2] for s in checkpoint.resources}
        assert [(o["type"], o["resource"]["inputs"]["name"]) for o in checkpoint.pending] == [("creating", "queue-0")]
        assert checkpoint.extends is None  # a second journal can't extend it
    assert len(loaded) == 2
    crashed.stack.preview(second)
    assert crashed.stack.state.read_bytes() == crashed.checkpoint
    assert crashed.beside.read_bytes() == crashed.journal


def test_a_reader_whom_the_last_checkpoint_overtakes_sees_what_was_done(
    crashed: Crashed, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, files = stored(crashed.stack.state), Path.read_bytes
    reads = iter(range(9))

    def slow(path: Path) -> bytes:
        content = files(path)
        if next(reads) == 0:
            with monkeypatch.context() as patch:
                patch.setattr(Path, "read_bytes", files)
                assert fold_journal(crashed.stack.state)
        return content

    monkeypatch.setattr(Path, "read_bytes", slow)
    assert stored(crashed.stack.state) == before


def test_an_operation_that_breaks_off_leaves_a_file_that_is_whole(stack: Stack) -> None:
    stack.up(second)
    deleted: list[Any] = []

    def broken(event: Mapping[str, Any]) -> None:
        deleted.extend(event.get("resOutputsEvent", ()))
        if deleted:
            raise RuntimeError("the display is gone")

    with pytest.raises(RuntimeError, match="the display is gone"):
        stack.engine(on_event=broken).destroy()
    left = json.loads(stack.state.read_text())["deployment"]["resources"]
    assert {r["id"] for r in left if r["type"].startswith("mini:")} == stack.files()
    assert not journal.journal_path(stack.state).exists()


def test_the_next_operation_makes_the_file_whole_and_goes_on(crashed: Crashed) -> None:
    result = crashed.stack.up(second)
    assert result.ok, result.errors
    assert dict(result.changes) == {"create": 1, "delete": 1, "same": 3}
    assert not crashed.beside.exists()
    warnings = [e["diagnosticEvent"]["message"] for e in crashed.stack.events if "diagnosticEvent" in e]
    assert any("interrupted while creating" in message and "queue" in message for message in warnings)


def test_no_secret_is_in_a_journal_in_the_clear(crashed: Crashed) -> None:
    assert b"hunter2" not in crashed.journal
    assert b'"ciphertext": "v1:' in crashed.journal


def test_half_a_line_at_the_end_was_never_committed(crashed: Crashed) -> None:
    lines = crashed.journal.splitlines(keepends=True)
    whole = crashed.names()
    crashed.leave(crashed.journal + b'deadbeef {"states": {"9')
    assert crashed.names() == whole
    for torn in (lines[0][:4], lines[0][:-9], b"", lines[0].replace(b"bucket", b"\0\0\0\0\0\0")):
        crashed.leave(torn)
        assert crashed.names() == ["zero"]


def damages() -> Mapping[str, Callable[[list[bytes]], list[bytes]]]:
    return {
        "a byte is another": lambda lines: [lines[0].replace(b"bucket", b"bukcet", 1), *lines[1:]],
        "a line is half there": lambda lines: [lines[0], lines[1][:30] + b"\n", *lines[2:]],
        "a line is missing": lambda lines: [lines[0], *lines[2:]],
        "two lines are swapped": lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
        "it is empty in the middle": lambda lines: [lines[0], b"\0" * len(lines[1]) + b"\n", *lines[2:]],
    }


@pytest.mark.parametrize("damage", damages())
def test_a_journal_that_is_damaged_before_its_end_is_refused_and_left_alone(crashed: Crashed, damage: str) -> None:
    lines = crashed.journal.splitlines(keepends=True)
    assert len(lines) > 3
    content = b"".join(damages()[damage](lines))
    crashed.leave(content)
    with pytest.raises(StateCorruptError, match=r"dev\.journal is damaged \(line \d.*delete the journal and run"):
        crashed.stack.up(second)
    assert crashed.stack.state.read_bytes() == crashed.checkpoint
    assert crashed.beside.read_bytes() == content


def test_a_journal_that_speaks_of_what_is_not_there_is_damaged(crashed: Crashed) -> None:
    digest = read_deployment(crashed.stack.state)
    assert digest
    made = journal.Journal(crashed.beside, digest.digest, Snapshot([], []).layout, bound=1)
    made.append(journal.SnapshotChanges({}, [("add", 99)]))
    made.close()
    with pytest.raises(StateCorruptError, match="KeyError: 99"):
        crashed.names()


def test_a_journal_that_the_checkpoint_has_overtaken_is_not_replayed(crashed: Crashed) -> None:
    fold_journal(crashed.stack.state)
    whole = crashed.stack.state.read_bytes()
    crashed.beside.write_bytes(crashed.journal)  # as if its removal had not reached the disk
    names = crashed.names()
    assert names.count("bucket") == 1
    assert not fold_journal(crashed.stack.state)
    assert crashed.stack.state.read_bytes() == whole
    assert not crashed.beside.exists()
    assert crashed.beside.with_suffix(".journal.old").read_bytes() == crashed.journal
    assert crashed.names() == names


def test_the_journal_of_another_stack_or_of_no_file_is_not_replayed(crashed: Crashed) -> None:
    other = Stack(crashed.stack.directory, "other")
    other.up(first)
    journal.journal_path(other.state).write_bytes(crashed.journal)
    assert other.up(first).ok
    assert [s["type"] for s in other.engine().resources() if s["type"].startswith("mini:")] == ["mini:index:Bucket"]
    crashed.stack.state.unlink()
    assert crashed.names() == []


def test_the_state_of_another_project_is_refused_before_its_journal_is_folded(crashed: Crashed) -> None:
    with pytest.raises(ForeignStateError, match="not to 'dev' of 'other'"):
        crashed.stack.up(second, project="other")
    assert crashed.stack.state.read_bytes() == crashed.checkpoint
    assert crashed.beside.read_bytes() == crashed.journal


class Crash(BaseException):
    """The process ends here, and nothing is cleaned up."""


@pytest.mark.parametrize("call", ["open", "fsync", "replace", "second fsync", "unlink"])
def test_a_crash_anywhere_in_the_last_checkpoint_loses_nothing(
    crashed: Crashed, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, calls = stored(crashed.stack.state), iter(range(9))

    def crash(*given: Any, **options: Any) -> Any:
        if call != "second fsync" or next(calls):
            raise Crash

    owner: Any = Path if call in ("replace", "unlink") else os
    with monkeypatch.context() as patch:
        patch.setattr(owner, call.rpartition(" ")[2], crash)
        with pytest.raises(Crash):
            fold_journal(crashed.stack.state)
    assert stored(crashed.stack.state) == before
    fold_journal(crashed.stack.state)
    assert stored(crashed.stack.state) == before
    assert not crashed.beside.exists()


def test_a_state_and_journal_of_an_earlier_version_are_read_and_folded(stack: Stack) -> None:
    recorded = Path(__file__).parent / "fixtures" / "recorded"
    stack.state.parent.mkdir(mode=0o700)
    for name in ("dev.json", "dev.journal"):
        (stack.state.parent / name).write_bytes((recorded / name).read_bytes())
    checkpoint, _ = StateFile(stack.state, PASSPHRASE).load(project="demo", stack="dev")
    bucket = next(s for s in checkpoint.resources if s.get("id") == "bucket-0")
    assert unwrap(bucket.inputs)["password"] == "hunter2"
    assert [s["id"] for s in checkpoint.resources if s["type"].startswith("mini:")] == [
        "bucket-0",
        "record-0",
        "zero-0",
    ]
    assert [(o["type"], o["resource"]["inputs"]["name"]) for o in checkpoint.pending] == [("creating", "queue-0")]
    before = stored(stack.state)
    assert fold_journal(stack.state)
    assert stored(stack.state) == before
