"""The platform's own log records: INIT_START, START, END, REPORT, as text or JSON.

https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html and
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html (which level an event has).
"""

import json
import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aws_emulator.lambda_runtime.limits import MIB
from aws_emulator.lambda_runtime.model import Function
from aws_emulator.lambda_runtime.output import LogRecord

LEVELS = {"DEBUG": 0, "INFO": 1, "WARN": 2}


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured of an invocation."""

    duration_ms: float
    memory: int
    """Most bytes used so far by the environment."""
    init_ms: float | None = None
    """On the first invocation of an environment that was started for it."""


def format_now() -> str:
    """The time as AWS writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def build_init_start(function: Function, python: str, *, provisioned: bool) -> list[LogRecord]:
    """An environment begins to initialise."""
    text = f"INIT_START Runtime Version: {python}"
    record = {
        "initializationType": "provisioned-concurrency" if provisioned else "on-demand",
        "phase": "init",
        "runtimeVersion": python,
        "functionName": function.name,
        "functionVersion": function.version,
    }
    return _build_records(function, text, "platform.initStart", record)


def build_init_report(function: Function, seconds: float, status: str, kind: str) -> list[LogRecord]:
    """An initialisation has failed."""
    text = f"INIT_REPORT Init Duration: {seconds * 1000:.2f} ms\tPhase: init\tStatus: {status}"
    record: dict[str, Any] = {"phase": "init", "status": status, "metrics": {"durationMs": round(seconds * 1000, 3)}}
    if status == "error":
        text += f"\tError Type: {kind}"
        record["errorType"] = kind
    return _build_records(function, text, "platform.initReport", record, level="WARN")


def build_start(function: Function, request: str) -> list[LogRecord]:
    """An invocation begins."""
    text = f"START RequestId: {request} Version: {function.version}"
    return _build_records(function, text, "platform.start", {"requestId": request, "version": function.version})


def build_end(
    function: Function, request: str, measures: Measures, status: str = "success", kind: str = ""
) -> list[LogRecord]:
    """An invocation has ended: END and REPORT."""
    billed = math.ceil(measures.duration_ms + (measures.init_ms or 0))  # the init phase is billed since August 2025
    used = min(function.memory, math.ceil(measures.memory / MIB))
    metrics = {
        "durationMs": round(measures.duration_ms, 3),
        "billedDurationMs": billed,
        "memorySizeMB": function.memory,
        "maxMemoryUsedMB": used,
    }
    text = (
        f"REPORT RequestId: {request}\tDuration: {measures.duration_ms:.2f} ms\tBilled Duration: {billed} ms\t"
        f"Memory Size: {function.memory} MB\tMax Memory Used: {used} MB\t"
    )
    if measures.init_ms is not None:
        text += f"Init Duration: {measures.init_ms:.2f} ms\t"
        metrics["initDurationMs"] = round(measures.init_ms, 3)
    record: dict[str, Any] = {"requestId": request, "metrics": metrics, "status": status}
    done: dict[str, Any] = {"requestId": request, "status": status}
    if status != "success":
        text += f"Status: {status}"
        if status == "error":
            text += f"\tError Type: {kind}"
            record["errorType"] = done["errorType"] = kind
    level = "INFO" if status == "success" else "WARN"
    return [
        *_build_records(function, f"END RequestId: {request}", "platform.runtimeDone", done, level="DEBUG"),
        *_build_records(function, text, "platform.report", record, level=level),
    ]


def build_dropped(function: Function, records: int, size: int) -> list[LogRecord]:
    """Records could not be kept."""
    text = f"LOGS_DROPPED {records} records, {size} bytes: the log was written faster than it could be stored"
    record = {"reason": "the log was written faster than it could be stored", "droppedRecords": records}
    return _build_records(function, text, "platform.logsDropped", {**record, "droppedBytes": size}, level="WARN")


def build_line(text: str) -> LogRecord:
    """A line of the platform's that is text whatever the format."""
    return LogRecord(int(time.time() * 1000), text)


def _build_records(
    function: Function, text: str, kind: str, record: dict[str, Any], *, level: str = "INFO"
) -> list[LogRecord]:
    ms = int(time.time() * 1000)
    if not function.logging.json:
        return [LogRecord(ms, text)]
    if LEVELS[level] < LEVELS.get(function.logging.system_level, 1):
        return []
    return [LogRecord(ms, json.dumps({"time": format_now(), "type": kind, "record": record}))]
