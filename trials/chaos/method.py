"""The method of an experiment: its steps, carried out while customers buy, and taken back whatever happens."""

import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from trials.chaos.experiments import Experiment, ExperimentStep
from trials.chaos.platform import LASTING, Effect, Platform, PlatformError, Undo
from trials.ledger import LedgerWriter
from trials.trial import Notify


class RollbackError(Exception):
    """Something is still broken; the message says what."""


@dataclass
class StepResult:
    """What came of a step."""

    step: ExperimentStep
    effect: Effect | None = None
    """None while a lasting action has not been taken back."""
    error: str = ""
    undo: Undo | None = None

    @property
    def is_enough(self) -> bool:
        """Whether it disturbed as much as it had to."""
        return not self.error and self.effect is not None and self.effect.count >= self.step.least


class Method:
    """One run of an experiment's steps."""

    def __init__(self, platform: Platform, experiment: Experiment, seconds: float, notify: Notify) -> None:
        """Describe a run.

        Args:
            platform: What is disturbed.
            experiment: How.
            seconds: How long customers buy; the steps' shares are of this.
            notify: Takes a line of progress at each step.
        """
        self._platform, self._experiment, self._seconds, self._notify = platform, experiment, seconds, notify
        self._stop = threading.Event()
        self.results: list[StepResult] = []

    def poison(self) -> Sequence[tuple[str, Sequence[str]]]:
        """Units and the ids of the messages that they were poisoned with."""
        found = [(result.step, result.effect) for result in self.results if result.step.do == "poison"]
        return [(str(step.arguments["unit"]), effect.names) for step, effect in found if effect]

    @contextmanager
    def disturb(self, ledger: LedgerWriter) -> Generator[None]:
        """Carry out the steps while the block runs; after it everything is whole again.

        Raises:
            RollbackError: something could not be taken back.
        """
        thread = threading.Thread(target=self._carry_out, args=(ledger,), name="chaos", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._roll_back(thread)
            for step in self._experiment.rollback:
                self._begin(StepResult(step), ledger)

    def _carry_out(self, ledger: LedgerWriter) -> None:
        began = time.monotonic()
        for at, act in self._timeline(ledger):
            if self._stop.wait(max(0.0, began + at * self._seconds - time.monotonic())):
                return
            act()

    def _timeline(self, ledger: LedgerWriter) -> Sequence[tuple[float, Callable[[], None]]]:
        acts: list[tuple[float, Callable[[], None]]] = []
        for step in self._experiment.method:
            result = StepResult(step)
            acts.append((step.begin, lambda result=result: self._begin(result, ledger)))
            # What lasts to the end is the rollback's.
            if step.end is not None and step.end < 1:
                acts.append((step.end, lambda result=result: self._end(result)))
        return sorted(acts, key=lambda act: act[0])

    def _begin(self, result: StepResult, ledger: LedgerWriter) -> None:
        self.results.append(result)
        self._notify(f"chaos: {result.step}")
        try:
            found = getattr(self._platform, result.step.do)(**result.step.arguments)
        except Exception as error:  # noqa: BLE001 - whatever a platform raises: the customers go on, the verdict says it
            result.error = f"{result.step}: {error}"
            return
        if result.step.do in LASTING:
            result.undo = found
        else:
            result.effect = found
        for name in result.effect.names if result.effect and result.step.do == "poison" else ():
            ledger.write_fact("poison", message=name, unit=result.step.arguments["unit"])

    def _end(self, result: StepResult) -> None:
        undo = result.undo
        if undo is None:
            return
        self._notify(f"chaos: {result.step} ends")
        try:
            result.effect = undo()
        except Exception:  # noqa: BLE001 - tried again by the rollback, which raises
            return
        result.undo = None

    def _roll_back(self, thread: threading.Thread) -> None:
        """Take everything back, also when another Ctrl-C comes meanwhile."""
        interrupted, broken = False, list[str]()
        while thread.is_alive():
            try:
                thread.join()
            except KeyboardInterrupt:
                interrupted = True
        for result in reversed(self.results):
            while result.undo is not None:
                try:
                    result.effect = result.undo()
                except KeyboardInterrupt:
                    interrupted = True
                    continue
                except Exception as error:  # noqa: BLE001 - the others are taken back all the same
                    broken.append(f"{result.step}: {error}")
                result.undo = None
        if broken:
            msg = f"could not be taken back, and may still be in force: {'; '.join(broken)}"
            raise RollbackError(msg)
        if interrupted:
            raise KeyboardInterrupt


def check_steady(platform: Platform) -> None:
    """Refuse a platform that is disturbed already: an experiment begins in the steady state.

    Raises:
        PlatformError: the message says by what.
    """
    found = platform.disturbances()
    if found:
        msg = f"something is broken already, by an experiment that was killed or by hand: {'; '.join(found)}"
        raise PlatformError(msg)
