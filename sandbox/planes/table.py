"""All data planes: pinned packages, command, environment, readiness."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from sandbox.planes.aws.functions import launch

HERE = Path(__file__).parent
# The account and region that a plane without credentials of its own serves.
AWS_ACCOUNT = "000000000000"
AWS_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a started plane lives."""

    port: int
    directory: Path
    """Its own directory: `data`, `tmp` and the log are in it."""
    companions: Mapping[str, int] = field(default_factory=dict)
    """Ports of the processes beside it, by name."""


@dataclass(frozen=True, slots=True)
class Companion:
    """A process beside a plane, which starts after it and ends before it."""

    name: str
    pins: Path
    """Every package of an environment for it, with versions."""
    command: Callable[[Path, Place], Sequence[str]]
    """All words, for that environment's interpreter and the plane's place."""
    environment: Callable[[Path], Mapping[str, str]]
    """All its variables, for its directory."""
    health: str
    """Path that answers 200 when it serves."""


@dataclass(frozen=True, slots=True)
class Plane:
    """A data plane: an emulator of a cloud's services, run as a process of its own."""

    name: str
    version: str
    pins: Path
    """Every package of its environment, with versions."""
    command: tuple[str, ...]
    """Program in the environment's `bin` or by its whole path, and arguments."""
    environment: Callable[[Place], Mapping[str, str]]
    """All its variables: nothing of the caller's leaks in."""
    health: str
    """Path that answers 200 when it serves."""
    port_taken: str = ""
    """What its log says when the port is another's; a free one is tried then."""
    unsaved: str = ""
    """What its log says when it ends and could not write its snapshot."""
    unread: str = ""
    """What its log says when it starts and could not read its snapshot."""
    companions: tuple[Companion, ...] = ()
    start_seconds: float = 60
    stop_seconds: float = 20


def _aws(place: Place) -> Mapping[str, str]:
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


def _functions(python: Path, place: Place) -> Sequence[str]:
    return launch.command(
        python=python,
        port=place.companions["functions"],
        emulator=f"http://127.0.0.1:{place.port}",
        directory=place.directory / "functions",
    )


# The runtime client's transport has wheels for Linux alone; elsewhere functions run in the emulator's executor.
_AWS_COMPANIONS = (
    (Companion("functions", launch.PINS, _functions, launch.variables, launch.HEALTH),)
    if sys.platform == "linux"
    else ()
)


PLANES: Mapping[str, Plane] = MappingProxyType(
    {
        "aws": Plane(
            name="aws",
            version="ministack 1.5.33",
            pins=HERE / "aws.lock.txt",
            command=(str(HERE / "aws" / "inside" / "__main__.py"),),
            environment=_aws,
            health="/_ministack/health",
            port_taken="is already in use",
            unsaved="Persistence: failed to save",
            unread="Persistence: failed to load",
            companions=_AWS_COMPANIONS,
        )
    }
)
