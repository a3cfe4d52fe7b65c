"""A deployed shop on AWS: by the stack's outputs, with the operator's own credentials."""

import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Any

from scaleshop.architectures.aws.planes import count_environments, pool_of
from scaleshop.architectures.base import DeployedShop, LogLine
from scaleshop.errors import CommandError, Exit

if TYPE_CHECKING:
    from trials.chaos.platform import Platform
    from trials.lake import Lake

# Longer than any function's timeout here, so that the function is the one that answers.
ANSWER_SECONDS = 60
POLL_SECONDS = 1.0
THROTTLED = frozenset({"TooManyRequestsException", "ThrottlingException"})


class AwsShop(DeployedShop):
    """The outputs of a stack that is up, and API clients for what they name."""

    @property
    def storefront_url(self) -> str:
        """CloudFront's address; the sandbox's is one that every browser resolves."""
        url = str(self.outputs["storefrontUrl"])
        if self.session.target != "sandbox":
            return url
        distribution = url.removeprefix("https://").split(".")[0]
        return f"{self.session.require_endpoint('aws')}/_aws/cloudfront/{distribution}/"

    def client(self, service: str) -> Any:
        """A client: the data plane's in the sandbox, the operator's account otherwise.

        Raises:
            CommandError: the data plane does not run.
        """
        if self.session.target == "sandbox":
            self.session.require_endpoint("aws")
        return self._clients(service)

    @cached_property
    def _clients(self) -> Callable[[str], Any]:
        """One client a service: making one reads megabytes of JSON, a fifth of a second for each call of a trial."""
        region = str(self.outputs["region"])
        if self.session.target == "sandbox":
            from sandbox.aws.clients import Clients  # noqa: PLC0415 - a third of a second, as below

            return partial(getattr, Clients(lambda: self.session.endpoint("aws"), region))
        import boto3  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415

        config = Config(connect_timeout=5, read_timeout=ANSWER_SECONDS, retries={"max_attempts": 2})
        return cache(partial(boto3.client, region_name=region, config=config))

    def operate(self, action: str, **arguments: Any) -> dict[str, Any]:
        """Invoke the `ops` function; see `DeployedShop`."""
        from trials.operators import BusyError  # noqa: PLC0415 - loads an HTTP client

        payload = json.dumps({"action": action, **arguments})
        try:
            answer = self.client("lambda").invoke(FunctionName=self.outputs["opsFunctionName"], Payload=payload)
            result = json.loads(answer["Payload"].read())
        except CommandError:
            raise
        except Exception as error:  # whatever the SDK raises: no credentials, no rights, no answer
            msg = f"ops {action}: {error}"
            if getattr(error, "response", {}).get("Error", {}).get("Code") in THROTTLED:
                raise BusyError(msg) from error
            raise CommandError(msg, Exit.FAILED) from error
        if answer.get("FunctionError"):
            msg = f"ops {action} failed: {result.get('errorMessage', result)}; see `scaleshop logs ops`."
            raise CommandError(msg, Exit.FAILED)
        if "problem" in result:
            msg = f"ops {action}: {result['problem']['detail']}"
            raise CommandError(msg, Exit.USAGE)
        return result

    @property
    def units(self) -> Collection[str]:
        """The functions."""
        return self.outputs["logGroups"].keys()

    def read_logs(self, units: Sequence[str], since: int, *, follow: bool) -> Iterator[LogLine]:
        """Events of the functions' log groups; see `DeployedShop`."""
        client = self.client("logs")
        groups = [_LogGroup(client, unit, self.outputs["logGroups"][unit], since) for unit in units]
        while True:
            yield from sorted((line for group in groups for line in group.read_new()), key=lambda line: line.timestamp)
            if not follow:
                return
            time.sleep(POLL_SECONDS)

    def analytics(self) -> "Lake | None":
        """The lake in S3, where the stack's outputs name one."""
        from trials.platforms.aws.lake import s3_lake  # noqa: PLC0415 - loads an HTTP client

        about = self.outputs.get("lake")
        if about is None:
            return None
        return s3_lake(self.client("s3"), str(about["bucketName"]), float(about["bufferSeconds"]))

    def platform(self) -> "Platform":
        """What experiments may do; in the sandbox faults and kills too."""
        from trials.platforms.aws.chaos import AwsPlatform  # noqa: PLC0415 - loads an HTTP client
        from trials.platforms.aws.faults import SandboxFaults  # noqa: PLC0415

        faults = None
        if self.session.target == "sandbox":
            pool = pool_of(self.session.planes[0])
            if pool is None:
                msg = "Experiments kill functions' workers, and functions do not run in a process of their own here."
                raise CommandError(msg, Exit.ENVIRONMENT)
            faults = SandboxFaults(f"{self.session.require_endpoint('aws')}/_sandbox/faults", pool)
        return AwsPlatform(self.outputs, self.client, self.operate, faults)

    def count_workers(self) -> int | None:
        """How many execution environments there are; only the sandbox says."""
        return count_environments(self.session.planes[0]) if self.session.target == "sandbox" else None


class _LogGroup:
    """A function's log group, read from where it was read last."""

    def __init__(self, client: Any, unit: str, group: str, since: int) -> None:
        self._client, self._unit, self._group, self._since = client, unit, group, since
        self._seen: set[str] = set()
        """Events of the last millisecond that were returned."""

    def read_new(self) -> list[LogLine]:
        """Events that were not returned before."""
        try:
            pages = self._client.get_paginator("filter_log_events").paginate(
                logGroupName=self._group, startTime=self._since
            )
            events = [event for page in pages for event in page["events"]]
        except self._client.exceptions.ResourceNotFoundException:
            return []
        new = [event for event in events if _identify(event) not in self._seen]
        if new:
            self._since = max(event["timestamp"] for event in new)
            self._seen = {_identify(event) for event in events if event["timestamp"] >= self._since}
        return [LogLine(self._unit, event["timestamp"], event["message"].rstrip()) for event in new]


def _identify(event: Mapping[str, Any]) -> str:
    # The emulator gives events no id.
    return event.get("eventId") or f"{event['logStreamName']} {event['timestamp']} {event['message']}"
