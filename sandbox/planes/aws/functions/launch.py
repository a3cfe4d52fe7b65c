"""How the host starts the functions' process."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import sandbox.planes

_PLANES = Path(sandbox.planes.__file__).parent
PINS = _PLANES / "aws-functions.lock.txt"
"""Packages of the functions' environment: the runtime client and the AWS SDK, as on AWS, and nothing else."""
HEALTH = "/health"


def command(*, python: Path, port: int, emulator: str, directory: Path) -> list[str]:
    """The functions' process.

    Args:
        python: The interpreter of the environment made from `PINS`.
        port: On 127.0.0.1.
        emulator: Its address.
        directory: Where code, homes and temporary files of functions are kept.
    """
    return [
        *(sys.executable, "-m", "sandbox.planes.aws.functions"),
        *("--port", str(port), "--emulator", emulator),
        *("--directory", str(directory), "--python", str(python)),
    ]


def variables(temporary: Path) -> Mapping[str, str]:
    """All variables of the functions' process."""
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "HOME": str(temporary),
        "TMPDIR": str(temporary),
        "PYTHONPATH": str(_PLANES.parents[1]),
    }
