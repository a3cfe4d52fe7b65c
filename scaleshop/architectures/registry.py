"""The architectures there are: each folder beside this module that holds an `ARCHITECTURE`."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Sequence
from functools import cache

from scaleshop import architectures
from scaleshop.architectures.base import Architecture
from scaleshop.errors import CommandError, Exit

DEFAULT = "aws"
"""The architecture of a command that names neither one nor a stack. The only place that says so."""


def names() -> list[str]:
    """The names of all architectures, whether they can be loaded or not."""
    return sorted(module.name for module in pkgutil.iter_modules(architectures.__path__) if module.ispkg)


@cache
def load(name: str) -> Architecture:
    """An architecture by name; only its own folder is imported.

    Raises:
        CommandError: there is none, its folder raises at import, or it lacks a part.
    """
    if name not in names():
        raise CommandError(f"Unknown architecture '{name}'; known: {', '.join(names())}.", Exit.USAGE)
    where = f"architecture '{name}' (scaleshop/architectures/{name})"
    try:
        kind = importlib.import_module(f"{architectures.__name__}.{name}").ARCHITECTURE
    except AttributeError:
        msg = f"The {where} has no ARCHITECTURE; let its __init__ name the class that makes it."
        raise CommandError(msg, Exit.ENVIRONMENT) from None
    except Exception as error:  # whatever a folder raises at import
        msg = f"The {where} can't be loaded: {type(error).__name__}: {error}"
        raise CommandError(msg, Exit.ENVIRONMENT) from error
    missing = sorted(getattr(kind, "__abstractmethods__", ()))
    if missing:
        raise CommandError(f"The {where} lacks {', '.join(missing)}.", Exit.ENVIRONMENT)
    found: Architecture = kind()
    found.name = name
    return found


def require_sdks(architecture: Architecture) -> None:
    """Refuse an architecture whose SDKs are not installed: `make up` installs those of one alone.

    Raises:
        CommandError: the modules that are missing, and how to get them.
    """
    missing = [module for module in architecture.sdks if importlib.util.find_spec(module) is None]
    if missing:
        msg = (
            f"Architecture '{architecture.name}' needs {' and '.join(missing)}, which this environment lacks; "
            f"run `uv sync --inexact --group {architecture.name}`, or `make install` for every architecture's."
        )
        raise CommandError(msg, Exit.ENVIRONMENT)


def load_all() -> tuple[Sequence[Architecture], Sequence[CommandError]]:
    """Every architecture that can be loaded, and what is wrong with the others."""
    found: list[Architecture] = []
    wrong: list[CommandError] = []
    for name in names():
        try:
            found.append(load(name))
        except CommandError as error:
            wrong.append(error)
    return found, wrong
