"""The history of alarms: created, changed, acted."""

import json
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from aws_emulator.patches.emulator import Emulator

NEEDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"cloudwatch": ("_history_entries", "_record_history", "_ts_iso")}
)
# AWS keeps 30 days: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
MOST_ITEMS = 5_000


class AlarmHistory:
    """The emulator's history, with what it lacks."""

    def __init__(self, emulator: Emulator) -> None:
        self._cloudwatch = emulator.module("cloudwatch")
        self.state: Callable[..., Any] = emulator.replace("cloudwatch", "_record_history", self.recorded)
        """Notes a change of state, as the emulator does."""

    def recorded(self, name: str, old: str, new: str, text: str, *more: Any, **named: Any) -> None:
        """In place of the emulator's: a new alarm has not changed its state."""
        if old == new == "INSUFFICIENT_DATA":
            self._add({"AlarmName": name}, "ConfigurationUpdate", f'Alarm "{name}" created', {"type": "Create"})
        else:
            self.state(name, old, new, text, *more, **named)

    def action(self, alarm: Mapping[str, Any], arn: str, failure: str) -> None:
        """An alarm told somebody, or could not."""
        told = {"actionState": "Failed" if failure else "Succeeded", "notificationResource": arn}
        summary = f"Failed to execute action {arn}" if failure else f"Successfully executed action {arn}"
        self._add(alarm, "Action", summary, {**told, **({"error": failure} if failure else {})})

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
