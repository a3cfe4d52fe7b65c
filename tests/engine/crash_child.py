# ruff: noqa: E402, T201 - the path comes first; a child tells by printing
"""One operation in a process of its own: crash_child.py OPERATION STACK-DIRECTORY PROGRAM KILL-AT-EVENT."""

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from minicloud import MiniPackage

from sandbox.engine.engine import Engine


def main() -> int:
    """Run it; from the given event on (0: never) it kills itself as soon as an operation is in flight."""
    operation, directory, program, at = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])

    state = directory / "state" / "dev.json"

    def watch(event: Mapping[str, Any]) -> None:
        if at and event["sequence"] >= at and '"pending_operations": [{' in state.read_text():
            os.kill(os.getpid(), signal.SIGKILL)

    engine = Engine(
        project="demo",
        stack="dev",
        packages=[MiniPackage(directory / "world")],
        state=state,
        passphrase="open sesame",
        config={"demo:password": "hunter2"},
        secret_config=["demo:password"],
        on_event=watch,
    )
    result = engine.up(program) if operation == "up" else engine.refresh()
    print(result.errors, result.changes)
    return 0 if result.ok else 1


if __name__ == "__main__":
    sys.exit(main())
