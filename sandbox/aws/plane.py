"""The AWS data plane: the emulator, and the process of its functions beside it."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.host.plane import Companion, Plane, PlaneLocation
from sandbox.planes.aws.functions import launch

PLANES = Path(__file__).parents[1] / "planes"
# The account and region that a plane without credentials of its own serves.
AWS_ACCOUNT = "000000000000"
AWS_REGION = "us-east-1"


def _environment(place: PlaneLocation) -> Mapping[str, str]:
    data = place.directory / "data"
    return {
        "BIND_HOST": "127.0.0.1",  # its default is every interface
        "GATEWAY_PORT": str(place.port),
        "EDGE_PORT": str(place.port),
        "MINISTACK_HOST": "localhost",  # distributions answer to <label>.cloudfront.<this>
        "MINISTACK_REGION": AWS_REGION,
        "MINISTACK_ACCOUNT_ID": AWS_ACCOUNT,
        "AWS_DEFAULT_REGION": AWS_REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",  # the emulator's own root, on loopback
        "AUTH": "true",  # identity policies are enforced, and a function has no rights but its role's
        # Two more listeners that nothing here uses.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # State is written on SIGTERM and read on start.
        "PERSIST_STATE": "1",
        "STATE_DIR": str(data / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(data / "s3"),
        "LAMBDA_EXECUTOR": "local",
        "LOG_LEVEL": "INFO",
        # The supplements; without a process for functions the emulator's own executor is left in place.
        "SANDBOX_STATE_DIR": str(data / "supplements"),
        **(
            {"SANDBOX_FUNCTIONS_URL": f"http://127.0.0.1:{place.companions['functions']}"}
            if "functions" in place.companions
            else {"SANDBOX_WITHOUT": "functions"}
        ),
    }


def _functions(python: Path, place: PlaneLocation) -> Sequence[str]:
    return launch.command(
        python=python,
        port=place.companions["functions"],
        emulator=f"http://127.0.0.1:{place.port}",
        directory=place.directory / "functions",
    )


# The runtime client's transport has wheels for Linux alone; elsewhere functions run in the emulator's executor.
_COMPANIONS = (
    (Companion("functions", launch.PINS, _functions, launch.variables, launch.HEALTH),)
    if sys.platform == "linux"
    else ()
)


PLANE = Plane(
    name="aws",
    version="ministack 1.5.33",
    pins=PLANES / "aws.lock.txt",
    command=(str(PLANES / "aws" / "inside" / "__main__.py"),),
    environment=_environment,
    health="/_ministack/health",
    port_taken="is already in use",
    unsaved="Persistence: failed to save",
    unread="Persistence: failed to load",
    companions=_COMPANIONS,
)
