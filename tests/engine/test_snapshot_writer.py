"""Group commits: with its checkpoint a journal is what a full write would have been, wherever a crash cuts it off."""

import contextlib
import errno
import json
import os
import random
import stat
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from journal_fixture import PASSPHRASE, SALT, SEALED, resource, second, stored
from minicloud import MiniPackage, MiniProvider
from stack_fixture import Stack

from engine import journal
from engine.crypter import Crypter
from engine.errors import EngineError
from engine.snapshot import Snapshot
from engine.snapshot_writer import SnapshotWriter
from engine.state import ResourceState
from engine.state_file import StateFile, fold_journal, read_deployment


@dataclass
class Model:
    """The deployment as plain lists, written as a whole at every commit: what the journal is compared with."""

    base: list[ResourceState]
    earlier: list[Any]
    new: list[ResourceState] = field(default_factory=list)
    gone: list[ResourceState] = field(default_factory=list)
    pending: dict[ResourceState, str] = field(default_factory=dict)

    def left(self) -> list[ResourceState]:
        return self.new + [s for s in self.base if s not in self.gone]

    def document(self, crypter: Crypter) -> tuple[list[Any], list[Any]]:
        forms = {s: json.loads(s.text(crypter)) for s in (*self.left(), *self.pending)}
        pending = [{"resource": forms[s], "type": kind} for s, kind in self.pending.items()]
        return [forms[s] for s in self.left()], [*pending, *self.earlier]


class Walk:
    """Random steps of an operation, taken by a snapshot and by the model alike."""

    def __init__(self, model: Model, snapshot: Snapshot, chance: random.Random) -> None:
        self.model, self.snapshot, self.chance = model, snapshot, chance
        self.made = 0

    def step(self, what: str) -> None:
        idle = [s for s in self.model.left() if s not in self.model.pending]
        running = list(self.model.pending)
        if what in ("start create", "component"):
            self.made += 1
            state = resource(f"new{self.made}")
            self.add(state) if what == "component" else self.begin(state, "creating")
        elif what in ("finish", "fail") and running:
            self.end(self.chance.choice(running), done=what == "finish")
        elif what == "answer" and running:  # a provider has returned; its step is not over
            self.chance.choice(running).put(id="made", outputs={"arn": "a", "key": SEALED})
        elif idle:
            state = self.chance.choice(idle)
            if what == "start delete":
                self.begin(state, "deleting")
            elif what == "start update":
                self.begin(ResourceState(state).put(size=self.chance.random()), "updating")
            elif what == "keep":
                self.keep(state, ResourceState(state))
            elif what == "mark":
                state.put(delete=True)
            elif what == "outputs":
                state.put(outputs={"arn": self.chance.random()})

    def begin(self, state: ResourceState, kind: str) -> None:
        self.snapshot.begin(state, kind)
        self.model.pending[state] = kind

    def end(self, state: ResourceState, *, done: bool) -> None:
        kind = self.model.pending.pop(state)
        self.snapshot.end(state)
        if done and kind == "deleting":
            self.remove(state)
        elif done:
            old = next((s for s in self.model.left() if s.urn == state.urn and s not in self.model.pending), None)
            if old is not None:
                self.remove(old)
            self.add(state)

    def add(self, state: ResourceState) -> None:
        self.snapshot.add(state)
        self.model.new.append(state)

    def remove(self, state: ResourceState) -> None:
        self.snapshot.remove(state)
        self.model.gone.append(state)
        self.model.new = [s for s in self.model.new if s is not state]

    def keep(self, old: ResourceState, new: ResourceState) -> None:
        self.snapshot.keep(old, new)
        self.model.gone.append(old)
        self.model.new = [*(s for s in self.model.new if s is not old), new]


STEPS = (
    "start create", "start delete", "start update", "component", "finish", "finish", "fail", "answer", "keep", "mark",
    "outputs", "commit", "commit",
)  # fmt: skip


