"""The AWS data plane: the emulator, and the process of its functions beside it."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.aws.emulator import COMMAND, SOURCES, locked_extra, version
from sandbox.host.plane import Companion, Plane, PlaneLocation

# The account and region that a plane without credentials of its own serves.
AWS_ACCOUNT = "000000000000"
AWS_REGION = "us-east-1"
FUNCTIONS = "functions"


def serve_command(location: PlaneLocation) -> Sequence[str]:
    """The emulator's command; its own executor runs functions where no process beside it does."""
    beside = location.companions.get(FUNCTIONS)
    return [
        *(str(location.python), "-P", *COMMAND, "serve", "--port", str(location.port)),
        *("--state-directory", str(location.directory / "data"), "--account", AWS_ACCOUNT, "--region", AWS_REGION),
        *(("--functions", f"http://127.0.0.1:{beside}") if beside else ()),
    ]


def functions_command(python: Path, location: PlaneLocation) -> Sequence[str]:
    """The command of the functions' process, which runs in the emulator's environment and starts workers in its own."""
    return [
        *(str(location.python), "-P", *COMMAND, "functions", "--port", str(location.companions[FUNCTIONS])),
        *("--emulator", f"http://127.0.0.1:{location.port}", "--region", AWS_REGION),
        *("--directory", str(location.directory / FUNCTIONS), "--python", str(python)),
    ]


def _functions_variables(temporary: Path) -> Mapping[str, str]:
    places = {"HOME": str(temporary), "TMPDIR": str(temporary), "PYTHONPATH": str(SOURCES)}
    return {"PATH": os.defpath, "LANG": "C.UTF-8", **places}


# The runtime client's transport has wheels for Linux alone; elsewhere functions run in the emulator's executor.
_COMPANIONS = (
    (Companion(FUNCTIONS, locked_extra("functions"), functions_command, _functions_variables, "/health"),)
    if sys.platform == "linux"
    else ()
)


PLANE = Plane(
    name="aws",
    version=version(),
    pins=locked_extra("emulator"),
    command=serve_command,
    environment=lambda _: {"PYTHONPATH": str(SOURCES)},
    health="/_ministack/health",
    port_taken="is already in use",
    unsaved="Persistence: failed to save",
    unread="Persistence: failed to load",
    companions=_COMPANIONS,
)
