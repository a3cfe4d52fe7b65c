"""A Pulumi program run once in this process, with nothing of it left for the next one."""

import asyncio
import contextlib
import contextvars
import gc
import sys
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import pulumi
from pulumi.runtime import settings as sdk_settings

from engine.program import Program, isolated_modules, run_to_completion
from policies.sources.property_bags import FOREIGN


class ProgramError(Exception):
    """A program that did not run to its end; the message names its file and line."""


@dataclass(frozen=True, slots=True)
class ProgramContext:
    """What a program finds around it."""

    project: str
    stack: str
    config: Mapping[str, str]
    secret_config: Collection[str]
    root: Path
    """What places in files are relative to."""


def run(program: Program, monitor: Any, around: ProgramContext) -> None:
    """Run a program against a resource monitor, in a thread, event loop and context of its own.

    Args:
        program: A file, a directory with `__main__.py`, or a function.
        monitor: What answers the SDK; also gets its log.
        around: Project, stack and configuration.

    Raises:
        ProgramError: it raised, or reported an error.
    """
    failures: list[BaseException] = []

    def body() -> None:
        try:
            asyncio.run(_main(program, monitor, around))
        except BaseException as error:  # noqa: BLE001 - also SystemExit of the program
            failures.append(error)

    # What the program prints is none of a report.
    with isolated_modules(program), contextlib.redirect_stdout(sys.stderr):
        thread = threading.Thread(target=lambda: contextvars.Context().run(body), name="pulumi-program")
        thread.start()
        thread.join()
        if failures:
            gc.collect()  # the SDK's abandoned tasks complain when they are collected: now, while nobody listens
    for error in failures:
        if isinstance(error, SystemExit) and not error.code:
            continue
        raise ProgramError(_describe_error(error, program, around.root)) from None


async def _main(program: Program, monitor: Any, around: ProgramContext) -> None:
    root: Any = sdk_settings.ROOT
    root.set(None)
    # As a preview: what a provider does not answer stays unknown, and never becomes None in a program's hands.
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            project=around.project,
            stack=around.stack,
            monitor=monitor,
            engine=monitor,
            dry_run=True,
            organization="organization",
            root_directory=str(around.root),
        )
    )
    pulumi.runtime.set_all_config(dict(around.config), list(around.secret_config))
    run_in_stack: Any = pulumi.runtime.run_in_stack
    await run_in_stack(lambda: run_to_completion(program))


def _describe_error(error: BaseException, program: Program, root: Path) -> str:
    if isinstance(error, ProgramError):
        return str(error)
    place = _locate(error, root) or ("the program" if callable(program) else _relative_path(program, root))
    if isinstance(error, pulumi.RunError):
        return f"{place}: {error}"
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{place}: the program failed: {type(error).__name__}" + (f": {text}" if text else "")


def _locate(error: BaseException | None, root: Path) -> str:
    """File and line of the program's innermost frame, of the exception or of what caused it."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_relative_path(Path(error.filename), root)}:{error.lineno}"
    while error is not None:
        found = _innermost_line(error.__traceback__, root)
        if found:
            return found
        error = error.__cause__ or error.__context__
    return ""


def _innermost_line(traceback: TracebackType | None, root: Path) -> str:
    found = ""
    while traceback is not None:
        path = Path(traceback.tb_frame.f_code.co_filename)
        if path.is_relative_to(root) and not FOREIGN & set(path.relative_to(root).parts) and path != Path(__file__):
            found = f"{_relative_path(path, root)}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return found


def _relative_path(path: Path, root: Path) -> str:
    return str(path.relative_to(root) if path.is_relative_to(root) else path)
