"""The resources of a Pulumi program, run on mocks: no engine, no provider, no credentials, nothing is made.

Every value that the cloud would decide is made up, so that documents built from such values can be read; or, as in a
first preview, unknown. What the engine's providers do is missing: defaults, validation, the children of components
in other languages (`remote`), and values of a form that nobody can make up, which stay unknown.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from policies.core.registry import find_defective_values
from policies.core.resource import Resource
from policies.sources.monitor import MockMonitor
from policies.sources.programs import ProgramContext, ProgramError, run

__all__ = ["ProgramError", "capture"]


def capture(
    program: Path | Callable[..., Any],
    *,
    project: str,
    stack: str,
    config: Mapping[str, str],
    secret_config: Collection[str] = (),
    root: Path,
    known: bool = True,
) -> Sequence[Resource]:
    """The resources that a program registers, by URN; those it only reads (`.get`) are left out.

    Args:
        program: A file, a directory with `__main__.py`, or a function. Its modules are forgotten afterwards.
        project: The project's name, part of every URN.
        stack: The stack's name, likewise.
        config: Configuration by full key (`<package>:<name>`); objects as JSON text.
        secret_config: Keys of it that are secret.
        root: The project's directory, which traces are relative to and limited to.
        known: Whether values that the cloud decides are made up, or unknown as in a first preview.

    Raises:
        ProgramError: the program failed; the message names file and line, and platforms without usable values.
    """
    around = ProgramContext(project, stack, config, secret_config, root.resolve())
    monitor = MockMonitor(around, known=known)
    try:
        run(program, monitor, around)
        monitor.raise_errors()
    except ProgramError as error:
        raise ProgramError("\n".join([str(error), *find_defective_values()])) from None
    return monitor.resources()
