"""The history of alarms: created, changed, acted."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from aws_emulator.ministack.emulator import Emulator

# AWS keeps 30 days: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
MOST_ITEMS = 5_000


class AlarmHistory:
    """The emulator's history, with what it lacks."""

    def __init__(self, emulator: Emulator) -> None:
        self._cloudwatch = emulator.module("cloudwatch")
        self.record_transition: Callable[..., Any] = emulator.replace(
            "cloudwatch", "_record_history", self.record_state
        )
        """Notes a change of state, as the emulator does."""

    def record_state(self, name: str, old: str, new: str, text: str, *more: Any, **named: Any) -> None:
        """In place of the emulator's: a new alarm has not changed its state."""
        if old == new == "INSUFFICIENT_DATA":
            self._add({"AlarmName": name}, "ConfigurationUpdate", f'Alarm "{name}" created', {"type": "Create"})
        else:
            self.record_transition(name, old, new, text, *more, **named)

    def record_action(self, alarm: Mapping[str, Any], arn: str, failure: str) -> None:
        """Record that an action was taken, or could not be."""
        data = {"actionState": "Failed" if failure else "Succeeded", "notificationResource": arn}
        summary = f"Failed to execute action {arn}" if failure else f"Successfully executed action {arn}"
        self._add(alarm, "Action", summary, {**data, **({"error": failure} if failure else {})})

    def _add(self, alarm: Mapping[str, Any], kind: str, summary: str, data: Mapping[str, Any]) -> None:
        items = self._cloudwatch._history_entries()
        items.append(
            {
                "AlarmName": alarm["AlarmName"],
                "AlarmType": "CompositeAlarm" if "AlarmRule" in alarm else "MetricAlarm",
                "Timestamp": self._cloudwatch._ts_iso(time.time()),
                "HistoryItemType": kind,
                "HistorySummary": summary,
                "HistoryData": json.dumps({"version": "1.0", **data}),
            }
        )
        del items[:-MOST_ITEMS]
