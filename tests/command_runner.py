"""The command in a process of its own, which need not import the SDKs again."""

import atexit
import functools
import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

SERVER = Path(__file__).with_name("command_server.py")
LONGEST_SECONDS = 120
MAIN = "from scaleshop.cli import main; main()"


def run_command(
    *arguments: str, directory: Path, code: str = "", environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `scaleshop`, as `python -c` with its main function would.

    Args:
        arguments: Of the command.
        directory: Where it runs.
        code: Run in the process before the command is imported.
        environment: All its variables (default this process's). Those that the interpreter reads at its start are the
            ones of this process.

    Raises:
        TimeoutExpired: it takes longer than two minutes.
    """
    with tempfile.TemporaryDirectory() as name:
        output = {stream: Path(name, stream) for stream in ("stdout", "stderr")}
        for file in output.values():
            file.touch()
        request = {
            "arguments": arguments,
            "directory": str(directory),
            "script": f"{code}\n{MAIN}",
            "environment": dict(os.environ if environment is None else environment),
            **{stream: str(file) for stream, file in output.items()},
        }
        status = _ask(json.dumps(request))
        texts = {stream: file.read_text("utf-8") for stream, file in output.items()}
    return subprocess.CompletedProcess(["scaleshop", *arguments], status, **texts)


def _ask(request: str) -> int:
    server = _start_server()
    assert server.stdin
    assert server.stdout
    server.stdin.write(f"{request}\n")
    server.stdin.flush()
    readable, _, _ = select.select([server.stdout], [], [], LONGEST_SECONDS)
    answer = server.stdout.readline() if readable else ""
    if not answer:
        _stop(server)
        _start_server.cache_clear()
        raise subprocess.TimeoutExpired(request, LONGEST_SECONDS)
    return int(json.loads(answer))


@functools.cache
def _start_server() -> subprocess.Popen[str]:
    server = subprocess.Popen(
        [sys.executable, str(SERVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    atexit.register(_stop, server)
    return server


def _stop(server: subprocess.Popen[str]) -> None:
    """End the server and the command that it runs."""
    if server.poll() is None:
        os.killpg(server.pid, 9)
        server.wait()
