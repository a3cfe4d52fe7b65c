"""A deployed shop as the commands reach it: by the stack's outputs, with the operator's own credentials."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scaleshop.errors import CommandError, Exit
from scaleshop.session import Session

# Longer than any function's timeout here, so that the function is the one that answers.
ANSWER_SECONDS = 60


@dataclass(frozen=True)
class Deployment:
    """The outputs of a stack that is up, and API clients for what they name."""

    session: Session
    outputs: Mapping[str, Any]

    @property
    def api_url(self) -> str:
        """Where the HTTP API answers."""
        return str(self.outputs["apiUrl"])

    @property
    def storefront_url(self) -> str:
        """Where browsers go; the sandbox's address is one that every browser resolves."""
        url = str(self.outputs["storefrontUrl"])
        if self.session.target != "sandbox":
            return url
        distribution = url.removeprefix("https://").split(".")[0]
        return f"{self._endpoint()}/_aws/cloudfront/{distribution}/"

    def client(self, service: str) -> Any:
        """An AWS client: the data plane's in the sandbox, the operator's account otherwise.

        Raises:
            CommandError: the data plane does not run.
        """
        region = str(self.outputs["region"])
        if self.session.target == "sandbox":
            from sandbox.aws.clients import Clients  # noqa: PLC0415 - a third of a second, as below

            self._endpoint()
            return getattr(Clients(self.session.endpoint, region), service)
        import boto3  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415

        config = Config(connect_timeout=5, read_timeout=ANSWER_SECONDS, retries={"max_attempts": 2})
        return boto3.client(service, region_name=region, config=config)

    def operate(self, action: str, **arguments: Any) -> dict[str, Any]:
        """Carry out an operator's action through the `ops` function.

        Raises:
            CommandError: it was refused, or the function failed.
        """
        payload = json.dumps({"action": action, **arguments})
        try:
            answer = self.client("lambda").invoke(FunctionName=self.outputs["opsFunctionName"], Payload=payload)
            found = json.loads(answer["Payload"].read())
        except CommandError:
            raise
        except Exception as error:  # whatever the SDK raises: no credentials, no rights, no answer
            msg = f"ops {action}: {error}"
            raise CommandError(msg, Exit.FAILED) from error
        if answer.get("FunctionError"):
            msg = f"ops {action} failed: {found.get('errorMessage', found)}; see `scaleshop logs ops`."
            raise CommandError(msg, Exit.FAILED)
        if "problem" in found:
            msg = f"ops {action}: {found['problem']['detail']}"
            raise CommandError(msg, Exit.USAGE)
        return found

    def _endpoint(self) -> str:
        endpoint = self.session.endpoint()
        if endpoint is None:
            raise CommandError(self.session.not_running(), Exit.ENVIRONMENT)
        return endpoint


def deployed(session: Session) -> Deployment:
    """The deployment behind a session.

    Raises:
        CommandError: the stack is not up, its data plane does not run as a whole, or it holds another world.
    """
    outputs = session.runner().outputs()
    if "apiUrl" not in outputs:
        msg = f"Stack '{session.stack}' is not up; run `scaleshop up --stack {session.stack}` first."
        raise CommandError(msg, Exit.FAILED)
    found = Deployment(session, outputs)
    if session.target == "sandbox":
        session.require_sandbox()
    return found
