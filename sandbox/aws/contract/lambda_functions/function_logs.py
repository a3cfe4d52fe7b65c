"""Lambda: the log of a call."""

import json
import re
from typing import Any

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.function_sources import ECHO, GUIDE, log_of
from sandbox.contract.behaviour import behaviour, expect

SAYS = """
    import logging
    logger = logging.getLogger()
    def handler(event, context):
        print("printed", event)
        logger.warning("warned")
        logger.info("informed")
        logger.debug("debugged")
"""
REPORT = re.compile(
    r"REPORT RequestId: \S+\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB\t"
    r"Max Memory Used: \d+ MB\t(Init Duration: [\d.]+ ms)?"
)


@behaviour(service="lambda", source=f"{GUIDE}/python-logging.html")
def a_call_can_ask_for_the_end_of_its_log(aws: AwsAccount) -> None:
    """A call with `LogType=Tail` gets the end of its log: START, what was printed, END, REPORT."""
    lines = log_of(aws, aws.function(SAYS), "a word").splitlines()
    kinds = [line.split(" ")[0] for line in lines if line.startswith(("START", "END", "REPORT"))]
    expect(kinds == ["START", "END", "REPORT"], f"log {lines}")
    expect("printed a word" in lines, f"log {lines}")


@behaviour(service="lambda", source=f"{GUIDE}/python-logging.html")
def a_report_has_duration_memory_and_a_cold_starts_duration(aws: AwsAccount) -> None:
    """REPORT has duration, billed duration and memory, and after a cold start that one's duration."""
    function = aws.function(SAYS, MemorySize=256)
    cold = REPORT.search(log_of(aws, function))
    warm = REPORT.search(log_of(aws, function))
    expect(cold and warm, "no REPORT of that form")
    expect(cold and cold.group(1), "no init duration after a cold start")
    if aws.endpoint:
        expect(warm and not warm.group(1), "an init duration after a warm start")


@behaviour(service="lambda", source=f"{GUIDE}/python-logging.html")
def a_logger_says_what_is_at_least_a_warning(aws: AwsAccount) -> None:
    """The root logger has a handler and the level WARNING: warnings arrive with time and request, others do not."""
    log = log_of(aws, aws.function(SAYS))
    expect(re.search(r"\[WARNING\]\t\d{4}-\d\d-\d\dT[\d:.]+Z\t[\w-]{36}\twarned", log), f"log {log}")
    expect("informed" not in log, "a line below the level arrived")


@behaviour(service="lambda", source=f"{GUIDE}/monitoring-cloudwatchlogs-logformat.html")
def a_json_log_has_a_document_for_each_line(aws: AwsAccount) -> None:
    """With the log format JSON lines of the logger are documents, at the level that is set."""
    function = aws.function(SAYS, LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "INFO"})
    found = [d for line in log_of(aws, function).splitlines() if (d := _document(line))]
    said = {d["message"]: d for d in found if "message" in d}
    expect({"warned", "informed"} <= said.keys() and "debugged" not in said, f"said {list(said)}")
    expect(said["informed"]["level"] == "INFO" and said["informed"].get("requestId"), f"{said['informed']}")


@behaviour(service="lambda", source=f"{GUIDE}/monitoring-cloudwatchlogs-logformat.html")
def a_json_log_tells_of_the_platform_in_events(aws: AwsAccount) -> None:
    """With the log format JSON the platform writes `platform.start` and `platform.report`."""
    function = aws.function(SAYS, MemorySize=256, LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "INFO"})
    found = {d.get("type"): d for line in log_of(aws, function).splitlines() if (d := _document(line))}
    expect({"platform.start", "platform.report"} <= found.keys(), f"events {list(found)}")
    metrics = found["platform.report"]["record"]["metrics"]
    expect({"durationMs", "billedDurationMs", "maxMemoryUsedMB"} <= metrics.keys(), f"metrics {metrics}")


@behaviour(service="lambda", source=f"{GUIDE}/monitoring-cloudwatchlogs-loggroups.html")
def a_functions_log_goes_to_the_group_that_it_names(aws: AwsAccount) -> None:
    """What a function prints is in the log group of its configuration."""
    logs, group = aws.clients.logs, f"/{aws.name('log')}"
    logs.create_log_group(logGroupName=group, tags=aws.target.tags)
    aws.undo(logs.delete_log_group, logGroupName=group)
    function = aws.function(ECHO.replace("return", "print('heard', event); return"), LoggingConfig={"LogGroup": group})
    aws.invoke(function, "a remarkable word")

    def is_there() -> bool:
        events = logs.filter_log_events(logGroupName=group)["events"]
        return any("a remarkable word" in event["message"] for event in events)

    aws.wait_for(is_there, "the printed line in the log group")


@behaviour(service="lambda", source=f"{GUIDE}/monitoring-cloudwatchlogs-loggroups.html")
def a_function_without_a_group_has_one_by_its_name(aws: AwsAccount) -> None:
    """Without a log group of its own a function's log is in `/aws/lambda/<name>`."""
    function = aws.function(SAYS)
    aws.invoke(function, "there")
    group = f"/aws/lambda/{function.rpartition(':')[2]}"
    groups = aws.clients.logs.describe_log_groups

    def is_there() -> bool:
        return any(g["logGroupName"] == group for g in groups(logGroupNamePrefix=group)["logGroups"])

    aws.wait_for(is_there, f"the log group {group}")


def _document(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
