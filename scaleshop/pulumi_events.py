"""What the CLI tells while it works: its engine events, and the result that they add up to.

`pulumi up --json` prints one event a line, in the shape that the embedded engine emits.
https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/events.go
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from engine.operation import StepRecord
from scaleshop.pulumi_cli import strip_error_prefix

# The engine's own closing words, which say nothing that an error before them has not said.
CLOSING = (
    "update failed",
    "preview failed",
    "refresh failed",
    "destroy failed",
    "an unhandled error occurred: program",
)
AMBIENT = "using pulumi-resource-"
GONE = ("delete", "delete-replaced", "discard", "remove-pending-replace")


class PulumiEventReader:
    """Reads an operation's events, passes them on, and keeps what the result needs."""

    def __init__(self, on_event: Callable[[Mapping[str, Any]], None]) -> None:
        """Nothing has been read yet; events are passed to `on_event`."""
        self._on_event = on_event
        self._ended = False
        self._errors: list[str] = []
        self.steps: list[StepRecord] = []
        self.changes: dict[str, int] = {}
        self.violations: list[Mapping[str, Any]] = []
        self.planned: dict[str, Mapping[str, Any]] = {}
        """The states that the operation leads to, by URN."""

    def read(self, line: str) -> None:
        """Take one line of the CLI's output; what is no event is left out."""
        try:
            event = json.loads(line)
        except ValueError:
            return
        if isinstance(event, dict) and self._take(event):
            self._on_event(event)

    def errors(self, said: str) -> list[str]:
        """What went wrong; `said` is the CLI's standard error, for what happened before the engine began."""
        own = [error for error in self._errors if not error.startswith(CLOSING)]
        return own or ([strip_error_prefix(said)] if said.strip() else self._errors)

    def _take(self, event: dict[str, Any]) -> bool:
        """Note an event and make it like the embedded engine's; false for one that is not worth passing on."""
        if "diagnosticEvent" in event:
            return self._diagnose(event["diagnosticEvent"])
        if "summaryEvent" in event:
            self._ended = True
            counts = event["summaryEvent"].get("resourceChanges") or {}
            self.changes = {op: count for op, count in counts.items() if count}
        elif "policyEvent" in event:
            self.violations.append(event["policyEvent"])
        for kind in ("resourcePreEvent", "resOutputsEvent"):
            if kind in event:
                self._step(event[kind]["metadata"], begins=kind == "resourcePreEvent")
        return True

    def _diagnose(self, diagnostic: dict[str, Any]) -> bool:
        diagnostic.setdefault("urn", "")
        message = diagnostic["message"]
        if diagnostic["severity"] == "error":
            self._errors.append(message.strip())
        # What a stopped program still prints, and that our own launchers were found.
        noise = (self._ended and diagnostic["severity"].startswith("info")) or message.startswith(AMBIENT)
        return not noise

    def _step(self, details: dict[str, Any], *, begins: bool) -> None:
        urn, op = details["urn"], details["op"]
        for side in ("old", "new"):
            if details.get(side) is None:
                details.pop(side, None)
            else:
                details[side] = {key: value for key, value in details[side].items() if value is not None}
        details["keys"], details["diffs"] = details.get("keys") or [], details.get("diffs") or []
        if begins:
            self.steps.append(StepRecord(op, urn))
        if op in GONE:
            if op == "delete":
                self.planned.pop(urn, None)
        elif "new" in details:
            self.planned[urn] = details["new"]
