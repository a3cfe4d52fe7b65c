"""An experiment's steps, carried out while customers buy, and taken back whatever happens."""

import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from trials.chaos.experiments import Experiment, Step
from trials.chaos.port import LASTING, Effect, Platform, PlatformError, Undo
from trials.ledger import Ledger


class RollbackError(Exception):
    """Something is still broken; the message says what."""


@dataclass
class Done:
    """What came of a step."""

    step: Step
    effect: Effect | None = None
    """None while a lasting action has not been taken back."""
    error: str = ""
    undo: Undo | None = None

    @property
    def enough(self) -> bool:
        """Whether it disturbed as much as it had to."""
        return not self.error and self.effect is not None and self.effect.count >= self.step.least


class Method:
    """One run of an experiment's steps."""

    def __init__(self, platform: Platform, experiment: Experiment, seconds: float, tell: Callable[[str], None]) -> None:
        """Describe a run.

        Args:
            platform: What is disturbed.
            experiment: How.
            seconds: How long customers buy; the steps' shares are of this.
            tell: Told of each step.
        """
        self._platform, self._experiment, self._seconds, self._tell = platform, experiment, seconds, tell
        self._stop = threading.Event()
        self.done: list[Done] = []

    def poisoned(self) -> Sequence[tuple[str, Sequence[str]]]:
        """Units and the messages that they were poisoned with."""
        found = [done for done in self.done if done.step.do == "poison" and done.effect]
        return [(str(done.step.arguments["unit"]), done.effect.names) for done in found if done.effect]

    @contextmanager
    def around(self, ledger: Ledger) -> Generator[None]:
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
            self._rolled_back(thread)
            for step in self._experiment.rollback:
                self._begin(Done(step), ledger)

    def _carry_out(self, ledger: Ledger) -> None:
        began = time.monotonic()
        for at, act in self._timeline(ledger):
            if self._stop.wait(max(0.0, began + at * self._seconds - time.monotonic())):
                return
            act()

    def _timeline(self, ledger: Ledger) -> Sequence[tuple[float, Callable[[], None]]]:
        acts: list[tuple[float, Callable[[], None]]] = []
        for step in self._experiment.method:
            done = Done(step)
            acts.append((step.begin, lambda done=done: self._begin(done, ledger)))
            # What lasts to the end is the rollback's.
            if step.end is not None and step.end < 1:
                acts.append((step.end, lambda done=done: self._end(done)))
        return sorted(acts, key=lambda act: act[0])

    def _begin(self, done: Done, ledger: Ledger) -> None:
        self.done.append(done)
        self._tell(f"chaos: {done.step}")
        try:
            found = getattr(self._platform, done.step.do)(**done.step.arguments)
        except Exception as error:  # noqa: BLE001 - whatever a platform raises: the customers go on, the verdict says it
            done.error = f"{done.step}: {error}"
            return
        if done.step.do in LASTING:
            done.undo = found
        else:
            done.effect = found
        for name in done.effect.names if done.effect and done.step.do == "poison" else ():
            ledger.fact("poison", message=name, unit=done.step.arguments["unit"])

    def _end(self, done: Done) -> None:
        undo = done.undo
        if undo is None:
            return
        self._tell(f"chaos: {done.step} ends")
        try:
            done.effect = undo()
        except Exception:  # noqa: BLE001 - tried again by the rollback, which tells
            return
        done.undo = None

    def _rolled_back(self, thread: threading.Thread) -> None:
        """Take everything back, also when another Ctrl-C comes meanwhile."""
        interrupted, broken = False, list[str]()
        while thread.is_alive():
            try:
                thread.join()
            except KeyboardInterrupt:
                interrupted = True
        for done in reversed(self.done):
            while done.undo is not None:
                try:
                    done.effect = done.undo()
                except KeyboardInterrupt:
                    interrupted = True
                    continue
                except Exception as error:  # noqa: BLE001 - the others are taken back all the same
                    broken.append(f"{done.step}: {error}")
                done.undo = None
        if broken:
            msg = f"could not be taken back, and may still be in force: {'; '.join(broken)}"
            raise RollbackError(msg)
        if interrupted:
            raise KeyboardInterrupt


def steady(platform: Platform) -> None:
    """Refuse a platform that is disturbed already.

    Raises:
        PlatformError: the message says by what.
    """
    found = platform.disturbed()
    if found:
        msg = f"something is broken already, by an experiment that was killed or by hand: {'; '.join(found)}"
        raise PlatformError(msg)
