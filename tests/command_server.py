"""A process that has imported the SDKs once, and runs the command in a fork of itself for each request.

A request and its answer are a line of JSON each. Modules of this project are imported by each fork anew, as by a
command that a user types.
"""

import atexit
import gc
import importlib
import json
import os
import sys
import threading
import traceback
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def import_sdks() -> None:
    """Import what the command imports, and forget the modules of this project."""
    architectures = importlib.import_module("scaleshop.architectures.registry").names()
    for name in ("scaleshop.cli", "engine.engine", "boto3", *(f"components.{name}" for name in architectures)):
        importlib.import_module(name)
    importlib.import_module("policies.core.registry").all_rules()
    for name, module in list(sys.modules.items()):
        file = Path(getattr(module, "__file__", None) or "/")
        if name != "__main__" and file.is_relative_to(ROOT) and not file.is_relative_to(sys.prefix):
            del sys.modules[name]


def serve() -> None:
    """Answer requests until standard input ends."""
    requests, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w", buffering=1)
    import_sdks()
    # A thread would not be there in a fork, and what it has locked would stay so.
    assert threading.active_count() == 1, threading.enumerate()
    gc.freeze()
    for line in requests:
        child = os.fork()
        if child == 0:
            run(json.loads(line))
        _, status = os.waitpid(child, 0)
        print(json.dumps(os.waitstatus_to_exitcode(status)), file=answers)


def run(request: Mapping[str, Any]) -> None:
    """Be the process that the request describes; does not return."""
    for number, path, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, request["stdout"], os.O_WRONLY),
        (2, request["stderr"], os.O_WRONLY),
    ):
        os.dup2(os.open(path, flags), number)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["directory"])
    sys.argv, sys.path[0] = ["-c", *request["arguments"]], ""
    sys.modules["__main__"] = main = types.ModuleType("__main__")
    status = 1
    try:
        exec(compile(request["script"], "<string>", "exec"), main.__dict__)
        status = 0
    except SystemExit as stopped:
        if stopped.code is None or isinstance(stopped.code, int):
            status = stopped.code or 0
        else:
            sys.stderr.write(f"{stopped.code}\n")
    except BaseException:  # noqa: BLE001 - as the interpreter does at its end
        traceback.print_exc()
    finally:
        threading._shutdown()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    serve()
