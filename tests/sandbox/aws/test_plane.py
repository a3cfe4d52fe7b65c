"""What the host makes of the AWS emulator: its environments, its command lines, what of the caller reaches it."""

import json
import os
from pathlib import Path

import psutil
import pytest
from plane_fixture import AwsPlane

from sandbox.aws.emulator import known_quotas, locked_extra, quota_refusal, unenforced_grant, version
from sandbox.aws.plane import FUNCTIONS, PLANE, functions_command, serve_command
from sandbox.host.plane import PlaneLocation
from sandbox.host.sandbox import Sandbox

TELLS = "import os\ndef handler(event, context):\n    return dict(os.environ)"


def test_its_packages_are_those_of_the_lock() -> None:
    emulator, functions = locked_extra("emulator").read_text(), locked_extra("functions").read_text()
    assert f"\n{version().rpartition('(')[2][:-1].replace(' ', '==')} \\" in emulator
    assert "awslambdaric==" in functions
    assert "ministack" not in functions, "functions see the runtime client and the SDK alone, as on AWS"
    assert "scaleshop" not in emulator + functions
    assert emulator.count("--hash=") >= emulator.count("==")


def test_its_command_says_where_functions_run() -> None:
    place = PlaneLocation(4566, Path("/run"), {FUNCTIONS: 4567}, Path("/env/python"))
    serve = " ".join(serve_command(place))
    assert "-m aws_emulator serve --port 4566 --state-directory /run/data" in serve
    assert serve.endswith("--functions http://127.0.0.1:4567")
    assert "--functions" not in serve_command(PlaneLocation(4566, Path("/run"), {}, Path("/env/python")))
    beside = " ".join(functions_command(Path("/functions/python"), place))
    assert beside.startswith("/env/python -P -m aws_emulator functions --port 4567 --emulator http://127.0.0.1:4566")
    assert beside.endswith("--directory /run/functions --python /functions/python")


def test_it_describes_quotas_and_what_only_aws_enforces() -> None:
    assert known_quotas()["lambda.concurrency"].default == 1_000
    assert quota_refusal("lambda.concurrency", 10) is None
    entry = unenforced_grant("role", "xray:PutTraceSegments", "*")
    assert entry is not None
    assert entry.what == "traces of functions"
    assert unenforced_grant("role", "sqs:SendMessage", "*") is None


@pytest.mark.plane
def test_nothing_of_the_callers_environment_reaches_a_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARK_OF_THE_CALLER", "a secret of the caller")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a token of the caller")
    sandbox = Sandbox(tmp_path, [PLANE])
    try:
        sandbox.start("aws")
        plane = AwsPlane(sandbox, tmp_path)
        answer = plane.invoke(plane.function(TELLS))
        status = sandbox.status()[0]
        pids = [status.pid, *(companion.pid for companion in status.companions)]
        leaders = [psutil.Process(pid) for pid in pids if pid is not None]
        found = [process for leader in leaders for process in (leader, *leader.children(recursive=True))]
        seen = json.dumps([answer["payload"], *(process.environ() for process in found)])
    finally:
        sandbox.stop()
    assert len(leaders) == len(pids), "a process is missing"
    assert answer["payload"]["AWS_LAMBDA_FUNCTION_NAME"]
    assert "of the caller" not in seen
    assert os.environ["MARK_OF_THE_CALLER"]
