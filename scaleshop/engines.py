"""The embedded engine behind the commands; imported only by commands that need it."""

import os
import secrets
from pathlib import Path
from typing import Any

from sandbox.engine import Engine, EngineError
from scaleshop.errors import CommandError, Exit
from scaleshop.project import Project


def passphrase(run_dir: Path) -> str:
    """The sandbox's own passphrase, generated at the first call into a file that only the user can read."""
    path = run_dir / "passphrase"
    run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("utf-8").strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(32))
    return path.read_text("utf-8").strip()


def preview(project: Project, stack: str) -> Any:
    """Plan the stack's changes; needs no plane and no credentials.

    Raises:
        CommandError: the state can't be used (locked, damaged, of another project, wrong passphrase).
    """
    from sandbox.providers.aws import AwsPackage  # noqa: PLC0415 - loads the SDK's service models

    config = project.config(stack)
    engine = Engine(
        project=project.name,
        stack=stack,
        packages=[AwsPackage(endpoint=None)],
        state=project.run_dir / "state" / f"{stack}.json",
        passphrase=passphrase(project.run_dir),
        config=config,
        root=project.root,
    )
    try:
        return engine.preview(project.program)
    except EngineError as error:
        raise CommandError(str(error), Exit.STATE) from error
