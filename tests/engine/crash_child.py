# ruff: noqa: E402, T201 - the path comes first; a child tells by printing
"""Operations in processes of their own, forked from one that has everything imported.

A line of JSON on standard input is an operation: `operation`, `directory`, `program`, `variant`, `at`. The answer is
the process's exit code, negative where a signal ended it; what it printed is in the directory.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from minicloud import MiniPackage

from engine.engine import Engine
from engine.state_file import read_deployment


def serve() -> None:
    """Carry out one operation after the other, each in a child that nothing else is known of."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _carry_out(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _carry_out(asked: Mapping[str, Any]) -> None:
    with (Path(asked["directory"]) / "printed").open("w") as printed:
        os.dup2(printed.fileno(), 1)
        os.dup2(printed.fileno(), 2)
    code = 2
    try:
        code = operate(**asked)
    except BaseException:  # noqa: BLE001 - the child ends here whatever happens
        traceback.print_exc()
    sys.stdout.flush()
    os._exit(code)


def operate(operation: str, directory: str, program: str, variant: str, at: int) -> int:
    """One operation; from the event `at` on (0: never) it kills itself as soon as another one is in flight."""
    os.environ["VARIANT"] = variant
    state = Path(directory) / "state" / "dev.json"

    def watch(event: Mapping[str, Any]) -> None:
        if at and event["sequence"] >= at and in_flight(state):
            os.kill(os.getpid(), signal.SIGKILL)

    engine = Engine(
        project="demo",
        stack="dev",
        packages=[MiniPackage(Path(directory) / "world")],
        state=state,
        passphrase="open sesame",
        config={"demo:password": "hunter2"},
        secret_config=["demo:password"],
        on_event=watch,
    )
    result = engine.up(Path(program)) if operation == "up" else engine.refresh()
    print(result.errors, result.changes)
    return 0 if result.ok else 1


def in_flight(state: Path) -> bool:
    """Whether the disk says that an operation is under way."""
    stored = read_deployment(state)
    return stored is not None and bool(stored.deployment.get("pending_operations"))


if __name__ == "__main__":
    serve()
