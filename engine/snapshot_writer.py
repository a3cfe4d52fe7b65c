"""Writing an operation's snapshot to disk: group commits to the journal, and whole checkpoints of the state file."""

import contextlib
import threading
from collections.abc import Generator
from typing import Any

from engine import journal
from engine.crypter import Crypter
from engine.journal import Journal
from engine.snapshot import Snapshot
from engine.state_file import StateFile, write_error


class SnapshotWriter:
    """Writes one operation's snapshot: commits to a journal; a checkpoint at the end and where a journal won't do.

    Threads that commit at the same time share one write.
    """

    def __init__(self, file: StateFile, snapshot: Snapshot, crypter: Crypter, lock: Any, extends: str | None) -> None:
        """Begin with a state file as it was read.

        Args:
            file: The state file; the caller holds the stack's lock.
            snapshot: What is written.
            crypter: Seals its secrets.
            lock: The lock of every change of the snapshot.
            extends: The file's SHA-256 if a journal can extend it, else None.
        """
        self._file, self._snapshot, self._crypter, self._lock = file, snapshot, crypter, lock
        self._journal = None if extends is None else self._new_journal(extends)
        self._writing: Any = threading.Lock()
        self._asked = self._written = self._synced = 0

    @property
    def has_commits(self) -> bool:
        """Whether there was anything to commit."""
        return self._asked > 0

    def commit(self, *, wait: bool) -> None:
        """Return when the caller's changes are committed; one write serves all who ask for it.

        Args:
            wait: Whether they must have reached the disk. Others do so with the next that must, or with the checkpoint.

        Raises:
            EngineError: the disk is full or the file can't be written. What was committed before is whole.
        """
        with self._lock:
            self._asked += 1
            mine = self._asked
        with self._writing:
            if self._written < mine:
                self._write(whole=False)
            if wait and self._synced < mine:
                self._sync()

    def checkpoint(self) -> None:
        """Write the state file as a whole and remove its journal.

        Raises:
            EngineError: as `commit`.
        """
        with self._writing:
            self._write(whole=True)

    def close(self) -> None:
        """Leave a whole state file behind an operation that broke off, unless writing is what failed."""
        if self._journal is not None and self._journal.is_begun:
            self.checkpoint()

    def _write(self, *, whole: bool) -> None:
        journal = self._journal
        if whole or journal is None or journal.is_full or self._snapshot.whole:
            self._write_checkpoint()
            return
        with self._lock:
            upto, changes = self._asked, self._snapshot.take_changes(self._crypter)
        with self._report_write_errors():
            journal.append(changes)
        self._written = upto

    def _write_checkpoint(self) -> None:
        with self._lock:
            upto = self._asked
            resources, operations = self._snapshot.take_checkpoint(self._crypter)
        self._forget_journal()
        with self._report_write_errors():
            digest = self._file.save(resources, operations, self._crypter)
            self._journal = self._new_journal(digest)
        self._written = upto

    def _sync(self) -> None:
        upto = self._written
        if self._journal is not None:
            with self._report_write_errors():
                self._journal.sync()
        self._synced = upto

    @contextlib.contextmanager
    def _report_write_errors(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            # These changes are not taken again, and nothing may follow half a line: the next write is a whole one.
            self._forget_journal()
            raise write_error(self._file.path, error) from error

    def _new_journal(self, digest: str) -> Journal:
        path = self._file.path
        bound = max(journal.BYTES, path.stat().st_size)
        return Journal(journal.journal_path(path), digest, self._snapshot.layout, bound=bound)

    def _forget_journal(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None
