"""What the policy packs judge: the resources of a stack, a program, a state or a preview."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policies.core.documents import FileError, members, read, to_plain
from scaleshop.errors import CommandError, Exit
from scaleshop.session import Session

if TYPE_CHECKING:
    from policies.core.resource import Resource

SEALED = "[secret]"
"""In the place of configuration that only the Pulumi CLI can open."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is judged."""

    name: str
    """The stack's or the program's name."""
    source: str
    """Where its resources were read from."""
    resources: "Sequence[Resource]"


def stack(session: Session) -> Subject:
    """The project's own stack, run on mocks that give every value that the cloud would decide.

    Raises:
        CommandError: the program fails.
    """
    project, placeholders = session.project, session.architecture.placeholders
    config = {**session.config, **placeholders}
    program = project.program / "__main__.py"
    found = _capture(program, project.name, session.stack, config, placeholders.keys(), repository(project.root))
    return Subject(session.stack, "mocks", found)


def program(path: Path, stack_name: str | None) -> Subject:
    """Any Pulumi program in Python, run on mocks likewise.

    Args:
        path: Its file, or the directory with its `Pulumi.yaml` or `__main__.py`.
        stack_name: Whose `Pulumi.<stack>.yaml` configures it (default none does).

    Raises:
        CommandError: there is none, it fails, or its files are malformed.
    """
    path, project_dir = path.resolve(), directory(path)
    try:
        settings = _yaml(project_dir / "Pulumi.yaml")
        config = _config(project_dir / str(settings.get("stackConfigDir", ".")), stack_name)
    except FileError as error:
        raise CommandError(str(error), Exit.USAGE) from None
    entry = path if path.is_file() else _entry(project_dir, str(settings.get("main", ".")))
    name = str(settings.get("name") or project_dir.name)
    secrets = [key for key, value in config.items() if value == SEALED]
    found = _capture(entry, name, stack_name or "check", config, secrets, repository(project_dir))
    return Subject(f"{name}/{stack_name}" if stack_name else name, "mocks", found)


def state(path: Path) -> Subject:
    """The resources of a state file, or of `pulumi stack export`.

    Raises:
        CommandError: it is none.
    """
    from policies.sources.state import read_state  # noqa: PLC0415 - each reader when it is asked for

    return _read(path, "state", read_state)


def preview(path: Path) -> Subject:
    """The resources of `pulumi preview --json`.

    Raises:
        CommandError: it is none.
    """
    from policies.sources.state import read_preview  # noqa: PLC0415

    return _read(path, "preview", read_preview)


def directory(program: Path) -> Path:
    """The directory of a program that is named by its file or by it.

    Raises:
        CommandError: there is no such file or directory.
    """
    if not program.exists():
        msg = f"--program {program}: does not exist; name a Python program's file, or its directory."
        raise CommandError(msg, Exit.USAGE)
    return (program if program.is_dir() else program.parent).resolve()


def display_path(path: Path) -> str:
    """A file as reports name it: relative to its repository where it lies in one."""
    path = path.resolve()
    root = repository(path.parent)
    return path.relative_to(root).as_posix()


def repository(directory: Path) -> Path:
    """The root of the repository around a directory, which lines of the program are named from; else the directory."""
    return next((one for one in (directory, *directory.parents) if (one / ".git").exists()), directory)


def _read(path: Path, source: str, reader: "Callable[[Path], Sequence[Resource]]") -> Subject:
    try:
        return Subject(path.name, source, reader(path))
    except FileError as error:
        raise CommandError(str(error), Exit.USAGE) from None


def _capture(
    entry: Path, project: str, name: str, config: Mapping[str, str], secret: Collection[str], root: Path
) -> "Sequence[Resource]":
    from policies.sources.mocks import capture  # noqa: PLC0415 - loads Pulumi's SDK
    from policies.sources.programs import ProgramError  # noqa: PLC0415

    try:
        return capture(entry, project=project, stack=name, config=config, secret_config=secret, root=root)
    except ProgramError as error:
        msg = f"'{name}' cannot be judged, because its program fails on mocks:\n{error}"
        raise CommandError(msg, Exit.FAILED) from None


def _entry(directory: Path, main: str) -> Path:
    entry = (directory / main).resolve()
    entry = entry / "__main__.py" if entry.is_dir() else entry
    if not entry.is_file():
        msg = f"--program {directory}: {entry} does not exist; name a Python program's file, or its directory."
        raise CommandError(msg, Exit.USAGE)
    return entry


def _config(directory: Path, stack_name: str | None) -> Mapping[str, str]:
    if stack_name is None:
        return {}
    path = directory / f"Pulumi.{stack_name}.yaml"
    if not path.is_file():
        raise FileError(f"{path} does not exist; --stack names the stack whose file configures the program.")
    values = _yaml(path).get("config") or {}
    if not isinstance(values, dict):
        raise FileError(f"{path}: 'config' must be an object of keys and values.")
    return {str(key): _value(value) for key, value in values.items()}


def _value(value: Any) -> str:
    if isinstance(value, dict) and "secure" in value:
        return SEALED
    return value if isinstance(value, str) else json.dumps(value)


def _yaml(path: Path) -> Mapping[str, Any]:
    return {name: to_plain(entry) for name, entry in members(read(path))} if path.is_file() else {}
