"""What this package is: its own version, and the pinned version of the emulator."""

import functools
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

NAME = "scaleshop-aws-emulator"
# Beside the sources in a checkout; an installed package has the same in its metadata.
_PROJECT = Path(__file__).parents[2] / "pyproject.toml"


@functools.cache
def read_version() -> str:
    """The version of this package."""
    project = _read_project()
    return str(project["version"]) if project else metadata.version(NAME)


@functools.cache
def read_emulator_version() -> str:
    """The emulator that the supplements are written for: its name and version."""
    project = _read_project()
    pins = project["optional-dependencies"]["emulator"] if project else metadata.requires(NAME) or []
    (pin,) = (str(found) for found in pins if str(found).startswith("ministack=="))
    return f"ministack {pin.partition('==')[2].partition(';')[0].strip()}"


def _read_project() -> dict[str, Any]:
    """The `project` table of a checkout's pyproject.toml; empty for an installed package."""
    if not _PROJECT.is_file():
        return {}
    found: dict[str, Any] = tomllib.loads(_PROJECT.read_text()).get("project", {})
    return found if found.get("name") == NAME else {}
