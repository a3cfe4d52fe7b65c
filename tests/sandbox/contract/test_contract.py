"""The sandbox does what AWS's documentation says: the command that CI runs, once, with every behaviour."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from sandbox.aws.contract import behaviours

pytestmark = pytest.mark.plane

COMMAND = (sys.executable, "-c", "from scaleshop.cli import main; main()", "sandbox", "check", "aws")
SECONDS = 280
INTERRUPTED = 130


def check(*words: str, seconds: float = SECONDS) -> subprocess.CompletedProcess[str]:
    """The command's end."""
    return subprocess.run([*COMMAND, *words], capture_output=True, text=True, check=False, timeout=seconds)


def test_every_behaviour_holds_in_the_sandbox() -> None:
    done = check("--json")
    assert done.stdout, done.stderr
    document = json.loads(done.stdout)
    failed = [
        f"{found['outcome']}: {found['id']}: {found['sentence']} Seen: {found['seen']} ({found['source']})"
        for found in document["behaviours"]
        if found["outcome"] not in {"holds", "differs"}
    ]
    assert not failed, "\n".join(failed)
    assert (done.returncode, document["holds"]) == (0, True), done.stderr
    assert [found["id"] for found in document["behaviours"] if found["not_removed"]] == []
    assert document["counts"]["holds"] >= 120
    assert len(document["behaviours"]) == len(behaviours())


def test_ctrl_c_ends_the_sandbox_and_removes_its_directory(tmp_path: Path) -> None:
    temporary = {**os.environ, "TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        [*COMMAND, "--only", "a_schedule_*"], env=temporary, text=True, stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        beside = _children_with_a_plane(process, tmp_path)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == INTERRUPTED, said
    assert "Interrupted after 0 of" in said
    assert [child for child in beside if child.is_running() and child.status() != psutil.STATUS_ZOMBIE] == []
    assert list(tmp_path.glob("scaleshop-contract-*")) == []


def _children_with_a_plane(process: subprocess.Popen[str], directory: Path) -> Sequence[psutil.Process]:
    """The command's processes, once the sandbox in a directory serves and a behaviour is under way."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"it ended before it was interrupted: {process.communicate()}")
        records = list(directory.glob("scaleshop-contract-*/run/aws/plane.json"))
        beside = psutil.Process(process.pid).children(recursive=True)
        serving = len(beside) > 1 and any("functions" in record.read_text() for record in records)
        if serving and not _starting(process.pid):
            return beside
        time.sleep(0.05)  # between two looks at the condition
    pytest.fail("no behaviour was begun within 60 s")


def _starting(pid: int) -> bool:
    """Whether no check is under way yet: each is a thread."""
    return psutil.Process(pid).num_threads() < 2


def test_a_pattern_that_matches_nothing_names_what_there_is() -> None:
    done = check("--only", "a_message_can_be_deleted_thrice", seconds=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--only a_message_can_be_deleted_thrice matches no behaviour" in done.stderr
    assert "a_message_can_be_deleted_twice" in done.stderr


def test_a_service_that_does_not_exist_names_those_there_are() -> None:
    done = check("--service", "sqss", seconds=60)
    assert done.returncode == 2
    assert "--service sqss: there are no such behaviours; services: " in done.stderr
    assert "sqs" in done.stderr


def test_a_real_account_needs_credentials_before_anything_is_made(tmp_path: Path) -> None:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nothing = {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
    }
    done = subprocess.run(
        [*COMMAND, "--target", "cloud", "--region", "us-east-1"],
        env={**bare, **nothing}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (3, "")
    assert "No usable AWS credentials" in done.stderr


def test_a_region_is_for_the_cloud_alone() -> None:
    done = check("--region", "eu-west-1", seconds=60)
    assert done.returncode == 2
    assert "--region is for --target cloud" in done.stderr


def test_the_list_tells_every_behaviour_with_its_source() -> None:
    done = check("--list", "--json", seconds=60)
    found = json.loads(done.stdout)["behaviours"]
    assert len(found) == len(behaviours())
    assert all(made["sentence"].endswith(".") and made["source"].startswith("https://") for made in found)
