"""API clients of the AWS data plane, made at first use; and what its errors mean."""

import threading
from collections.abc import Callable
from typing import Any

from sandbox.aws.plane import AWS_ACCOUNT

ANSWER_SECONDS = 60
# Settings of botocore that come from the user's files and variables.
USERS_OWN = ("profile", "config_file", "credentials_file", "ca_bundle")
# Error codes of the services for a thing that is not there.
GONE = frozenset(
    {
        "404",
        "AWS.SimpleQueueService.NonExistentQueue",
        "DashboardNotFoundError",
        "EntityNotFoundException",
        "NoSuchBucket",
        "NoSuchBucketPolicy",
        "NoSuchDistribution",
        "NoSuchEntity",
        "NoSuchKey",
        "NoSuchLifecycleConfiguration",
        "NoSuchOriginAccessControl",
        "NoSuchPublicAccessBlockConfiguration",
        "NoSuchResponseHeadersPolicy",
        "NotFound",
        "NotFoundException",
        "OwnershipControlsNotFoundError",
        "ParameterNotFound",
        "ProvisionedConcurrencyConfigNotFoundException",
        "QueueDoesNotExist",
        "ResourceNotFound",
        "ResourceNotFoundException",
        "ServerSideEncryptionConfigurationNotFoundError",
        "WAFNonexistentItemException",
    }
)


class PlaneError(RuntimeError):
    """A call that the data plane refused or did not answer."""


class Clients:
    """Clients of one region by service: `clients.sqs` is that of SQS."""

    def __init__(self, endpoint: Callable[[], str | None], region: str) -> None:
        self._endpoint, self.region, self.account = endpoint, region, AWS_ACCOUNT
        self._made: dict[str, Any] = {}
        self._session: Any = None
        self._lock = threading.Lock()

    @property
    def endpoint(self) -> str:
        """The URL at which the plane serves.

        Raises:
            PlaneError: it does not run.
        """
        found = self._endpoint()
        if found is None:
            msg = "the AWS data plane is not running; `scaleshop up` starts it"
            raise PlaneError(msg)
        return found

    def __getattr__(self, service: str) -> Any:
        if service.startswith("__"):
            raise AttributeError(service)
        with self._lock:
            if service not in self._made:
                self._made[service] = self._make(service.rstrip("_"))
            return self._made[service]

    def _make(self, service: str) -> Any:
        # Imported here: a preview validates and compares without it, and it costs a third of a second.
        from botocore.config import Config  # noqa: PLC0415

        if self._session is None:
            self._session = _session()
        return self._session.client(
            service,
            endpoint_url=self.endpoint,
            region_name=self.region,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - the emulator's root, on loopback
            config=Config(
                retries={"max_attempts": 2, "mode": "standard"},
                connect_timeout=5,
                read_timeout=ANSWER_SECONDS,
                max_pool_connections=32,
                proxies={},
                s3={"addressing_style": "path"},
            ),
        )


def _session() -> Any:
    """A session that reads none of the user's profiles and files, which are for AWS."""
    import boto3  # noqa: PLC0415
    import botocore.session  # noqa: PLC0415

    unset: Any = dict.fromkeys(USERS_OWN, (None, None, None, None))
    return boto3.session.Session(botocore_session=botocore.session.Session(session_vars=unset))


def is_gone(error: Exception) -> bool:
    """Whether an error says that the thing is not there."""
    return error_code(error) in GONE


def error_code(error: Exception) -> str:
    """The service's error code, empty for other errors."""
    response = getattr(error, "response", None)
    return str(response["Error"].get("Code", "")) if isinstance(response, dict) and "Error" in response else ""


def explain_error(error: Exception, endpoint: str | None) -> Exception:
    """The error as the user should see it: a plane that does not answer is named as such."""
    silent = ("EndpointConnectionError", "ConnectionClosedError", "ConnectTimeoutError", "ReadTimeoutError")
    if type(error).__name__ in silent:
        return PlaneError(
            f"the AWS data plane at {endpoint} does not answer; `scaleshop status` shows its log, `scaleshop up` "
            "starts it again and rebuilds what was lost"
        )
    return error
