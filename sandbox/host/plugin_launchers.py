"""Launchers: programs that the Pulumi CLI takes for provider plugins; they print where the sandbox serves the package.

The CLI starts `pulumi-resource-<package>` from PATH, reads one line with the port, and connects. It ends a plugin with
an interrupt; one whose CLI was killed sees its standard input end. Both end a launcher, so none is left behind.
The port travels in a variable of that one CLI process: launchers of several commands share a directory.
https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/plugin.go
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

LAUNCHER = """\
#!/bin/sh
echo "${{{variable}:?only scaleshop starts this, with the port of the sandbox provider}}"
exec cat
"""
MODE = 0o700


def write(directory: Path, packages: Iterable[str]) -> Path:
    """Write a launcher of each package into a directory of mode 0700, which goes on the PATH of the CLI alone."""
    directory.mkdir(parents=True, exist_ok=True, mode=MODE)
    for package in packages:
        path = directory / f"pulumi-resource-{package}"
        text = LAUNCHER.format(variable=_variable(package))
        if not path.exists() or path.read_text() != text:
            new = path.with_name(f".{path.name}.new")
            new.write_text(text)
            new.chmod(MODE)
            new.replace(path)
    return directory


def variables(ports: Mapping[str, int]) -> dict[str, str]:
    """The environment variables that launchers read: each package's port."""
    return {_variable(package): str(port) for package, port in ports.items()}


def _variable(package: str) -> str:
    return f"SCALESHOP_{package.upper().replace('-', '_')}_PROVIDER_PORT"
