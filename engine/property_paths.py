# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Property paths as Pulumi writes them: `a.b[0]["c.d"]`."""

import copy
import re
from collections.abc import Iterable, Mapping
from typing import Any

_PART = re.compile(r'([^.\[\]"]+)|\[(\d+)\]|\["([^"]*)"\]')


def split_path(path: str) -> list[str | int]:
    """The keys and indexes of a path."""
    if "[" not in path and "." not in path:
        return [path]
    return [int(index) if index else name or quoted for name, index, quoted in _PART.findall(path)]


def covers(path: str, key: str) -> bool:
    """Whether a path names a changed property or something it lies in; `*` covers all."""
    wanted = split_path(path)
    return path == "*" or split_path(key)[: len(wanted)] == wanted


def restore_paths(news: Mapping[str, Any], olds: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """New inputs with the old value, or its absence, back at every path: what `ignoreChanges` asks for."""
    kept: dict[str, Any] = copy.deepcopy(dict(news))
    for path in paths:
        keys = split_path(path)
        if keys == ["*"]:
            return copy.deepcopy(dict(olds))
        new, old = _follow(kept, keys[:-1]), _follow(olds, keys[:-1])
        if not isinstance(new, dict | list):
            continue
        target: Any = new
        if _has(old, keys[-1]):
            target[keys[-1]] = copy.deepcopy(old[keys[-1]])
        elif isinstance(new, dict):
            target.pop(keys[-1], None)
    return kept


def _follow(value: Any, keys: Iterable[str | int]) -> Any:
    for key in keys:
        value = value[key] if _has(value, key) else None
    return value


def _has(value: Any, key: str | int) -> bool:
    if isinstance(value, dict):
        return key in value
    return isinstance(value, list) and isinstance(key, int) and key < len(value)  # pyright: ignore[reportUnknownArgumentType]
