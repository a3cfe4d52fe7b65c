"""A run of a contract: behaviours checked side by side, each in a thread and a scope of its own, within a deadline."""

import queue
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from sandbox.contract.behaviour import Behaviour, Broken
from sandbox.contract.scope import CheckScope, EndedError
from sandbox.contract.target import ContractTarget

WORKERS = 8
# Within which an ended check must notice, so that what it is making just then is removed.
GRACE_SECONDS = 5.0
LOOK_SECONDS = 0.2
LONGEST = 600

BehaviourOutcome = Literal["holds", "differs", "broken", "error", "not checked"]
"""`differs`: the sandbox does what its known gap says."""


@dataclass(frozen=True, slots=True)
class BehaviourVerdict:
    """The outcome of the check of one behaviour."""

    behaviour: Behaviour
    outcome: BehaviourOutcome
    seen: str = ""
    """What was seen instead, or why it was not checked."""
    seconds: float = 0.0
    left: tuple[str, ...] = ()
    """What could not be removed."""


@dataclass(frozen=True, slots=True)
class _Check:
    """A check under way."""

    behaviour: Behaviour
    scope: CheckScope
    thread: threading.Thread
    began: float
    seconds: float

    @property
    def is_overdue(self) -> bool:
        return time.monotonic() > self.began + self.seconds


class ContractRun:
    """One run of behaviours on a target."""

    def __init__(self, behaviours: Iterable[Behaviour], target: ContractTarget, *, workers: int = WORKERS) -> None:
        """Describe a run; nothing is started."""
        chosen, real = list(behaviours), target.is_real
        self._not_checked = [BehaviourVerdict(b, "not checked", b.cloud) for b in chosen if real and b.cloud]
        self._waiting = deque(b for b in chosen if not (real and b.cloud))
        self._target, self._workers = target, workers
        self._running: dict[Behaviour, _Check] = {}
        self._ended: queue.SimpleQueue[tuple[_Check, BehaviourVerdict]] = queue.SimpleQueue()
        self._interrupted = threading.Event()
        self.left: list[str] = []
        """What could not be removed of what behaviours shared, or made while they were ended."""

    def interrupt(self) -> None:
        """Start nothing more, end what runs, and remove what was made; safe in a signal handler."""
        self._interrupted.set()

    @property
    def is_interrupted(self) -> bool:
        """Whether the run was ended before every behaviour was checked."""
        return self._interrupted.is_set()

    def verdicts(self) -> Iterator[BehaviourVerdict]:
        """The verdicts in the order in which checks end; what was made is removed with the last one."""
        yield from self._not_checked
        try:
            while (self._waiting or self._running) and not self.is_interrupted:
                self._start_checks()
                yield from self._end_checks()
        finally:
            self._close()

    def _start_checks(self) -> None:
        while self._waiting and len(self._running) < self._workers:
            behaviour = self._waiting.popleft()
            scope = self._target.scope()
            thread = threading.Thread(target=self._work, args=(behaviour,), name=behaviour.id, daemon=True)
            seconds = behaviour.seconds * self._target.deadline_factor
            self._running[behaviour] = _Check(behaviour, scope, thread, time.monotonic(), seconds)
            thread.start()

    def _work(self, behaviour: Behaviour) -> None:
        check = self._running[behaviour]
        outcome, seen = _run_check(check) if self._target.is_real else _apply_gap(behaviour, *_run_check(check))
        left = check.scope.close()
        seconds = time.monotonic() - check.began
        self._ended.put((check, BehaviourVerdict(behaviour, outcome, seen, seconds, tuple(left))))

    def _end_checks(self) -> Iterator[BehaviourVerdict]:
        try:
            check, verdict = self._ended.get(timeout=LOOK_SECONDS)
        except queue.Empty:
            pass
        else:
            if self._running.pop(check.behaviour, None):  # else it was given up before
                yield verdict
        for check in [check for check in self._running.values() if check.is_overdue]:
            del self._running[check.behaviour]
            yield self._give_up(check)

    def _give_up(self, check: _Check) -> BehaviourVerdict:
        left = check.scope.close()
        seen = f"still running after {check.seconds:g} s"
        return BehaviourVerdict(check.behaviour, "error", seen, time.monotonic() - check.began, tuple(left))

    def _close(self) -> None:
        running = list(self._running.values())
        for check in running:
            self.left += check.scope.close()
        deadline = time.monotonic() + GRACE_SECONDS
        for check in running:
            check.thread.join(max(0.0, deadline - time.monotonic()))
        self._target.cleanup.run()
        self.left += self._target.cleanup.left


def all_hold(verdicts: Iterable[BehaviourVerdict]) -> bool:
    """Whether every behaviour that was checked holds, known gaps apart; a run in which none does shows nothing."""
    outcomes = {verdict.outcome for verdict in verdicts}
    return "holds" in outcomes and outcomes <= {"holds", "differs", "not checked"}


def _apply_gap(behaviour: Behaviour, outcome: BehaviourOutcome, seen: str) -> tuple[BehaviourOutcome, str]:
    """The outcome in the sandbox, where a known gap makes the difference."""
    if not behaviour.gap:
        return outcome, seen
    if outcome == "holds":
        return "broken", f"it holds, so its gap must go: {behaviour.gap}"
    return "differs", behaviour.gap


def _run_check(check: _Check) -> tuple[BehaviourOutcome, str]:
    try:
        check.behaviour.check(check.scope)
    except Broken as error:
        return "broken", str(error)[:LONGEST]
    except EndedError as error:
        return "error", str(error)
    except Exception as error:  # noqa: BLE001 - a check that fails must not stop the others
        return "error", f"{type(error).__name__}: {error}"[:LONGEST] + _failing_line(
            error, check.behaviour.check.__code__.co_filename
        )
    return "holds", ""


def _failing_line(error: Exception, file: str) -> str:
    """The line of the check at which it failed."""
    import traceback  # noqa: PLC0415 - on failure alone

    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
    return f" (line {frames[-1].lineno}: {frames[-1].line})" if frames else ""
