"""Pulumi programs run in this process, as often as wanted, with nothing of one run left for the next.

`isolated_modules` and `run_to_completion` serve any monitor, mocks too; `run_program` is the engine's own.
"""

import asyncio
import contextlib
import contextvars
import gc
import inspect
import linecache
import logging
import os
import runpy
import sys
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeAlias

import pulumi
from pulumi.runtime import settings as sdk_settings

from engine.errors import EngineError, StepError

if TYPE_CHECKING:
    from engine.operation import Operation
    from engine.resource_monitor import ResourceMonitor

Program: TypeAlias = Path | Callable[[], Any]
"""A file, a directory with `__main__.py`, or a function."""
# The launcher of the real CLI gives the SDK's executor four threads for each parallel step.
THREADS_PER_STEP = 4
# Directories of packages, whose frames are not the user's.
INSTALLED = frozenset({"site-packages", ".venv"})
ENGINE = Path(__file__).parent


def run_program(operation: "Operation", monitor: "ResourceMonitor", program: Program) -> None:
    """Run a program to its end; what it raises becomes a diagnostic with the user's own frames."""
    failures: list[BaseException] = []

    def body() -> None:
        try:
            asyncio.run(_run_in_stack(operation, monitor, program))
        except BaseException as error:  # noqa: BLE001 - also SystemExit of the program
            failures.append(error)

    with isolated_modules(program):
        contextvars.Context().run(body)
        if failures or operation.errors:
            gc.collect()  # the SDK's abandoned tasks say so when they are collected: now, while nobody listens
    for error in failures:
        if isinstance(error, EngineError):
            raise error
        _report(operation, error)


async def run_to_completion(program: Program) -> None:
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
def isolated_modules(program: Program) -> Generator[None]:
    """Set directory and import path as the CLI does for a while, then forget the program's own modules.

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


def describe_error(error: BaseException, root: Path) -> str:
    """An exception's message with the frames of the user's own files below `root`, innermost last."""
    if isinstance(error, pulumi.RunError):
        return str(error)
    frames = list(_own_frames(error.__traceback__, root))
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return "\n".join([f"the program failed: {text}", *frames])


async def _run_in_stack(operation: "Operation", monitor: "ResourceMonitor", program: Program) -> None:
    options = operation.options
    with ThreadPoolExecutor(max(options.parallel, 1) * THREADS_PER_STEP) as pool:
        asyncio.get_running_loop().set_default_executor(pool)
        root: Any = sdk_settings.ROOT
        root.set(None)
        service: Any = monitor
        pulumi.runtime.configure(
            pulumi.runtime.Settings(
                project=options.project,
                stack=options.stack,
                monitor=service,
                engine=service,
                parallel=options.parallel,
                dry_run=operation.preview,
                organization=options.organization,
                root_directory=str(options.root),
            )
        )
        pulumi.runtime.set_all_config(dict(options.config), list(options.secret_config))
        run_in_stack: Any = pulumi.runtime.run_in_stack
        await run_in_stack(lambda: run_to_completion(program))


def _report(operation: "Operation", error: BaseException) -> None:
    # A failed step comes back to the program as an exception, and often as several; it has been reported.
    if operation.errors and (isinstance(error, StepError | pulumi.RunError) or isinstance(error.__cause__, StepError)):
        return
    if isinstance(error, StepError):
        return
    operation.diagnose("error", describe_error(error, operation.options.root))


def _own_frames(traceback: TracebackType | None, root: Path) -> Iterator[str]:
    while traceback is not None:
        path = Path(traceback.tb_frame.f_code.co_filename)
        if path.is_relative_to(ENGINE):
            if path != Path(__file__):  # the program has called the engine: what follows is the engine's and providers'
                return
        elif path.is_relative_to(root) and not INSTALLED & set(path.relative_to(root).parts):
            line = linecache.getline(str(path), traceback.tb_lineno).strip()
            yield f"  {path.relative_to(root)}:{traceback.tb_lineno} in {traceback.tb_frame.f_code.co_name}: {line}"
        traceback = traceback.tb_next
