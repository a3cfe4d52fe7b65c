"""Functions that misbehave: each ends in AWS's own error, and nothing else suffers."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest
from running_emulator import RunningEmulator, wait_until, zip_files

pytestmark = [pytest.mark.plane, pytest.mark.xdist_group("aws-functions")]


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_one_that_never_returns_is_killed_at_its_timeout_and_starts_cold(plane: RunningEmulator) -> None:
    function = plane.function(
        """
        import signal
        calls = 0
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        def handler(event, context):
            global calls
            calls += 1
            while event == "hang":
                pass
            return calls
        """,
        Timeout=1,
    )
    assert plane.invoke(function)["payload"] == 1
    failed = plane.invoke(function, "hang")
    assert (failed["error"], failed["payload"]["errorType"]) == ("Unhandled", "Sandbox.Timedout")
    assert failed["payload"]["errorMessage"].endswith(" Task timed out after 1.00 seconds")
    assert plane.invoke(function)["payload"] == 1
    log = plane.messages(function, "Status: timeout")
    assert any(line.endswith("Task timed out after 1.00 seconds") for line in log)


def test_one_that_eats_memory_is_killed_and_its_neighbour_is_not(plane: RunningEmulator) -> None:
    eats = plane.function(
        """
        def handler(event, context):
            kept = []
            while True:
                kept.append(b"x" * 5_000_000)
        """,
        Timeout=20,
    )
    neighbour = plane.function("def handler(e, c):\n    return 'well'")
    failed = plane.invoke(eats)["payload"]
    assert failed["errorType"] == "Runtime.OutOfMemory"
    assert failed["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")
    assert plane.invoke(neighbour)["payload"] == "well"
    (report,) = [m for m in plane.messages(eats, "REPORT") if m.startswith("REPORT")]
    assert "Max Memory Used: 128 MB" in report
    assert "Error Type: Runtime.OutOfMemory" in report


def test_one_that_prints_100_mb_answers_and_costs_no_memory(plane: RunningEmulator) -> None:
    function = plane.function(
        """
        import sys
        def handler(event, context):
            for _ in range(event):
                sys.stdout.write(("y" * 199 + "\\n") * 5000)
            print("the end")
            return "done"
        """,
        Timeout=60,
    )
    before = psutil.Process(plane.functions_process.popen.pid).memory_info().rss
    assert plane.invoke(function, 100)["payload"] == "done"
    grown = psutil.Process(plane.functions_process.popen.pid).memory_info().rss - before
    assert grown < 150 * 1024 * 1024
    (environment,) = plane.environments(function)
    group, stream = f"/aws/lambda/{function.split(':')[6]}", environment["log_stream"]

    def last() -> bool:
        found = plane.clients.logs.get_log_events(logGroupName=group, logStreamName=stream, limit=20)["events"]
        return any(event["message"].startswith("LOGS_DROPPED ") for event in found)

    wait_until(last, "what was dropped, at the end of the log")
    assert plane.invoke(function, 0)["payload"] == "done"


def test_one_that_forks_leaves_no_process_behind(plane: RunningEmulator) -> None:
    function = plane.function(
        """
        import os, subprocess, sys, time
        def handler(event, context):
            sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
            child = subprocess.Popen(sleeper)
            escaped = subprocess.Popen(sleeper, start_new_session=True)
            print(child.pid, escaped.pid, os.getpid())
            if event == "hang":
                time.sleep(600)
            return [child.pid, escaped.pid, os.getpid()]
        """,
        Timeout=2,
    )
    pids = plane.invoke(function)["payload"]
    assert all(map(runs, pids))
    assert plane.invoke(function, "hang")["payload"]["errorType"] == "Sandbox.Timedout"
    wait_until(lambda: not any(map(runs, pids)), "the first call's processes are gone with their environment")
    line = next(m for m in plane.messages(function, "Status: timeout")[::-1] if m[:1].isdigit() and "Task" not in m)
    assert not any(runs(int(pid)) for pid in line.split())


@pytest.mark.parametrize(
    ("returned", "kind", "said"),
    [
        ("object()", "Runtime.MarshalError", "Unable to marshal response"),
        ("{1, 2}", "Runtime.MarshalError", "Unable to marshal response"),
    ],
)
def test_an_answer_that_is_no_json_is_an_error(plane: RunningEmulator, returned: str, kind: str, said: str) -> None:
    answer = plane.invoke(plane.function(f"def handler(e, c):\n    return {returned}"))
    assert (answer["error"], answer["payload"]["errorType"]) == ("Unhandled", kind)
    assert said in answer["payload"]["errorMessage"]


def test_raw_bytes_are_handed_on_as_they_are(plane: RunningEmulator) -> None:
    function = plane.function("def handler(e, c):\n    return b'<not json>'")
    assert plane.clients.lambda_.invoke(FunctionName=function)["Payload"].read() == b"<not json>"


def test_one_that_answers_for_another_request_is_not_heard(plane: RunningEmulator) -> None:
    function = plane.function("""
        import os, urllib.request, urllib.error
        def handler(event, context):
            url = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation/{event}/response"
            try:
                return urllib.request.urlopen(urllib.request.Request(url, b'"forged"', method="POST")).status
            except urllib.error.HTTPError as error:
                return error.code
    """)
    assert plane.invoke(function, "00000000-0000-0000-0000-000000000000")["payload"] == 400


def test_a_crashed_environment_takes_no_other_request_with_it(plane: RunningEmulator) -> None:
    function = plane.function(
        """
        import os
        def handler(event, context):
            if event % 5 == 0:
                os._exit(3)
            return event
        """,
        Timeout=10,
    )
    with ThreadPoolExecutor(4) as clients:
        answers = list(clients.map(lambda n: plane.invoke(function, n), range(40)))
    for number, answer in enumerate(answers):
        if number % 5 == 0:
            assert answer["payload"]["errorType"] == "Runtime.ExitError"
        else:
            assert answer["payload"] == number


def test_an_environment_has_one_request_at_a_time(plane: RunningEmulator) -> None:
    function = plane.function(
        """
        import os, time
        busy = False
        def handler(event, context):
            global busy
            assert not busy
            busy = True
            time.sleep(0.2)
            busy = False
            return os.getpid()
        """,
        Timeout=20,
    )
    with ThreadPoolExecutor(4) as clients:
        pids = list(clients.map(lambda _: plane.invoke(function)["payload"], range(8)))
    assert all(isinstance(pid, int) for pid in pids), pids
    assert len({*pids}) >= 2
    assert len(plane.environments(function)) == len({*pids})


def test_a_killed_environment_fails_its_request_and_an_idle_one_fails_none(
    plane: RunningEmulator, tmp_path: Path
) -> None:
    function = plane.function(
        """
        import os, pathlib, time
        def handler(event, context):
            if event:
                pathlib.Path(event).touch()
                time.sleep(25)
            return os.getpid()
        """,
        Timeout=30,
    )
    first = plane.invoke(function)["payload"]
    (idle,) = plane.environments(function)
    assert plane.control("POST", f"/kill?environment={idle['id']}")[0] == 200
    assert plane.invoke(function)["payload"] != first
    begun = tmp_path / "begun"
    with ThreadPoolExecutor(1) as client:
        waiting = client.submit(plane.invoke, function, str(begun))
        wait_until(begun.exists, "the handler has begun")
        (busy,) = [e for e in plane.environments(function) if e["state"] == "busy"]
        assert plane.control("POST", f"/kill?environment={busy['id']}")[0] == 200
        failed = waiting.result(timeout=15)
    assert failed["payload"]["errorType"] == "Runtime.ExitError"
    assert "signal: killed" in failed["payload"]["errorMessage"]
    status, answer = plane.control("POST", "/kill?environment=none")
    assert (status, "GET /environments" in answer["message"]) == (404, True)


def test_a_worker_that_ends_between_calls_is_replaced(plane: RunningEmulator) -> None:
    function = plane.function("import os\ndef handler(e, c):\n    return os.getpid()")
    first = plane.invoke(function)["payload"]
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: not psutil.pid_exists(first), "the worker has ended")
    second = plane.invoke(function)
    assert second["error"] is None
    assert second["payload"] != first


def test_a_bad_archive_is_refused_with_its_reason(plane: RunningEmulator) -> None:
    archive = zip_files({"main.py": "def handler(e, c):\n    return 1", "../../escaped.txt": "up"})
    function = plane.function("", Code={"ZipFile": archive})
    answer = plane.invoke(function)
    assert answer["error"] == "Unhandled"
    assert "reaches out of its directory" in answer["payload"]["errorMessage"]
    assert not list(plane.directory.parent.rglob("escaped.txt"))


def test_a_request_by_another_name_is_refused(plane: RunningEmulator) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example:80"):
        answer = httpx.post(plane.functions_url + "/kill?environment=x", headers={"Host": host}, trust_env=False)
        assert answer.status_code == 403
    answer = httpx.post(plane.functions_url + "/invoke", content=b"1", trust_env=False)
    assert (answer.status_code, "X-Amzn-Lambda-Function-Arn" in answer.text) == (400, True)
    assert httpx.get(plane.functions_url + "/nothing", trust_env=False).status_code == 404
    assert httpx.put(plane.functions_url + "/functions", content=b"{}", trust_env=False).status_code == 400


def test_the_health_names_the_emulator(plane: RunningEmulator) -> None:
    status, answer = plane.control("GET", "/health")
    assert (status, answer["status"], answer["emulator"]) == (200, "ok", plane.endpoint)
