"""Graphs as the engine sends them to a policy pack, and what the pack answers."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_policy import EnforcementLevel, Policy
from pulumi_policy.policy import _PolicyAnalyzerServicer

from engine.wire import SECRET, SIGNATURE, from_struct
from engine.wire import UNKNOWN as UNKNOWN_TEXT
from policies.core.graph import ResourceGraph
from policies.core.resource import Resource
from policies.core.values import UNKNOWN

pb: Any = analyzer_pb2
# As the engine's; 4 MB, the default, is a stack of some 5,000 resources.
MESSAGES = [("grpc.max_receive_message_length", 400 * 2**20), ("grpc.max_send_message_length", 400 * 2**20)]
LEVELS = {pb.ADVISORY: "advisory", pb.MANDATORY: "mandatory", pb.DISABLED: "disabled", pb.REMEDIATE: "remediate"}


@dataclass(frozen=True, order=True)
class ReportedViolation:
    """A violation that a pack reports."""

    policy: str
    level: str
    urn: str
    message: str


class Pack:
    """A pack's servicer in this process, or its stub when it is another: both have the same methods."""

    def __init__(self, analyzer: Any, *context: Any) -> None:
        self.analyzer, self._context = analyzer, context

    @classmethod
    def of(cls, policies: Sequence[Policy]) -> "Pack":
        return cls(_PolicyAnalyzerServicer("test", "1.0.0", list(policies), EnforcementLevel.ADVISORY), None)

    def configure(self, **given: Mapping[str, Any]) -> "Pack":
        """With levels and settings as the CLI sends them: of every policy, what is not given its default."""
        configs: dict[str, Any] = {}
        for info in self.info().policies:
            values = dict(given.get(info.name.replace("-", "_"), {}))
            level = values.pop("enforcementLevel", None)
            number = info.enforcementLevel if level is None else {v: k for k, v in LEVELS.items()}[level]
            configs[info.name] = pb.PolicyConfig(enforcementLevel=number)
            configs[info.name].properties.update(values)
        self.analyzer.Configure(pb.ConfigureAnalyzerRequest(policyConfig=configs), *self._context)
        return self

    def info(self) -> Any:
        return self.analyzer.GetAnalyzerInfo(empty_pb2.Empty(), *self._context)

    def resource(self, resource: Resource) -> Any:
        return self.analyzer.Analyze(analyze_request(resource), *self._context)

    def stack(self, graph: ResourceGraph) -> Any:
        resources = [_in_stack(resource) for resource in graph.resources]
        return self.analyzer.AnalyzeStack(pb.AnalyzeStackRequest(resources=resources), *self._context)

    def remediate(self, resource: Resource) -> Mapping[str, Any] | None:
        """The properties as the last remediation leaves them, in wire form; None when there is none."""
        found = self.analyzer.Remediate(analyze_request(resource), *self._context).remediations
        return to_plain(found[-1].properties) if found else None

    def all(self, graph: ResourceGraph) -> list[ReportedViolation]:
        """What is reported of each resource and of the stack."""
        found = [
            read_diagnostic(one, resource.urn)
            for resource in graph.resources
            for one in self.resource(resource).diagnostics
        ]
        return sorted([*found, *(read_diagnostic(one) for one in self.stack(graph).diagnostics)])


def read_diagnostic(diagnostic: Any, urn: str = "") -> ReportedViolation:
    return ReportedViolation(
        diagnostic.policyName,
        LEVELS[diagnostic.enforcementLevel],
        diagnostic.urn or urn,
        diagnostic.message,
    )


def analyze_request(resource: Resource) -> Any:
    return pb.AnalyzeRequest(**_describe(resource))


def secret(value: Any) -> Mapping[str, Any]:
    """A value marked secret, as it is sent."""
    return {SIGNATURE: SECRET, "value": value}


def to_plain(struct: Any) -> Any:
    return from_struct(struct)


def _in_stack(resource: Resource) -> Any:
    behind = {name: pb.AnalyzerPropertyDependencies(urns=urns) for name, urns in resource.dependencies.items()}
    return pb.AnalyzerResource(**_describe(resource), parent=resource.parent, propertyDependencies=behind)


def _describe(resource: Resource) -> dict[str, Any]:
    properties = struct_pb2.Struct()
    properties.update(_to_wire(resource.value))
    return {
        "type": resource.type,
        "urn": resource.urn,
        "name": resource.name,
        "properties": properties,
        "options": pb.AnalyzerResourceOptions(protect=resource.protect, parent=resource.parent),
    }


def _to_wire(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _to_wire(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_to_wire(inner) for inner in value]
    return UNKNOWN_TEXT if value is UNKNOWN else value


@contextlib.contextmanager
def serve_pack(directory: Path, **environment: str) -> Iterator[tuple[Pack, subprocess.Popen[str]]]:
    """A pack in a process of its own, started as the CLI starts it, until the block ends."""
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:0", str(directory)]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PULUMI_", "SCALESHOP_"))}
    with subprocess.Popen(
        command, cwd=directory, env={**kept, **environment}, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            port = _read_line(process).strip()
            assert port.isdecimal(), f"the engine reads a port, not '{port}': {_end_and_read_errors(process)}"
            with grpc.insecure_channel(f"127.0.0.1:{port}", options=MESSAGES) as channel:
                yield Pack(analyzer_pb2_grpc.AnalyzerStub(channel)), process
        finally:
            process.terminate()


def _read_line(process: subprocess.Popen[str]) -> str:
    return process.stdout.readline() if process.stdout else ""


def _end_and_read_errors(process: subprocess.Popen[str]) -> str:
    process.terminate()
    return process.communicate()[1]
