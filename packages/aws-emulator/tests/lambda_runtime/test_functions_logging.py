"""What functions log, and what the platform logs of them."""

import base64
import json
import re
from typing import Any

import pytest
from running_emulator import RunningEmulator, make_name

pytestmark = [pytest.mark.plane, pytest.mark.xdist_group("aws-functions")]

TALKS = """
    import logging
    log = logging.getLogger()
    log.setLevel(logging.INFO)
    print("at import")
    def handler(event, context):
        print("printed", event)
        log.info("logged %s", event)
        log.debug("hidden")
        log.info("two\\nlines")
        return event
"""


def test_an_invocation_is_logged_between_start_and_report_with_real_figures(plane: RunningEmulator) -> None:
    function = plane.function(TALKS, MemorySize=256)
    plane.invoke(function, "first")
    plane.invoke(function, "second")
    lines = plane.messages(function, "printed second")
    texts = "\n".join(lines)
    assert lines[0].startswith("INIT_START Runtime Version: python:3.")
    assert lines[1] == "at import"
    assert re.fullmatch(r"START RequestId: [0-9a-f-]{36} Version: \$LATEST", lines[2])
    assert lines[3] == "printed first"
    assert re.fullmatch(r"\[INFO\]\t\S+Z\t[0-9a-f-]{36}\tlogged first", lines[4])
    assert lines[5].endswith("two\nlines")
    assert lines[6].startswith("END RequestId: ")
    report = re.fullmatch(
        r"REPORT RequestId: \S+\tDuration: ([\d.]+) ms\tBilled Duration: (\d+) ms\tMemory Size: 256 MB\t"
        r"Max Memory Used: (\d+) MB\tInit Duration: ([\d.]+) ms\t",
        lines[7],
    )
    assert report, lines[7]
    duration, billed, memory, init = map(float, report.groups())
    assert duration + init <= billed <= duration + init + 1
    assert 5 <= memory <= 256
    assert "hidden" not in texts
    assert texts.count("Init Duration") == 1


def test_json_format_is_the_runtimes_and_the_platforms_and_levels_are_kept(plane: RunningEmulator) -> None:
    group = make_name("/shop/json")
    function = plane.function(
        """
        import logging
        def handler(event, context):
            logging.getLogger("shop").warning("low stock", extra={"sku": "MUG-01"})
            logging.info("not at this level")
            return event
        """,
        LoggingConfig={
            "LogFormat": "JSON",
            "ApplicationLogLevel": "WARN",
            "SystemLogLevel": "INFO",
            "LogGroup": group,
        },
    )
    plane.invoke(function, 1)
    records: list[dict[str, Any]] = [json.loads(m) for m in plane.messages(function, "platform.report", group)]
    (own,) = [r for r in records if "level" in r]
    assert (own["level"], own["message"], own["sku"], own["logger"]) == ("WARNING", "low stock", "MUG-01", "shop")
    assert [r["type"] for r in records if "type" in r] == ["platform.initStart", "platform.start", "platform.report"]
    assert own["requestId"] == records[-1]["record"]["requestId"]
    assert records[-1]["record"]["metrics"]["memorySizeMB"] == 128
    streams = plane.clients.logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert f"/{function.split(':')[6]}[$LATEST]" in streams[0]["logStreamName"]


def test_an_unhandled_error_is_one_record_with_its_trace(plane: RunningEmulator) -> None:
    function = plane.function("def handler(event, context):\n    return 1 / event")
    plane.invoke(function, 0)
    (said,) = [m for m in plane.messages(function) if m.startswith("[ERROR] ZeroDivisionError: division by zero")]
    assert "Traceback (most recent call last):" in said
    assert "main.py" in said


def test_the_end_of_the_log_is_returned_to_who_asks(plane: RunningEmulator) -> None:
    function = plane.function("""
        def handler(event, context):
            print("\\n".join("x" * 199 for _ in range(4000)), "at the end")
    """)
    assert "LogResult" not in plane.clients.lambda_.invoke(FunctionName=function)
    for _ in range(5):  # all 800 KB of it, also when the answer comes before they are read
        found = plane.clients.lambda_.invoke(FunctionName=function, LogType="Tail")
        tail = base64.b64decode(found["LogResult"])
        assert len(tail) == 4096
        assert b"x at the end\nEND RequestId: " in tail
        assert tail.strip().splitlines()[-1].startswith(b"REPORT RequestId: ")


def test_each_environment_writes_a_stream_of_its_own_and_the_emulator_writes_none(plane: RunningEmulator) -> None:
    function = plane.function("def handler(event, context):\n    print('line', event)")
    for call in range(3):
        plane.invoke(function, call)
    plane.messages(function, "line 2")
    group = f"/aws/lambda/{function.split(':')[6]}"
    streams = plane.clients.logs.describe_log_streams(logGroupName=group)["logStreams"]
    (environment,) = plane.environments(function)
    assert [s["logStreamName"] for s in streams] == [environment["log_stream"]]
