"""The client's ledger, written and read: each attempt before it is sent, each answer after; a JSON object a line."""

import fcntl
import json
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

VERSION = 1
KINDS = frozenset({"run", "attempt", "answer", "seen", "fact"})


class LedgerError(Exception):
    """A ledger that can't be written or trusted; the message names file, line and what to do."""


@dataclass(frozen=True, slots=True)
class TrialRun:
    """One run of customers: the first line of its ledger."""

    run: str
    """Its identity, which no other run has."""
    seed: int
    target: str
    """The shop's address."""
    began: float
    """Seconds since the epoch, by the client's clock."""


class LedgerWriter:
    """A ledger that is being written, append-only. Safe for threads; another process is refused."""

    def __init__(self, file: Path, run: TrialRun) -> None:
        """Begin a ledger.

        Raises:
            LedgerError: the file exists, or can't be written.
        """
        self.file, self.run = file, run
        self._lock, self._attempts = threading.Lock(), 0
        self._fd = _create(file)
        self._write({"line": "run", "version": VERSION, **_fields(run)})

    def write_attempt(self, customer: str, key: str, body: str, skus: Sequence[tuple[str, int]]) -> int:
        """Write that an order is about to be placed.

        Args:
            customer: The customer's id, as the shop knows it.
            key: Idempotency key.
            body: What tells one body from another: a digest.
            skus: What is ordered, with quantities.

        Returns:
            The attempt's number, from 1.
        """
        with self._lock:
            self._attempts += 1
            number = self._attempts
            line = {"n": number, "at": time.time(), "customer": customer, "key": key, "body": body, "lines": skus}
            self._write({"line": "attempt", **line})
        return number

    def write_answer(
        self,
        attempt: int,
        status: int | None,
        *,
        order: str | None = None,
        replayed: bool = False,
        digest: str | None = None,
        code: str | None = None,
        retry_after: bool = False,
        why: str | None = None,
    ) -> None:
        """Write what came back.

        Args:
            attempt: Its number.
            status: HTTP status; None when none came, which leaves the attempt ambiguous.
            order: The order's id, of an accepted one.
            replayed: Whether the shop said that it answered before.
            digest: Of the answer's body.
            code: The problem's code, where the shop itself refused.
            retry_after: Whether it said when to come again.
            why: What kept the answer from coming.
        """
        answer = {
            "order": order,
            "replayed": replayed,
            "digest": digest,
            "code": code,
            "retry": retry_after,
            "why": why,
        }
        self._append("answer", n=attempt, status=status, **{name: value for name, value in answer.items() if value})

    def write_state(self, order: str, state: str) -> None:
        """Write the state in which a customer saw an order."""
        self._append("seen", order=order, state=state)

    def write_fact(self, what: str, **fields: Any) -> None:
        """Write what the trial itself did: a message that it poisoned, what a worker measured."""
        self._append("fact", what=what, **fields)

    def close(self) -> None:
        """Give the file to others."""
        os.close(self._fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _append(self, kind: str, **fields: Any) -> None:
        with self._lock:
            self._write({"line": kind, "at": time.time(), **fields})

    def _write(self, line: Mapping[str, Any]) -> None:
        # One write to the kernel a line: what was written is there even when this process is killed next.
        data = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        try:
            written = os.write(self._fd, data)
        except OSError as error:
            msg = f"{self.file} can't be written: {error.strerror}; a run without its ledger proves nothing"
            raise LedgerError(msg) from error
        if written != len(data):
            msg = f"{self.file}: the disk took {written} of {len(data)} bytes; free some space and run again"
            raise LedgerError(msg)


def _create(file: Path) -> int:
    try:
        if file.exists():
            msg = f"{file} exists; a ledger holds one run: choose another file, or delete it"
            raise LedgerError(msg)
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        msg = f"{file} can't be written: {error.strerror}; choose another file or directory"
        raise LedgerError(msg) from error
    return descriptor


def read_lines(file: Path) -> Iterator[dict[str, Any]]:
    """All lines of a ledger after its first, in order; `read_run` gives that one.

    Raises:
        LedgerError: a line is damaged or cut short, or two runs wrote into one file.
    """
    lines = _lines(file)
    next(lines, None)
    for number, line in lines:
        if line["line"] == "run":
            msg = f"{file}:{number}: a second run wrote into this ledger; check each run's own file"
            raise LedgerError(msg)
        yield line


def read_run(file: Path) -> TrialRun:
    """The run that a ledger is about: its first line.

    Raises:
        LedgerError: it is missing, empty, of another version, or does not begin as one.
    """
    for _, line in _lines(file):
        if line["line"] != "run" or line.get("version") != VERSION:
            break
        return TrialRun(str(line["run"]), int(line["seed"]), str(line["target"]), float(line["began"]))
    msg = f"{file}:1: a ledger begins with a line of kind 'run' and version {VERSION}"
    raise LedgerError(msg)


def _lines(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with file.open("rb") as text:
            for number, raw in enumerate(text, start=1):
                yield number, _parse(file, number, raw)
    except OSError as error:
        msg = f"{file} can't be read: {error.strerror}"
        raise LedgerError(msg) from error


def _parse(file: Path, number: int, raw: bytes) -> dict[str, Any]:
    if not raw.endswith(b"\n"):
        msg = (
            f"{file}:{number}: the ledger is cut short in this line; what came after is not known: run the trial again"
        )
        raise LedgerError(msg)
    try:
        line = json.loads(raw)
    except ValueError:
        line = None
    if not isinstance(line, dict) or line.get("line") not in KINDS:  # pyright: ignore[reportUnknownMemberType]
        msg = f"{file}:{number}: no line of a ledger: {raw[:60]!r}"
        raise LedgerError(msg)
    return line  # pyright: ignore[reportUnknownVariableType]


def _fields(run: TrialRun) -> dict[str, Any]:
    return {"run": run.run, "seed": run.seed, "target": run.target, "began": run.began}
