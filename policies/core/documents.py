"""Files that people write for the packs, JSON or YAML, with the line of everything in them for messages."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml


class FileError(Exception):
    """A file that cannot be used; the message names file, line and what to write instead."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A value of a file and where it stands."""

    value: Any
    where: str
    """`file:line`."""


def read(path: Path) -> FileEntry:
    """A file's content; JSON is read as the YAML that it is.

    Raises:
        FileError: it is missing, not UTF-8 or malformed.
    """
    try:
        node: Any = yaml.compose(path.read_text("utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        mark: Any = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise FileError(f"{path}{line}: is neither JSON nor YAML: {getattr(error, 'problem', 'not UTF-8')}.") from None
    return _entry(node, path) if node is not None else FileEntry(None, f"{path}:1")


def is_object(entry: FileEntry) -> bool:
    """Whether it has names and values."""
    return isinstance(entry.value, dict)


def is_list(entry: FileEntry) -> bool:
    """Whether it has elements."""
    return isinstance(entry.value, list)


def members(entry: FileEntry) -> Iterator[tuple[str, FileEntry]]:
    """Names and values of an object.

    Raises:
        FileError: it is no object.
    """
    if not is_object(entry):
        raise FileError(f"{entry.where}: must be an object.")
    yield from cast("dict[str, FileEntry]", entry.value).items()


def items(entry: FileEntry) -> Iterator[FileEntry]:
    """The elements of a list.

    Raises:
        FileError: it is no list.
    """
    if not is_list(entry):
        raise FileError(f"{entry.where}: must be a list.")
    yield from cast("list[FileEntry]", entry.value)


def to_plain(entry: FileEntry) -> Any:
    """The value without places."""
    if is_object(entry):
        return {name: to_plain(inner) for name, inner in members(entry)}
    if is_list(entry):
        return [to_plain(inner) for inner in items(entry)]
    return entry.value


def _entry(node: Any, path: Path) -> FileEntry:
    where = f"{path}:{node.start_mark.line + 1}"
    if isinstance(node, yaml.MappingNode):
        pairs: dict[str, FileEntry] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in pairs:
                raise FileError(f"{path}:{key.start_mark.line + 1}: '{name}' is given twice.")
            pairs[name] = FileEntry(_entry(value, path).value, f"{path}:{key.start_mark.line + 1}")
        return FileEntry(pairs, where)
    if isinstance(node, yaml.SequenceNode):
        return FileEntry([_entry(value, path) for value in node.value], where)
    loader: Any = yaml.SafeLoader("")
    return FileEntry(loader.construct_object(node, deep=True), where)
