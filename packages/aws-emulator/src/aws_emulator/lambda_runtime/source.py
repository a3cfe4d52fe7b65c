"""What the emulator knows of functions.

Configuration, code, layers, credentials, provisioned concurrency, and what their roles may do.
"""

import asyncio
import http.client
import json
import random
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from aws_emulator.lambda_runtime.archives import Archives
from aws_emulator.lambda_runtime.errors import FunctionsError, NoSuchFunctionError, UnknownRevisionError
from aws_emulator.lambda_runtime.model import LATEST, Credentials, Function, find_qualifier, parse_function
from aws_emulator.lambda_runtime.variables import build_account_credentials, select_credentials

# So many revisions are remembered; one that was forgotten is introduced again.
REVISIONS = 1000
SECONDS = 30
# The caller's proxy settings do not concern an address of this machine.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
CHECK_SECONDS = 10
LAMBDA_PRINCIPAL = "lambda.amazonaws.com"


def create_emulator_client(service: str, *, endpoint: str, region: str) -> Any:
    """An API client of the emulator as its root, which reads none of the user's profiles, files and proxies."""
    import boto3  # noqa: PLC0415 - costs a third of a second
    import botocore.session  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    unset: Any = dict.fromkeys(("profile", "config_file", "credentials_file", "ca_bundle"), (None, None, None, None))
    session = boto3.session.Session(botocore_session=botocore.session.Session(session_vars=unset))
    return session.client(
        service,
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - the emulator's root, on loopback
        config=Config(
            retries={"max_attempts": 2, "mode": "standard"},
            connect_timeout=5,
            read_timeout=60,
            max_pool_connections=32,
            proxies={},
        ),
    )


