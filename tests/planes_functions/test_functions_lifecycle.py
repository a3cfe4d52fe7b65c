"""The emulator and the functions' process, when one of them ends, and what each does without the other."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from functions_fixture import functions_plane, launch, runtime_python
from plane_fixture import AwsPlane, eventually, named

from sandbox.aws.plane import PLANE
from sandbox.host.processes import find_orphans, stop
from sandbox.planes.aws.inside.registry import SUPPLEMENTS

pytestmark = [pytest.mark.plane, pytest.mark.xdist_group("aws-functions-lifecycle")]

SLEEPS = "import time\ndef handler(e, c):\n    print('slept', e)\n    time.sleep(e)\n    return 'awake'"


def test_the_emulator_alone_still_lacks_what_this_is_for(emulator_alone: AwsPlane) -> None:
    """When this fails, the emulator has learnt it: see what of the functions' process can go."""
    function = emulator_alone.function("def handler(event, context):\n    raise LookupError('no such order')")
    failed = emulator_alone.invoke(function)["payload"]
    assert failed["errorType"] == "Runtime.HandlerError"
    assert "stackTrace" not in failed


def test_the_functions_survive_an_emulator_that_is_killed_while_they_work(tmp_path: Path) -> None:
    with functions_plane(tmp_path) as plane, ThreadPoolExecutor(1) as client:
        function = plane.function(SLEEPS, Timeout=20)
        waiting = client.submit(plane.invoke, function, 2)
        eventually(lambda: [e for e in plane.environments() if e["state"] == "busy"], "a busy environment")
        supervisor = plane.sandbox.supervisor
        port = int(plane.endpoint.rsplit(":", 1)[1])
        psutil.Process(supervisor.status().pid).kill()
        with pytest.raises(Exception, match=r"closed|reset|aborted|connect|ended|response"):
            waiting.result(timeout=15)
        eventually(lambda: [e for e in plane.environments() if e["state"] == "idle"], "the work was done to its end")
        assert plane.control("GET", "/health")[0] == 200
        supervisor.start(port)
        plane.allow_everything()
        again = plane.function(SLEEPS, Timeout=20)
        assert plane.invoke(again, 0)["payload"] == "awake"
        assert "slept 0" in plane.messages(again, "slept 0")


def test_calls_fail_as_the_service_does_while_the_functions_are_gone_and_work_when_they_are_back(
    tmp_path: Path,
) -> None:
    with functions_plane(tmp_path) as plane:
        function = plane.function("def handler(e, c):\n    return e")
        assert plane.invoke(function, 1)["payload"] == 1
        stop(plane.process, grace=10)
        failed = plane.invoke(function, 2)["payload"]
        assert failed["errorType"] == "ServiceException"
        assert plane.url in failed["errorMessage"]
        port = int(plane.url.rsplit(":", 1)[1])
        second = launch(plane.endpoint, port, tmp_path / "functions", tmp_path / "second.log")
        try:
            eventually(lambda: plane.invoke(function, 3)["payload"] == 3, "an answer of the new process")
        finally:
            assert stop(second, grace=10)


def test_the_end_takes_every_worker_along_and_writes_every_line(tmp_path: Path) -> None:
    with functions_plane(tmp_path) as plane, ThreadPoolExecutor(1) as client:
        function = plane.function(SLEEPS, Timeout=30)
        plane.invoke(function, 0)
        waiting = client.submit(plane.invoke, function, 25)
        eventually(lambda: [e for e in plane.environments() if e["state"] == "busy"], "a busy environment")
        homes = tmp_path / "aws" / "functions" / "environments"
        assert find_orphans(homes)
        assert stop(plane.process, grace=10), plane.functions_log.read_text()
        assert not find_orphans(homes)
        assert waiting.result(timeout=10)["error"] == "Unhandled"
        assert "slept 25" in plane.messages(function, "slept 25")
    assert not homes.exists()


def test_functions_act_as_their_role_where_the_emulator_checks(tmp_path: Path) -> None:
    with functions_plane(tmp_path, settings={"AUTH": "true"}) as plane:
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
        role = plane.clients.iam.create_role(RoleName=named("role"), AssumeRolePolicyDocument=json.dumps(trust))["Role"]
        logs = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
        plane.clients.iam.put_role_policy(
            RoleName=role["RoleName"],
            PolicyName="logs",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [logs]}),
        )
        function = plane.function(
            """
            import boto3
            def handler(event, context):
                print(boto3.client("sts").get_caller_identity()["Arn"])
                boto3.client("sqs").create_queue(QueueName="not-granted")
            """,
            Role=role["Arn"],
            Timeout=20,
            MemorySize=256,
        )
        failed = plane.invoke(function)["payload"]
        assert (failed["errorType"], "AccessDenied" in failed["errorMessage"]) == ("ClientError", True)
        log = plane.messages(function)
        assert any(f":assumed-role/{role['RoleName']}/{function.split(':')[6]}" in line for line in log)


def test_the_emulator_is_refused_when_it_lacks_what_a_supplement_needs(tmp_path: Path) -> None:
    services = tmp_path / "ministack" / "services"
    services.mkdir(parents=True)
    for package in (services, services.parent):
        (package / "__init__.py").touch()
    (services / "lambda_svc.py").write_text("def handle_request(): ...")
    others = ",".join(kind.name for kind in SUPPLEMENTS if kind.name != "functions")
    variables = {"PYTHONPATH": str(tmp_path), "SANDBOX_FUNCTIONS_URL": "http://127.0.0.1:1", "SANDBOX_WITHOUT": others}
    program = PLANE.command[0]
    done = subprocess.run([sys.executable, program], env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: this emulator has no lambda_svc._invoke, ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--environments", "0"], "0 is not a number of environments"),
        (["--python", sys.executable], "can't run functions: ModuleNotFoundError"),
    ],
)
def test_the_command_refuses_what_it_can_not_work_with(tmp_path: Path, options: list[str], said: str) -> None:
    command = [sys.executable, "-m", "sandbox.planes.aws.functions", "--port", "0", "--emulator", "http://127.0.0.1:1"]
    command += ["--directory", str(tmp_path), "--python", str(runtime_python()), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode in (2, 3)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with functions_plane(tmp_path) as plane:
        port = int(plane.url.rsplit(":", 1)[1])
        second = launch(plane.endpoint, port, tmp_path / "second", tmp_path / "second.log")
        eventually(lambda: not second.is_running, "the second process has ended")
        assert (
            f"error: [Errno 98] error while attempting to bind on address ('127.0.0.1', {port})"
            in (tmp_path / "second.log").read_text()
        )
        assert plane.control("GET", "/health")[0] == 200
