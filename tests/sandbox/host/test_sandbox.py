"""The sandbox of a project, with the real AWS plane in it."""

import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from plane_fixture import AwsPlane

from sandbox.aws.plane import PLANE
from sandbox.host.errors import SandboxError
from sandbox.host.sandbox import Sandbox

group = pytest.mark.plane
START = """
import pathlib, sys
from sandbox.aws.plane import PLANE
from sandbox.host.sandbox import Sandbox
print("ready", flush=True)
sys.stdin.readline()
status = Sandbox(pathlib.Path(sys.argv[1]), [PLANE]).start("aws")
print(status.pid, status.generation)
"""


@pytest.fixture
def plane(tmp_path: Path) -> Iterator[AwsPlane]:
    """A plane that is not started yet, and is stopped in the end."""
    sandbox = Sandbox(tmp_path / "run-dir", [PLANE])
    yield AwsPlane(sandbox, tmp_path / "run-dir")
    sandbox.stop()


def test_describing_a_sandbox_makes_nothing(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "run-dir", [PLANE])
    (status,) = sandbox.status()
    assert (status.name, status.state, sandbox.endpoint("aws"), sandbox.is_fresh("aws")) == (
        "aws",
        "stopped",
        None,
        False,
    )
    assert not (tmp_path / "run-dir").exists()


def test_an_unknown_plane_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="there is no data plane 'azure'; there are: aws"):
        Sandbox(tmp_path, [PLANE]).start("azure")


def test_the_run_directory_is_made_private_even_where_it_was_not(tmp_path: Path) -> None:
    run_dir = tmp_path / "run-dir"
    run_dir.mkdir(mode=0o755)
    Sandbox(run_dir, [PLANE]).stop()
    assert stat.S_IMODE(run_dir.stat().st_mode) == 0o700


def test_a_run_directory_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "run-dir").write_text("")
    with pytest.raises(SandboxError, match=r"run-dir can't be made: File exists"):
        Sandbox(tmp_path / "run-dir", [PLANE]).start("aws")


def family(plane: AwsPlane) -> list[psutil.Process]:
    """The emulator, the processes beside it, and all that these have started."""
    (status,) = plane.sandbox.status()
    leaders = [psutil.Process(pid) for pid in (status.pid, *(c.pid for c in status.companions)) if pid]
    return [process for leader in leaders for process in (leader, *leader.children(recursive=True))]


class TestWithThePlane:
    """These start it."""

    pytestmark = group

    def test_two_commands_at_once_start_one_plane(self, plane: AwsPlane) -> None:
        command = [sys.executable, "-c", START, str(plane.run_dir)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        both = [subprocess.Popen(command, text=True, **pipes) for _ in range(2)]
        for process in both:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in both:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        answers = [process.communicate(timeout=60)[0] for process in both]
        assert answers[0].strip()
        assert answers[0] == answers[1]
        assert plane.sandbox.status()[0].pid == int(answers[0].split()[0])

    def test_a_message_survives_a_stop_and_a_start(self, plane: AwsPlane) -> None:
        before = plane.sandbox.start("aws")
        queue = plane.queue()
        plane.clients.sqs.send_message(QueueUrl=queue, MessageBody="kept")
        plane.sandbox.acknowledge("aws")
        plane.sandbox.stop()
        assert plane.sandbox.endpoint("aws") is None
        after = plane.sandbox.start("aws")
        assert (after.generation, plane.sandbox.is_fresh("aws")) == (before.generation, False)
        assert plane.taken(queue) == ["kept"]

    def test_after_a_crash_an_older_snapshot_does_not_come_back(self, plane: AwsPlane) -> None:
        plane.sandbox.start("aws")
        plane.queue()
        plane.sandbox.stop()
        before = plane.sandbox.start("aws")
        plane.sandbox.acknowledge("aws")
        function = plane.function("def handler(event, context):\n    print('works')\n    return 1")
        plane.invoke(function)
        leader = psutil.Process(before.pid)
        workers = family(plane)[1:]
        leader.kill()
        leader.wait(5)
        assert plane.sandbox.status()[0].state == "dead"
        after = plane.sandbox.start("aws")
        assert after.generation != before.generation
        assert plane.sandbox.is_fresh("aws")
        assert not plane.clients.sqs.list_queues().get("QueueUrls")
        assert workers
        assert not [w for w in workers if w.is_running() and w.status() != psutil.STATUS_ZOMBIE]

    def test_a_start_that_was_killed_between_plane_and_functions_is_made_whole(self, plane: AwsPlane) -> None:
        before = plane.sandbox.start("aws")
        queue = plane.queue()
        plane.clients.sqs.send_message(QueueUrl=queue, MessageBody="kept")
        (functions,) = before.companions
        psutil.Process(functions.pid).kill()
        file = plane.run_dir / "run" / "aws" / "plane.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), "companions": []}))
        after = plane.sandbox.start("aws")
        assert [companion.state for companion in after.companions] == ["running"]
        assert after.generation == before.generation
        assert plane.taken(queue) == ["kept"]

    def test_a_stop_leaves_no_process_and_no_temporary_file(self, plane: AwsPlane) -> None:
        plane.sandbox.start("aws")
        plane.invoke(plane.function("def handler(event, context):\n    print('works')"))
        found = family(plane)
        plane.sandbox.stop()
        assert len(found) > 2, "emulator, functions' process, a worker"
        assert not [p for p in found if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
        assert sorted(p.name for p in (plane.run_dir / "run" / "aws").iterdir()) == [
            "data",
            "functions.log",
            "plane.json",
            "plane.log",
        ]
