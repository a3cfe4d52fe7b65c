"""A Pulumi program run in this process, as often as wanted, with nothing of one run left for the next."""

import asyncio
import contextvars
import gc
import linecache
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

import pulumi
from pulumi.runtime import settings as sdk_settings

from engine.errors import EngineError, StepError
from engine.hosting import Program, fresh_modules, settled
from engine.monitor import Monitor
from engine.run import Run

# The launcher of the real CLI gives the SDK's executor four threads for each parallel step.
THREADS_PER_STEP = 4
# Directories below the root whose frames are not the user's.
FOREIGN = frozenset({"site-packages", ".venv", "engine", "sandbox", "scaleshop"})


def run_program(run: Run, monitor: Monitor, program: Program) -> None:
    """Run a program to its end; what it raises becomes a diagnostic with the user's own frames."""
    failures: list[BaseException] = []

    def body() -> None:
        try:
            asyncio.run(_main(run, monitor, program))
        except BaseException as error:  # noqa: BLE001 - also SystemExit of the program
            failures.append(error)

    with fresh_modules(program):
        contextvars.Context().run(body)
        if failures or run.errors:
            gc.collect()  # the SDK's abandoned tasks say so when they are collected: now, while nobody listens
    for error in failures:
        if isinstance(error, EngineError):
            raise error
        _report(run, error)


def describe(error: BaseException, root: Path) -> str:
    """An exception with the frames of the user's own files, innermost last."""
    if isinstance(error, pulumi.RunError):
        return str(error)
    frames = list(_own_frames(error.__traceback__, root))
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return "\n".join([f"the program failed: {text}", *frames])


async def _main(run: Run, monitor: Monitor, program: Program) -> None:
    options = run.options
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
                dry_run=run.preview,
                organization=options.organization,
                root_directory=str(options.root),
            )
        )
        pulumi.runtime.set_all_config(dict(options.config), list(options.secret_config))
        run_in_stack: Any = pulumi.runtime.run_in_stack
        await run_in_stack(lambda: settled(program))


def _report(run: Run, error: BaseException) -> None:
    # A failed step comes back to the program as an exception, and often as several; it has been reported.
    if run.errors and (isinstance(error, StepError | pulumi.RunError) or isinstance(error.__cause__, StepError)):
        return
    if isinstance(error, StepError):
        return
    run.diagnose("error", describe(error, run.options.root))


def _own_frames(traceback: TracebackType | None, root: Path) -> Iterator[str]:
    while traceback is not None:
        path = Path(traceback.tb_frame.f_code.co_filename)
        if path.is_relative_to(root) and not FOREIGN & set(path.relative_to(root).parts):
            line = linecache.getline(str(path), traceback.tb_lineno).strip()
            yield f"  {path.relative_to(root)}:{traceback.tb_lineno} in {traceback.tb_frame.f_code.co_name}: {line}"
        traceback = traceback.tb_next
