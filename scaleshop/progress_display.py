"""Slow steps shown as they happen: one live line on a terminal, plain lines elsewhere."""

import time
from collections import Counter
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from rich.markup import escape
from rich.progress import Progress as Bars
from rich.progress import SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from sandbox.host.progress import Progress
from scaleshop import console

DONE: Mapping[str, str] = {
    "create": "created",
    "create-replacement": "created",
    "update": "updated",
    "delete": "deleted",
    "delete-replaced": "deleted",
    "same": "unchanged",
    "refresh": "looked up",
    "read": "read",
    "import": "imported",
}
SHOWN_SEVERITIES = ("info", "info#err", "warning")


class ProgressDisplay:
    """What an operation is doing; hand `progress` to the sandbox and `event` to an engine."""

    def __init__(self, title: str, *, verbose: bool = False) -> None:
        """Describe the operation; nothing is shown before `with`."""
        self.title, self._verbose = title, verbose
        self._console = console.err()
        self._live = self._console.is_terminal
        self._bars = Bars(
            SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(),
            console=self._console, transient=True, disable=not self._live,
        )  # fmt: skip
        self._tasks: dict[str, TaskID] = {}
        self._began: dict[str, float] = {}
        self._counts: Counter[str] = Counter()
        self.changes: dict[str, Mapping[str, Any]] = {}
        """The last event's details of each resource, by URN."""

    def __enter__(self) -> Self:
        """Show what happens from here on."""
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Leave the terminal as it was."""
        self._bars.stop()

    def progress(self, step: Progress) -> None:
        """A step of the sandbox: packages fetched, a plane started."""
        if not step.done:
            self._begin(step.detail)
        elif step.error is None:
            self._end(step.detail)
        else:
            self._drop(step.detail)

    def event(self, event: Mapping[str, Any]) -> None:
        """An engine event."""
        if "resourcePreEvent" in event:
            self._before(event["resourcePreEvent"]["metadata"])
        elif "resOutputsEvent" in event:
            self._after(event["resOutputsEvent"]["metadata"])
        elif "diagnosticEvent" in event:
            self._say(event["diagnosticEvent"])
        elif "summaryEvent" in event:
            self._drop(self.title)

    def say(self, text: str) -> None:
        """A line above the live one."""
        self._console.print(escape(text))

    def _before(self, details: Mapping[str, Any]) -> None:
        self._note(details)
        if self.title not in self._began:
            self._begin(self.title)
        self._update(details["urn"])

    def _after(self, details: Mapping[str, Any]) -> None:
        self._note(details)
        done = DONE.get(details["op"])
        if done is None:
            return
        self._counts[done] += 1
        if self._verbose and done != "unchanged":
            self.say(f"  {done:10} {details['type']} {_name(details['urn'])}")
        self._update(details["urn"])

    def _note(self, details: Mapping[str, Any]) -> None:
        self.changes[details["urn"]] = {**self.changes.get(details["urn"], {}), **details}

    def _say(self, diagnostic: Mapping[str, Any]) -> None:
        if diagnostic["severity"] in SHOWN_SEVERITIES:
            prefix = "warning: " if diagnostic["severity"] == "warning" else ""
            self.say(prefix + diagnostic["message"].rstrip())

    def _begin(self, what: str) -> None:
        self._began[what] = time.monotonic()
        if self._live:
            self._tasks[what] = self._bars.add_task(escape(what))
        else:
            self.say(f"{what}...")

    def _end(self, what: str) -> None:
        seconds = time.monotonic() - self._began.get(what, time.monotonic())
        self._drop(what)
        if self._live:
            self.say(f"{what} ({seconds:.1f} s)")

    def _drop(self, what: str) -> None:
        self._began.pop(what, None)
        if (task := self._tasks.pop(what, None)) is not None:
            self._bars.remove_task(task)

    def _update(self, urn: str) -> None:
        if (task := self._tasks.get(self.title)) is not None:
            counts = ", ".join(f"{count} {done}" for done, count in self._counts.items())
            self._bars.update(
                task, description=escape(f"{self.title}: {counts or 'reading the program'}; {_name(urn)}")
            )


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]
