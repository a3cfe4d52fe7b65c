"""Modules found by folder: handlers, checks, behaviours and platforms are what their folders hold."""

import importlib
import pkgutil
from collections.abc import Iterable
from types import ModuleType

from sandbox.host.errors import SandboxError


def import_module(name: str, kind: str) -> ModuleType:
    """Import a module by its full name.

    Args:
        name: E.g. `sandbox.<platform>.handlers.<service>`.
        kind: What it is, in messages: `handler module`.

    Raises:
        SandboxError: it raises at import; the message names it and what it raised.
    """
    try:
        return importlib.import_module(name)
    except Exception as error:
        msg = f"the {kind} {name} can't be loaded: {type(error).__name__}: {error}; repair it or remove it"
        raise SandboxError(msg) from error


def import_modules(package: str, path: Iterable[str], kind: str) -> list[ModuleType]:
    """Import every module of a package and of the packages in it, in the order of their full names.

    Args:
        package: The package's full name.
        path: Its `__path__`.
        kind: What its modules are, in messages.

    Raises:
        SandboxError: one raises at import.
    """
    found: list[ModuleType] = []
    for entry in sorted(pkgutil.iter_modules(path, f"{package}."), key=lambda entry: entry.name):
        module = import_module(entry.name, kind)
        found.append(module)
        if entry.ispkg:
            found += import_modules(entry.name, module.__path__, kind)
    return found
