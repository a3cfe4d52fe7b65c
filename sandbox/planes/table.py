"""All data planes: pinned packages, command, environment, readiness."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

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


@dataclass(frozen=True, slots=True)
class Plane:
    """A data plane: an emulator of a cloud's services, run as a process of its own."""

    name: str
    version: str
    pins: Path
    """Every package of its environment, with versions."""
    command: tuple[str, ...]
    """Program in the environment's `bin`, and arguments."""
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
    }


PLANES: Mapping[str, Plane] = MappingProxyType(
    {
        "aws": Plane(
            name="aws",
            version="ministack 1.5.33",
            pins=HERE / "aws.lock.txt",
            command=("ministack",),
            environment=_aws,
            health="/_ministack/health",
            port_taken="is already in use",
            unsaved="Persistence: failed to save",
            unread="Persistence: failed to load",
        )
    }
)
