"""A folder for each platform: what of a trial only that platform can do.

Its parts are modules or packages: `chaos` (what experiments do to it), `lake` (how its analytics is read) and `proofs`
(what happens without its guardrails, a module each).
"""

import importlib
import pkgutil
from collections.abc import Sequence
from types import ModuleType


class PlatformFolderError(Exception):
    """A platform's folder that can't be used; the message names it, its part, and what is wrong."""


def platform_names() -> Sequence[str]:
    """The platforms that have a folder here."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)


def load_part(platform: str, part: str) -> ModuleType:
    """A part of a platform's folder; `proofs`, or `proofs.api_timeout`.

    Raises:
        PlatformFolderError: there is no such platform, it lacks the part, or the part fails when it is imported.
    """
    if platform not in platform_names():
        msg = f"there is no platform '{platform}' in trials/platforms; there are: {', '.join(platform_names())}"
        raise PlatformFolderError(msg)
    name = f"{__name__}.{platform}.{part}"
    try:
        return importlib.import_module(name)
    except Exception as error:  # whatever a folder raises: it is named, and the others work
        if isinstance(error, ModuleNotFoundError) and error.name == name:
            msg = f"trials/platforms/{platform} lacks its part '{part}'"
        else:
            msg = f"trials/platforms/{platform}: its part '{part}' can't be imported: {type(error).__name__}: {error}"
        raise PlatformFolderError(msg) from error