@contextlib.contextmanager
def unsynced() -> Iterator[None]:
    """No waiting for the disk: whether it is asked to is tested apart."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        patch.setattr(os, "fdatasync", lambda _: None, raising=False)
        yield


@settings(max_examples=150, deadline=None)
@given(
    steps=st.lists(st.sampled_from(STEPS), max_size=40),
    seed=st.integers(0, 2**32),
    size=st.integers(0, 4),
    bound=st.sampled_from([1, 1500, 2**20]),
    cut=st.integers(0, 2**20),
)
def test_checkpoint_and_journal_are_what_a_full_write_at_the_last_commit_would_have_been(
    steps: list[str], seed: int, size: int, bound: int, cut: int
) -> None:
    with tempfile.TemporaryDirectory() as directory, unsynced(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal, "BYTES", bound)
        file, crypter = StateFile(Path(directory) / "dev.json", PASSPHRASE), Crypter(PASSPHRASE, SALT)
        base, earlier = [resource(f"old{n}") for n in range(size)], [{"resource": {"urn": "u"}, "type": "creating"}]
        digest = file.save([s.text(crypter) for s in base], [json.dumps(o) for o in earlier], crypter)
        model, snapshot = Model(base, earlier), Snapshot(base, earlier)
        commits = SnapshotWriter(file, snapshot, crypter, threading.RLock(), digest)
        walk = Walk(model, snapshot, random.Random(seed))
        beside = journal.journal_path(file.path)
        committed = [(0, model.document(crypter))]  # the journal's length and what is written by then
        for step in (*steps, "commit"):
            if step != "commit":
                walk.step(step)
                continue
            commits.commit(wait=True)
            begun = beside.exists()
            committed = [
                *(committed if begun else ()),
                (beside.stat().st_size if begun else 0, model.document(crypter)),
            ]
            assert stored(file.path) == committed[-1][1]
        checkpoint, content = file.path.read_bytes(), beside.read_bytes() if beside.exists() else b""
        for end in {*(length for length, _ in committed), cut % (len(content) + 1)}:
            file.path.write_bytes(checkpoint)
            beside.write_bytes(content[:end])
            last = [document for length, document in committed if length <= end][-1]
            assert stored(file.path) == last
            fold_journal(file.path)
            assert not beside.exists()
            assert stored(file.path) == last


def test_after_a_commit_that_failed_half_way_the_next_one_writes_the_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, crypter = StateFile(tmp_path / "dev.json", PASSPHRASE), Crypter(PASSPHRASE, SALT)
    snapshot, write = Snapshot([], []), os.write
    commits = SnapshotWriter(file, snapshot, crypter, threading.RLock(), file.save([], [], crypter))

    def half(descriptor: int, content: memoryview) -> int:
        write(descriptor, content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    snapshot.add(resource("one"))
    commits.commit(wait=True)
    snapshot.add(resource("two"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", half)
        with pytest.raises(EngineError, match="No space left on device"):
            commits.commit(wait=True)
    assert [r["urn"].rpartition("::")[2] for r in stored(file.path)[0]] == ["one"]
    snapshot.add(resource("three"))
    commits.commit(wait=True)
    assert [r["urn"].rpartition("::")[2] for r in stored(file.path)[0]] == ["one", "two", "three"]
    assert not journal.journal_path(file.path).exists()


def test_a_journal_as_large_as_its_bound_is_followed_by_another_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "BYTES", 4096)
    file, crypter = StateFile(tmp_path / "dev.json", PASSPHRASE), Crypter(PASSPHRASE, SALT)
    snapshot = Snapshot([], [])
    commits = SnapshotWriter(file, snapshot, crypter, threading.RLock(), file.save([], [], crypter))
    checkpoints, lengths = set[int](), list[int]()
    for number in range(100):
        snapshot.add(resource(f"new{number}"))
        commits.commit(wait=True)
        checkpoints.add(file.path.stat().st_size)
        beside = journal.journal_path(file.path)
        lengths.append(beside.stat().st_size if beside.exists() else 0)
        assert lengths[-1] < max(4096, file.path.stat().st_size) + 1024
    assert len(stored(file.path)[0]) == 100
    assert 2 < len(checkpoints) < 10  # each when as much was added as the last one holds: the cost stays linear


@pytest.fixture
def synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sizes of the files that the disk was waited for, in order; 0 for a directory."""
    sizes: list[int] = []

    def sync(descriptor: int) -> None:
        found = os.fstat(descriptor)
        sizes.append(0 if stat.S_ISDIR(found.st_mode) else found.st_size)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "fdatasync", sync, raising=False)
    return sizes


def test_a_group_commit_waits_for_the_disk_once_and_only_if_it_must(tmp_path: Path, synced: list[int]) -> None:
    file, crypter = StateFile(tmp_path / "dev.json", PASSPHRASE), Crypter(PASSPHRASE, SALT)
    snapshot, beside = Snapshot([], []), journal.journal_path(file.path)
    commits = SnapshotWriter(file, snapshot, crypter, threading.RLock(), file.save([], [], crypter))
    synced.clear()
    states = [resource(f"new{number}") for number in range(3)]
    for number, state in enumerate(states):
        snapshot.begin(state, "creating")
        commits.commit(wait=True)
        assert len(synced) == number + 2  # once more for the directory that has a new name in it
        assert synced[-1 if number else 0] == beside.stat().st_size
    waited = len(synced)
    for state in states:
        snapshot.end(state)
        snapshot.add(state)
        commits.commit(wait=False)
        assert len(stored(file.path)[0]) == states.index(state) + 1  # a killed process would not have lost it
    assert len(synced) == waited
    snapshot.begin(states[0], "deleting")
    commits.commit(wait=True)
    assert synced[waited:] == [beside.stat().st_size]


def test_nothing_is_done_before_the_disk_knows_that_it_begins(
    stack: Stack, synced: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []

    class Watched(MiniProvider):
        def create(self, token: str, name: str, inputs: Any, *, preview: bool) -> Any:
            stored_now = read_deployment(stack.state)
            assert stored_now
            beside = journal.journal_path(stack.state)
            seen.append(
                any(o["resource"]["urn"].endswith(f"::{name}") for o in stored_now.deployment["pending_operations"])
                and (not beside.exists() or beside.stat().st_size in synced)
            )
            return super().create(token, name, inputs, preview=preview)

    class WatchedPackage(MiniPackage):
        def configure(self, config: Mapping[str, Any]) -> MiniProvider:
            return Watched(self.world, config)

    stack.up(lambda: None)
    assert stack.up(second, packages=[WatchedPackage(stack.world)], parallel=1).ok
    assert seen == [True] * 3
