"""The variables of an execution environment: what AWS documents, the function's own, nothing of the host's.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aws_emulator.lambda_runtime.model import Credentials, Function


@dataclass(frozen=True, slots=True)
class EnvironmentPaths:
    """Where an environment finds things."""

    code: Path
    layers: Path | None
    """What /opt is on AWS."""
    directory: Path
    """Its own: home and temporary files."""
    runtime_api: str
    emulator: str
    log_stream: str


def build_variables(
    function: Function, places: EnvironmentPaths, credentials: Credentials, *, provisioned: bool
) -> dict[str, str]:
    """All variables of an environment."""
    own = dict(function.variables)
    temporary = str(places.directory / "tmp")
    paths = [str(places.code), *_find_layer_paths(places.layers)]
    if "PYTHONPATH" in own:
        paths.append(own.pop("PYTHONPATH"))
    binaries = [str(places.layers / "bin")] if places.layers else []
    logging: dict[str, str] = {}
    if function.logging.json:
        logging = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": function.logging.level or "INFO"}
    return {
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "PATH": os.pathsep.join([*binaries, os.defpath]),
        **own,
        **credentials.values,
        **logging,
        "_HANDLER": function.handler,
        "AWS_REGION": function.region,
        "AWS_DEFAULT_REGION": function.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "provisioned-concurrency" if provisioned else "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": function.logging.group,
        "AWS_LAMBDA_LOG_STREAM_NAME": places.log_stream,
        "AWS_LAMBDA_RUNTIME_API": places.runtime_api,
        "LAMBDA_TASK_ROOT": str(places.code),
        "PYTHONPATH": os.pathsep.join(paths),
        # The SDK would put the host's names before the emulator's address.
        "AWS_ENDPOINT_URL": places.emulator,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        # AWS has /tmp for one environment alone. Without a home of its own, the SDK would read the user's ~/.aws.
        "TMPDIR": temporary,
        "HOME": temporary,
    }


def build_account_credentials(function: Function) -> Credentials:
    """The account's own, where the emulator has not given the role's: it takes the key for the account's number."""
    values = {"AWS_ACCESS_KEY_ID": function.account, "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": "test"}
    return Credentials(values)


def select_credentials(names: Mapping[str, str]) -> dict[str, str]:
    """Credentials that came from elsewhere, the known variables alone."""
    known = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    return {name: str(names[name]) for name in known if names.get(name)}


def _find_layer_paths(layers: Path | None) -> list[str]:
    if layers is None:
        return []
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    # https://docs.aws.amazon.com/lambda/latest/dg/python-layers.html#python-layer-paths
    return [str(layers / "python" / "lib" / version / "site-packages"), str(layers / "python")]
