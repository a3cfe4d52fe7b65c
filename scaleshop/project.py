"""Where the project is, and what its stack files say."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scaleshop.errors import CommandError, Exit

# As Pulumi's own: https://www.pulumi.com/docs/iac/concepts/stacks/#create-a-stack. No path leads out of a directory.
STACK_NAME = re.compile(r"(?!\.)[A-Za-z0-9_.-]{1,100}")
ARCHITECTURE_KEY, SETTINGS_KEY = "scaleshop:architecture", "scaleshop:settings"


@dataclass(frozen=True, slots=True)
class Project:
    """A directory with a Pulumi.yaml."""

    root: Path
    name: str
    program: Path
    config_dir: Path

    @property
    def run_dir(self) -> Path:
        """Where state, logs and processes of the sandbox are kept."""
        return self.root / ".scaleshop"

    def config(self, stack: str) -> dict[str, str]:
        """The stack's configuration as Pulumi hands it to a program: strings, JSON text for objects.

        Raises:
            CommandError: there is no such stack, or its file is not a YAML mapping.
        """
        path = self.settings_file(stack)
        if not path.is_file():
            known = ", ".join(sorted(p.name[7:-5] for p in self.config_dir.glob("Pulumi.*.yaml"))) or "none"
            msg = f"Stack '{stack}': {path.relative_to(self.root)} does not exist. Known stacks: {known}."
            raise CommandError(msg, Exit.USAGE)
        values = _mapping(path).get("config") or {}
        if not isinstance(values, dict):
            msg = f"{path}: 'config' must be a mapping of keys to values; correct the file."
            raise CommandError(msg, Exit.USAGE)
        return {str(key): value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}

    def settings_file(self, stack: str) -> Path:
        """Where a stack's configuration is."""
        return self.config_dir / f"Pulumi.{stack}.yaml"


def find(start: Path | None = None) -> Project:
    """The project around `start` (default: the working directory), else the one this package lies in.

    Raises:
        CommandError: neither has a Pulumi.yaml.
    """
    here = (start or Path.cwd()).resolve()
    package = Path(__file__).resolve().parents[1]
    for directory in (here, *here.parents, package):
        path = directory / "Pulumi.yaml"
        if not path.is_file():
            continue
        values = _mapping(path)
        if values.get("name") == "scaleshop":
            return Project(
                root=directory,
                name="scaleshop",
                program=directory / values.get("main", "."),
                config_dir=directory / values.get("stackConfigDir", "."),
            )
    msg = f"No scaleshop project around {here}: change to the directory with its Pulumi.yaml."
    raise CommandError(msg, Exit.USAGE)


def check_stack_name(stack: str) -> None:
    """Refuse what is no stack's name.

    Raises:
        CommandError: it is none.
    """
    if not STACK_NAME.fullmatch(stack):
        msg = f"--stack is '{stack}'; a stack's name has 1 to 100 letters, digits, dots, dashes and underscores."
        raise CommandError(msg, Exit.USAGE)


def _mapping(path: Path) -> Mapping[str, Any]:
    import yaml  # noqa: PLC0415 - keeps `--help` fast

    try:
        values = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        msg = f"{path} is not readable YAML: {error}. Correct the file."
        raise CommandError(msg, Exit.USAGE) from None
    if not isinstance(values, dict):
        msg = f"{path} must be a YAML mapping; correct the file."
        raise CommandError(msg, Exit.USAGE)
    return values
