"""Pulumi programs run in this process, as often as wanted, with nothing of one run left for the next."""

import asyncio
import contextlib
import inspect
import logging
import os
import runpy
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, TypeAlias

from pulumi.runtime import settings as sdk_settings

Program: TypeAlias = Path | Callable[[], Any]
"""A file, a directory with `__main__.py`, or a function."""


async def settled(program: Program) -> None:
    """Run a program, then wait for what it has begun.

    The SDK waits for one task at a time and looks at all that are left each time, which is quadratic
    (`wait_for_rpcs` in pulumi/runtime/stack.py); here they are waited for together. A failed one is left for the SDK,
    which raises what comes first.
    """
    if callable(program):
        result: Any = program()
        if inspect.isawaitable(result):
            await result
    else:
        runpy.run_path(str(program), run_name="__main__")
    tasks: Any = sdk_settings.SETTINGS
    while True:
        with tasks.lock:
            pending: list[asyncio.Task[Any]] = [task for task in tasks.outputs if not task.done()]
        if not pending:
            return
        done, _ = await asyncio.wait(pending, return_when=asyncio.FIRST_EXCEPTION)
        if any(task.cancelled() or task.exception() for task in done):
            return


@contextlib.contextmanager
def fresh_modules(program: Program) -> Generator[None]:
    """Directory and import path as the CLI sets them; the program's own modules are forgotten afterwards.

    Imported ones would not register their resources again.
    """
    before, path, directory = set(sys.modules), list(sys.path), Path.cwd()
    logger = logging.getLogger("asyncio")
    level = logger.level
    logger.setLevel(logging.CRITICAL)  # the SDK's abandoned tasks after an error say nothing new
    where = None if callable(program) else str((program if program.is_dir() else program.parent).resolve())
    try:
        if where:
            sys.path.insert(0, where)
            os.chdir(where)
        yield
    finally:
        os.chdir(directory)
        sys.path[:] = path
        logger.setLevel(level)
        for name in set(sys.modules) - before:
            if where and (getattr(sys.modules[name], "__file__", None) or "").startswith(where + os.sep):
                del sys.modules[name]
