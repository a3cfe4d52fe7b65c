"""Pulumi's plugin host as a process, and the least of a resource monitor that a construction needs."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent import futures
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc, resource_pb2, resource_pb2_grpc
from pulumi.runtime.rpc import deserialize_properties, serialize_properties

ROOT = Path(__file__).parents[2]
STACK_URN = "urn:pulumi:test::scaleshop::pulumi:pulumi:Stack::scaleshop-test"
FEATURES = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
)


@dataclass(slots=True)
class Registered:
    """What the host registered."""

    type: str
    name: str
    parent: str
    inputs: Mapping[str, Any]


@dataclass
class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Registers whatever comes and gives it a URN, an id and an ARN."""

    registered: list[Registered] = field(default_factory=list)
    outputs: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def GetDeploymentInfo(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        return resource_pb2.DeploymentInfo(supportedFeatures=FEATURES)

    def RegisterResource(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        inputs = deserialize_properties(request.object)
        self.registered.append(Registered(request.type, request.name, request.parent, inputs))
        state = struct_pb2.Struct()
        state.CopyFrom(request.object)
        arn, url = f"arn:{request.name}", f"https://{request.name}"
        state.update({"arn": arn, "executionArn": arn, "url": url, "apiEndpoint": url, "name": request.name})
        return resource_pb2.RegisterResourceResponse(
            urn=f"urn:pulumi:test::scaleshop::{request.type}::{request.name}", id=f"{request.name}-id", object=state
        )

    def RegisterResourceOutputs(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        self.outputs[request.urn] = deserialize_properties(request.outputs)
        return empty_pb2.Empty()


class Engine(engine_pb2_grpc.EngineServicer):
    """Takes log lines."""

    def Log(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        return empty_pb2.Empty()


@dataclass(slots=True)
class Host:
    """A running host and the monitor it registers with."""

    stub: Any
    monitor: Monitor
    address: str

    def schema(self) -> Any:
        """The schema as the host serves it."""
        return json.loads(self.stub.GetSchema(provider_pb2.GetSchemaRequest(version=0)).schema)

    def construct(self, component: str, name: str, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Construct a component as a program in another language does; whole numbers travel as floats."""
        response = self.stub.Construct(
            provider_pb2.ConstructRequest(
                project="scaleshop",
                stack="test",
                organization="organization",
                type=f"scaleshop:index:{component}",
                name=name,
                parent=STACK_URN,
                inputs=asyncio.run(serialize_properties(inputs, {})),
                monitorEndpoint=self.address,
                parallel=4,
            ),
            timeout=60,
        )
        return deserialize_properties(response.state)


@contextlib.contextmanager
def running() -> Iterator[Host]:
    """The host, started the way Pulumi's Python runtime starts it, until the block ends."""
    monitor = Monitor()
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, server)
    engine_pb2_grpc.add_EngineServicer_to_server(Engine(), server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    command = [sys.executable, "-m", "pulumi.run.plugin", "scaleshop", address]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PULUMI_", "AWS_"))}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    errors: list[bytes] = []
    drain = threading.Thread(target=lambda: errors.append(process.stderr.read() if process.stderr else b""))
    drain.start()
    try:
        port = process.stdout.readline().strip().decode() if process.stdout else ""
        if not port:
            process.wait(30)
            drain.join(30)
            msg = f"the plugin host ended with {process.returncode}:\n{b''.join(errors).decode()}"
            raise RuntimeError(msg)
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Host(provider_pb2_grpc.ResourceProviderStub(channel), monitor, address)
    finally:
        process.kill()
        process.wait(30)
        drain.join(30)
        if process.stdout:
            process.stdout.close()
        if process.stderr:
            process.stderr.close()
        server.stop(None).wait(30)
