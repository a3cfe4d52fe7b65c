"""Lambda: functions, aliases, layer versions."""

import base64
import hashlib
from pathlib import Path
from typing import Any

from engine.protocol import Properties
from sandbox.aws.handlers.conversion import (
    camel_case,
    keep_given,
    own_tags,
    pascal_case,
    pick,
    retag,
    tag_map,
    zip_archive,
)
from sandbox.aws.handlers.lambda_host_layer import build_host_layer
from sandbox.handler import Handler, observe_inputs

CONFIGURATION = {
    "role": "Role",
    "handler": "Handler",
    "description": "Description",
    "timeout": "Timeout",
    "memorySize": "MemorySize",
    "runtime": "Runtime",
    "layers": "Layers",
}
NESTED = {
    "environment": "Environment",
    "tracingConfig": "TracingConfig",
    "loggingConfig": "LoggingConfig",
    "deadLetterConfig": "DeadLetterConfig",
    "ephemeralStorage": "EphemeralStorage",
}
# What takes a setting away that the program no longer has.
UNSET: dict[str, tuple[str, Any]] = {
    "description": ("Description", ""),
    "layers": ("Layers", []),
    "environment": ("Environment", {"Variables": {}}),
    "tracingConfig": ("TracingConfig", {"Mode": "PassThrough"}),
    "deadLetterConfig": ("DeadLetterConfig", {"TargetArn": ""}),
}


class FunctionHandler(Handler):
    """A function."""

    token = "aws:lambda/function:Function"
    name_property = "name"
    replaces = frozenset({"name", "packageType"})
    note = (
        "Runs on the host's Python, not arm64 Python 3.13; /tmp size and tracing are stored. On Linux memory, timeout, "
        "JSON logs and concurrency act; elsewhere the emulator's own executor has timeout and concurrency alone."
    )

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        code = zip_archive(inputs["code"])
        clients.lambda_.create_function(
            FunctionName=inputs["name"],
            Code={"ZipFile": code},
            Publish=bool(inputs.get("publish")),
            Architectures=inputs.get("architectures") or ["x86_64"],
            Tags=tag_map(inputs),
            **_configuration(inputs),
        )
        self._concurrency(clients, inputs["name"], {}, inputs)
        return inputs["name"], self._outputs(clients, inputs["name"], code)

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        found = clients.lambda_.get_function(FunctionName=id_)
        now = found["Configuration"]
        seen = {mine: now.get(api) or None for mine, api in CONFIGURATION.items()}
        seen["layers"] = [layer["Arn"] for layer in now.get("Layers") or []] or None
        for mine, api in NESTED.items():
            seen[mine] = keep_given(inputs.get(mine), camel_case(now.get(api)))
        if inputs.get("environment"):  # names of variables are the user's, not the API's
            variables = (now.get("Environment") or {}).get("Variables") or {}
            seen["environment"] = {"variables": variables} if variables else None
        seen["reservedConcurrentExecutions"] = (found.get("Concurrency") or {}).get("ReservedConcurrentExecutions", -1)
        seen["architectures"] = now.get("Architectures")
        if not _same_code(inputs["code"], now.get("CodeSha256", "")):
            seen["code"] = {**inputs["code"], "hash": now.get("CodeSha256")}
        return {"arn": now["FunctionArn"]}, observe_inputs(
            self, inputs, {**seen, **own_tags(inputs, found.get("Tags") or {})}
        )

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        code = zip_archive(news["code"])
        publish = bool(news.get("publish"))
        cleared = {api: unset for mine, (api, unset) in UNSET.items() if mine in olds and mine not in news}
        clients.lambda_.update_function_configuration(FunctionName=id_, **{**cleared, **_configuration(news)})
        clients.lambda_.update_function_code(
            FunctionName=id_, ZipFile=code, Architectures=news.get("architectures") or ["x86_64"], Publish=False
        )
        if publish:
            clients.lambda_.publish_version(FunctionName=id_)
        self._concurrency(clients, id_, olds, news)
        arn = clients.lambda_.get_function(FunctionName=id_)["Configuration"]["FunctionArn"]
        retag(
            olds,
            news,
            tag=lambda tags: clients.lambda_.tag_resource(Resource=arn, Tags=tags),
            untag=lambda keys: clients.lambda_.untag_resource(Resource=arn, TagKeys=keys),
        )
        return self._outputs(clients, id_, code)

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.lambda_.delete_function(FunctionName=id_)

    def _concurrency(self, clients: Any, name: str, olds: Properties, news: Properties) -> None:
        reserved = news.get("reservedConcurrentExecutions")
        if reserved is not None and reserved >= 0:
            clients.lambda_.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)
        elif olds.get("reservedConcurrentExecutions") is not None:
            clients.lambda_.delete_function_concurrency(FunctionName=name)

    def _outputs(self, clients: Any, name: str, code: bytes) -> Properties:
        arn = clients.lambda_.get_function(FunctionName=name)["Configuration"]["FunctionArn"]
        versions = clients.lambda_.get_paginator("list_versions_by_function").paginate(FunctionName=name)
        numbers = [int(v["Version"]) for page in versions for v in page["Versions"] if v["Version"].isdigit()]
        version = str(max(numbers)) if numbers else "$LATEST"
        return {
            "arn": arn,
            "version": version,
            "qualifiedArn": f"{arn}:{version}",
            "invokeArn": invoke_arn(clients.region, arn),
            "qualifiedInvokeArn": invoke_arn(clients.region, f"{arn}:{version}"),
            "codeSha256": base64.b64encode(hashlib.sha256(code).digest()).decode(),
            "sourceCodeSize": len(code),
        }


