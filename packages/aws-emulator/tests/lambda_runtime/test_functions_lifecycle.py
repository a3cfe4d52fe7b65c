"""The emulator and the functions' process, when one of them ends, and what each does without the other."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from running_emulator import RunningEmulator, functions_arguments, launch, run_emulator, wait_until

pytestmark = [pytest.mark.plane, pytest.mark.xdist_group("aws-functions-lifecycle")]

SLEEPS = "import time\ndef handler(e, c):\n    print('slept', e)\n    time.sleep(e)\n    return 'awake'"


def test_the_emulator_alone_still_lacks_what_this_is_for(emulator_alone: RunningEmulator) -> None:
    """When this fails, the emulator has learnt it: see what of the functions' process can go."""
    function = emulator_alone.function("def handler(event, context):\n    raise LookupError('no such order')")
    failed = emulator_alone.invoke(function)["payload"]
    assert failed["errorType"] == "Runtime.HandlerError"
    assert "stackTrace" not in failed


def test_the_functions_survive_an_emulator_that_is_killed_while_they_work(tmp_path: Path) -> None:
    with run_emulator(tmp_path) as plane, ThreadPoolExecutor(1) as client:
        function = plane.function(SLEEPS, Timeout=20)
        waiting = client.submit(plane.invoke, function, 2)
        wait_until(lambda: [e for e in plane.environments() if e["state"] == "busy"], "a busy environment")
        plane.process.popen.kill()
        plane.process.popen.wait()
        with pytest.raises(Exception, match=r"closed|reset|aborted|connect|ended|response"):
            waiting.result(timeout=15)
        wait_until(lambda: [e for e in plane.environments() if e["state"] == "idle"], "the work was done to its end")
        assert plane.control("GET", "/health")[0] == 200
        shutil.rmtree(plane.directory / "data", ignore_errors=True)
        plane.start()
        again = plane.function(SLEEPS, Timeout=20)
        assert plane.invoke(again, 0)["payload"] == "awake"
        assert "slept 0" in plane.messages(again, "slept 0")


def test_calls_fail_as_the_service_does_while_the_functions_are_gone_and_work_when_they_are_back(
    tmp_path: Path,
) -> None:
    with run_emulator(tmp_path) as plane:
        function = plane.function("def handler(e, c):\n    return e")
        assert plane.invoke(function, 1)["payload"] == 1
        assert plane.functions_process
        assert plane.functions_process.stop()
        failed = plane.invoke(function, 2)["payload"]
        assert failed["errorType"] == "ServiceException"
        assert plane.functions_url in failed["errorMessage"]
        plane.start_functions()
        wait_until(lambda: plane.invoke(function, 3)["payload"] == 3, "an answer of the new process")
        assert plane.functions_process.stop()


def test_the_end_takes_every_worker_along_and_writes_every_line(tmp_path: Path) -> None:
    with run_emulator(tmp_path) as plane, ThreadPoolExecutor(1) as client:
        function = plane.function(SLEEPS, Timeout=30)
        plane.invoke(function, 0)
        waiting = client.submit(plane.invoke, function, 25)
        wait_until(lambda: [e for e in plane.environments() if e["state"] == "busy"], "a busy environment")
        workers = [psutil.Process(environment["pid"]) for environment in plane.environments()]
        assert plane.functions_process
        assert plane.functions_process.stop(seconds=10), plane.functions_log.read_text()
        assert not any(map(runs, workers))
        assert waiting.result(timeout=10)["error"] == "Unhandled"
        assert "slept 25" in plane.messages(function, "slept 25")
    assert list(plane.homes.iterdir()) == []


def runs(process: psutil.Process) -> bool:
    """Whether a process is more than an entry that its parent has not read."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_functions_act_as_their_role_where_the_emulator_checks(tmp_path: Path) -> None:
    with run_emulator(tmp_path) as plane:
        role = plane.role({"Effect": "Allow", "Action": "logs:*", "Resource": "*"})
        function = plane.function(
            """
            import boto3
            def handler(event, context):
                print(boto3.client("sts").get_caller_identity()["Arn"])
                boto3.client("sqs").create_queue(QueueName="not-granted")
            """,
            Role=role,
            Timeout=20,
            MemorySize=256,
        )
        failed = plane.invoke(function)["payload"]
        assert (failed["errorType"], "AccessDenied" in failed["errorMessage"]) == ("ClientError", True)
        log = plane.messages(function)
        assert any(f":assumed-role/{role.rsplit('/', 1)[1]}/{function.split(':')[6]}" in line for line in log)


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with run_emulator(tmp_path) as plane:
        arguments = functions_arguments(plane.endpoint, plane.functions_port, tmp_path / "second")
        second = launch(arguments, tmp_path / "second.log", tmp_path / "second-tmp")
        assert second.popen.wait(30) == 3
        assert (
            f"error: [Errno 98] error while attempting to bind on address ('127.0.0.1', {plane.functions_port})"
            in (tmp_path / "second.log").read_text()
        )
        assert plane.control("GET", "/health")[0] == 200