class FunctionSource:
    """The emulator's Lambda API, and what its adapter introduces."""

    def __init__(self, client: Any, emulator: str, archives: Archives) -> None:
        """Ask for nothing yet.

        Args:
            client: Of Lambda's API.
            emulator: The emulator's address.
            archives: Where unpacked code is kept.
        """
        self._lambda, self._emulator, self._archives = client, emulator, archives
        self._introduced: dict[tuple[str, str, str], Function] = {}
        self._credentials: dict[tuple[str, str], Credentials] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def introduce(self, configuration: Mapping[str, Any], credentials: Mapping[str, str], code: bytes) -> None:
        """Take a version's configuration, its role's credentials and its code from the emulator's adapter.

        Raises:
            BadCodeError: the code can't be unpacked.
        """
        function = parse_function(configuration)
        await asyncio.to_thread(self._archives.add, code, function.code)
        while len(self._introduced) >= REVISIONS:
            del self._introduced[next(iter(self._introduced))]
        self._introduced[function.key] = function
        self._credentials[function.arn, function.role] = Credentials(select_credentials(credentials))

    async def find_function(self, arn: str, version: str, revision: str) -> Function:
        """The function that an invocation is for.

        Args:
            arn: As it was called; its qualifier may be an alias, which is resolved by its weights.
            version: The version that the caller has resolved it to, if any.
            revision: The state of that version, if the caller names it; it must have been introduced.

        Raises:
            UnknownRevisionError: the revision has not been introduced.
            NoSuchFunctionError: there is no such function or qualifier.
        """
        base = ":".join(arn.split(":")[:7])
        if revision:
            known = self._introduced.get((base, version, revision))
            if known is None:
                msg = f"revision {revision} of {base}:{version} is not known yet"
                raise UnknownRevisionError(msg)
            return known
        return await asyncio.to_thread(self._fetch_function, base, version or find_qualifier(arn))

    async def find_code(self, function: Function) -> tuple[Path, Path | None]:
        """The directories of a function's code and of its layers; fetched at first use.

        Raises:
            FunctionsError: the emulator does not hand them out, or they can't be unpacked.
        """
        async with self._locks.setdefault(function.arn, asyncio.Lock()):
            return await asyncio.to_thread(self._find_code, function)

    def find_credentials(self, function: Function) -> Credentials:
        """What the emulator has given for the function's role, else the account's own."""
        return self._credentials.get((function.arn, function.role)) or build_account_credentials(function)

    async def list_provisioned(self) -> list[tuple[Function, int]]:
        """Functions with provisioned concurrency, and how much."""
        return await asyncio.to_thread(self._list_provisioned)

    def _fetch_function(self, arn: str, qualifier: str) -> Function:
        name = arn.split(":")[6]
        try:
            if qualifier != LATEST and not qualifier.isdigit():
                qualifier = self._choose_version(name, qualifier)
            return parse_function(self._lambda.get_function_configuration(FunctionName=name, Qualifier=qualifier))
        except Exception as error:
            raise _explain_error(error, f"{arn}:{qualifier}") from error

    def _choose_version(self, name: str, alias: str) -> str:
        found = self._lambda.get_alias(FunctionName=name, Name=alias)
        weights = (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
        left = random.random()  # noqa: S311 - a share of requests, no secret
        for version, weight in weights.items():
            left -= weight
            if left < 0:
                return str(version)
        return str(found["FunctionVersion"])

    def _find_code(self, function: Function) -> tuple[Path, Path | None]:
        code = self._archives.find(function.code)
        if code is None:
            found = self._find_location(function)
            code = self._archives.add(_download(found), function.code)
        if not function.layers:
            return code, None
        return code, self._archives.add_layers(dict(self._find_layer(arn) for arn in function.layers))

    def _find_location(self, function: Function) -> str:
        try:
            found = self._lambda.get_function(FunctionName=function.name, Qualifier=function.version)
        except Exception as error:
            raise _explain_error(error, function.arn) from error
        return self._rewrite_host(found["Code"]["Location"])

    def _find_layer(self, arn: str) -> tuple[str, Callable[[], bytes]]:
        # Asked each time: an emulator that was emptied gives the same ARN to other content.
        try:
            found = self._lambda.get_layer_version_by_arn(Arn=arn)["Content"]
        except Exception as error:
            raise _explain_error(error, arn) from error
        return str(found["CodeSha256"]), lambda: _download(self._rewrite_host(found["Location"]))

    def _rewrite_host(self, location: str) -> str:
        # The emulator writes its public name, which need not resolve here.
        parts = urlsplit(location)
        return f"{self._emulator}{parts.path}?{parts.query}"

    def _list_provisioned(self) -> list[tuple[Function, int]]:
        found: list[tuple[Function, int]] = []
        api = self._lambda
        for page in api.get_paginator("list_functions").paginate():
            for function in page["Functions"]:
                name = function["FunctionName"]
                listed = api.list_provisioned_concurrency_configs(FunctionName=name)
                for config in listed.get("ProvisionedConcurrencyConfigs") or ():
                    count = int(config["RequestedProvisionedConcurrentExecutions"])
                    arn = str(config["FunctionArn"])
                    found.append((self._fetch_function(":".join(arn.split(":")[:7]), find_qualifier(arn)), count))
        return found


def _download(location: str) -> bytes:
    try:
        with DIRECT.open(location, timeout=SECONDS) as answer:
            found: bytes = answer.read()
            return found
    except OSError as error:
        msg = f"the emulator does not hand out {location}: {error}"
        raise FunctionsError(msg) from error


def _explain_error(error: Exception, arn: str) -> FunctionsError:
    if isinstance(error, FunctionsError):
        return error
    response = getattr(error, "response", None)
    if isinstance(response, dict) and response.get("Error", {}).get("Code") == "ResourceNotFoundException":
        return NoSuchFunctionError(f"Function not found: {arn}")
    return FunctionsError(f"the emulator does not answer for {arn}: {error}")


def create_permission_check(emulator: str) -> Callable[[Function, str, str], bool]:
    """A question to the emulator: may the role of a function do this to that resource?

    Everything may be done where the supplement is left out. What is returned raises `OSError` when nobody answers.
    """
    address = urlsplit(emulator)

    def is_allowed(function: Function, action: str, resource: str) -> bool:
        query = urlencode({"role": function.role, "action": action, "resource": resource, "service": LAMBDA_PRINCIPAL})
        connection = http.client.HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=CHECK_SECONDS)
        try:
            connection.request("GET", f"/_sandbox/permissions/check?{query}")
            answer = connection.getresponse()
            found = json.loads(answer.read() or b"{}")
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()
        return answer.status != 200 or found.get("denied") is None

    return is_allowed
