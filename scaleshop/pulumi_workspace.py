"""Where the CLI works: beside the sandbox with a backend of its own, or in the project with the user's."""

import json
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import psutil
import yaml

from sandbox.host import plugin_launchers
from sandbox.host.files import make_private_directories, write_whole
from scaleshop.errors import CommandError, Exit
from scaleshop.project import Project
from scaleshop.pulumi_cli import PulumiProcess

# Pulumi's settings and the clouds' credentials of the caller's shell have no business in a sandbox; each architecture
# names those of its own cloud.
FOREIGN = ("PULUMI_", "AZURE_", "ARM_", "GOOGLE_", "GCLOUD_", "CLOUDSDK_", "KUBE")


def directory(project: Project) -> Path:
    """Everything that the CLI keeps for the sandbox."""
    return project.run_dir / "pulumi"


def checkpoint(project: Project, stack: str) -> Path:
    """Where the CLI's file backend keeps a stack."""
    return directory(project) / "backend" / ".pulumi" / "stacks" / project.name / f"{stack}.json"


def lock(project: Project, stack: str) -> Literal["free", "taken", "lost"]:
    """The file backend's own lock on a stack; `lost` when the processes of this host that took it are gone."""
    locks = directory(project) / "backend" / ".pulumi" / "locks" / "organization" / project.name / stack
    holders = [json.loads(path.read_text("utf-8")) for path in locks.glob("*.json")]
    if not holders:
        return "free"
    gone = all(h["hostname"] == socket.gethostname() and not _runs(h["pid"]) for h in holders)
    return "lost" if gone else "taken"


def sandbox(
    project: Project, stack: str, salt: str | None, ports: Mapping[str, int], credentials: tuple[str, ...] = ()
) -> PulumiProcess:
    """The CLI on the sandbox: file backend, home, passphrase and plugins under the run directory.

    Its project file is the real one with another place for settings, because the CLI writes the stack's salt into them,
    and with this interpreter, so that nothing is installed before a run.

    Args:
        project: The project.
        stack: The stack whose settings are copied.
        salt: The salt of the state that is taken over; None keeps the last one.
        ports: Where the sandbox serves provider packages.
        credentials: How names of variables begin that hold the credentials of the stack's cloud.

    Raises:
        CommandError: a setting is encrypted for the user's own backend.
    """
    home = directory(project)
    make_private_directories(home, home / "backend", home / "home", home / "config")
    described = _yaml(project.root / "Pulumi.yaml")
    runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": sys.prefix}}
    ours = {**described, "main": str(project.program), "stackConfigDir": "config", "runtime": runtime}
    write_whole(home / "Pulumi.yaml", yaml.safe_dump(ours, sort_keys=False))
    _copy_settings(project, stack, salt)
    plugins = plugin_launchers.write(home / "plugins", ports)
    kept = {name: value for name, value in os.environ.items() if not name.startswith((*FOREIGN, *credentials))}
    environment = {
        **kept,
        **plugin_launchers.variables(ports),
        "PATH": os.pathsep.join([str(plugins), str(Path(sys.executable).parent), kept.get("PATH", os.defpath)]),
        "PULUMI_BACKEND_URL": (home / "backend").as_uri(),
        "PULUMI_HOME": str(home / "home"),
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(project.run_dir / "passphrase"),
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    return PulumiProcess(home, environment)


def cloud(project: Project) -> PulumiProcess:
    """The CLI as the user would run it here: own login, backend, plugins and credentials."""
    tools = str(Path(sys.executable).parent)  # Pulumi.yaml names uv, which is there
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([tools, os.environ.get("PATH", os.defpath)]),
        "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    return PulumiProcess(project.root, environment)


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).name().startswith("pulumi")
    except psutil.NoSuchProcess:
        return False


def _copy_settings(project: Project, stack: str, salt: str | None) -> None:
    settings = _yaml(project.config_dir / f"Pulumi.{stack}.yaml").get("config") or {}
    sealed = sorted(key for key, value in settings.items() if isinstance(value, dict) and "secure" in value)
    if sealed:
        msg = (
            f"Stack '{stack}': {', '.join(sealed)} is encrypted for your own backend, which the sandbox does not open; "
            "use a stack without it, or `--target cloud`."
        )
        raise CommandError(msg, Exit.USAGE)
    path = directory(project) / "config" / f"Pulumi.{stack}.yaml"
    last = _yaml(path).get("encryptionsalt") if path.exists() else None
    kept = salt or last
    document = {"config": settings, **({"encryptionsalt": kept} if kept else {})}
    write_whole(path, yaml.safe_dump(document, sort_keys=False))


def _yaml(path: Path) -> dict[str, Any]:
    found = yaml.safe_load(path.read_text("utf-8"))
    return found if isinstance(found, dict) else {}