class AliasHandler(Handler):
    """A name for a version."""

    token = "aws:lambda/alias:Alias"
    name_property = "name"
    name_limit = 128
    replaces = frozenset({"name", "functionName"})
    note = "Weights of a routing configuration act where functions run in a process of their own, which is on Linux."

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        made = clients.lambda_.create_alias(
            FunctionName=inputs["functionName"], Name=inputs["name"], **self._version(inputs)
        )
        return made["AliasArn"], _alias(clients.region, made["AliasArn"])

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        function, name = id_.rsplit(":", 2)[1:]
        found = clients.lambda_.get_alias(FunctionName=function, Name=name)
        weights = (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights")
        seen = {
            "functionVersion": found["FunctionVersion"],
            "description": found.get("Description") or None,
            "routingConfig": {"additionalVersionWeights": weights} if weights else None,
        }
        return _alias(clients.region, id_), observe_inputs(self, inputs, seen)

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del olds
        clients.lambda_.update_alias(FunctionName=news["functionName"], Name=news["name"], **self._version(news))
        return _alias(clients.region, id_)

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del id_
        clients.lambda_.delete_alias(FunctionName=inputs["functionName"], Name=inputs["name"])

    def _version(self, inputs: Properties) -> dict[str, Any]:
        weights = (inputs.get("routingConfig") or {}).get("additionalVersionWeights") or {}
        return {
            "FunctionVersion": inputs["functionVersion"],
            "Description": inputs.get("description") or "",
            "RoutingConfig": {"AdditionalVersionWeights": weights},
        }


class LayerVersionHandler(Handler):
    """A layer version; another archive makes another version."""

    token = "aws:lambda/layerVersion:LayerVersion"
    name_property = "layerName"
    name_limit = 140
    replaces = frozenset(
        {"layerName", "code", "description", "compatibleRuntimes", "compatibleArchitectures", "sourceCodeHash"}
    )
    note = "The archive's pinned requirements, built for the host's Python, stand in for the arm64 packages in it."

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        given = zip_archive(inputs["code"])
        made = clients.lambda_.publish_layer_version(
            LayerName=inputs["layerName"],
            Content={"ZipFile": build_host_layer(given)},
            **pick(
                inputs,
                {
                    "description": "Description",
                    "compatibleRuntimes": "CompatibleRuntimes",
                    "compatibleArchitectures": "CompatibleArchitectures",
                },
            ),
        )
        outputs = {
            "arn": made["LayerVersionArn"],
            "layerArn": made["LayerArn"],
            "version": str(made["Version"]),
            "sourceCodeSize": len(given),
            "codeSha256": base64.b64encode(hashlib.sha256(given).digest()).decode(),
        }
        return made["LayerVersionArn"], outputs

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        layer, version = id_.rsplit(":", 1)
        clients.lambda_.get_layer_version(LayerName=layer.rsplit(":", 1)[1], VersionNumber=int(version))
        return {"arn": id_, "layerArn": layer, "version": version}, inputs

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        clients.lambda_.delete_layer_version(LayerName=inputs["layerName"], VersionNumber=int(id_.rsplit(":", 1)[1]))


HANDLERS = (FunctionHandler(), AliasHandler(), LayerVersionHandler())


def invoke_arn(region: str, arn: str) -> str:
    """How API Gateway names a function."""
    return f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations"


def _same_code(code: Properties, digest: str) -> bool:
    """Whether the plane's code is that of an archive; one that is not at hand any more is not judged.

    Of an archive in the state the CLI tells a provider the hash alone.
    """
    path = code.get("path")
    if (path and not Path(path).is_file()) or not (path or code.get("assets")):
        return True
    return base64.b64encode(hashlib.sha256(zip_archive(code)).digest()).decode() == digest


def _alias(region: str, arn: str) -> Properties:
    return {"arn": arn, "invokeArn": invoke_arn(region, arn)}


def _configuration(inputs: Properties) -> dict[str, Any]:
    nested = {api: pascal_case(inputs[mine]) for mine, api in NESTED.items() if inputs.get(mine)}
    environment = inputs.get("environment")
    if environment:  # names of variables are the user's, not the API's
        nested["Environment"] = {"Variables": environment.get("variables") or {}}
    return {**pick(inputs, CONFIGURATION), **nested}
