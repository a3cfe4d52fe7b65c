"""Where the project is, and what its stack files say."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from scaleshop.errors import CommandError, Exit

ARCHITECTURES = ("aws",)
# As Pulumi's own: https://www.pulumi.com/docs/iac/concepts/stacks/#create-a-stack. No path leads out of a directory.
STACK_NAME = re.compile(r"(?!\.)[A-Za-z0-9_.-]{1,100}")
# In the place of secrets, which only the Pulumi CLI can open, where a program is run for its graph alone.
PLACEHOLDERS: Mapping[str, str] = MappingProxyType({"scaleshop:originVerify": '["drawn", "not used"]'})


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
        path = self.config_dir / f"Pulumi.{stack}.yaml"
        if not path.is_file():
            known = ", ".join(sorted(p.name[7:-5] for p in self.config_dir.glob("Pulumi.*.yaml"))) or "none"
            msg = f"Stack '{stack}': {path.relative_to(self.root)} does not exist. Known stacks: {known}."
            raise CommandError(msg, Exit.USAGE)
        values = _mapping(path).get("config") or {}
        if not isinstance(values, dict):
            msg = f"{path}: 'config' must be a mapping of keys to values; correct the file."
            raise CommandError(msg, Exit.USAGE)
        return {str(key): value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}

    def account_concurrency(self, stack: str) -> int | None:
        """The Lambda quota that the stack's settings state, None where they state none.

        Settings that are not as they should be state none either: the program names what is wrong with them.
        """
        try:
            stated = json.loads(self.config(stack).get("scaleshop:settings") or "{}")["sizing"]["account_concurrency"]
        except (ValueError, KeyError, TypeError):
            return None
        return stated if isinstance(stated, int) and stated > 0 else None


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


def stack_name(architecture: str, stack: str | None) -> str:
    """The stack to work on: the named one, else the architecture's development stack.

    Raises:
        CommandError: the architecture is unknown, or the name is none.
    """
    if stack:
        if not STACK_NAME.fullmatch(stack):
            msg = f"--stack is '{stack}'; a stack's name has 1 to 100 letters, digits, dots, dashes and underscores."
            raise CommandError(msg, Exit.USAGE)
        return stack
    if architecture not in ARCHITECTURES:
        msg = f"Unknown architecture '{architecture}'; known: {', '.join(ARCHITECTURES)}."
        raise CommandError(msg, Exit.USAGE)
    return f"{architecture}-dev"


def _mapping(path: Path) -> Mapping[str, Any]:
    try:
        values = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        msg = f"{path} is not readable YAML: {error}. Correct the file."
        raise CommandError(msg, Exit.USAGE) from None
    if not isinstance(values, dict):
        msg = f"{path} must be a YAML mapping; correct the file."
        raise CommandError(msg, Exit.USAGE)
    return values
