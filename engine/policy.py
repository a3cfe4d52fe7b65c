"""Policy packs in this process: the servicer of the pack is called as an object, nothing listens on a port."""

import runpy
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2

from engine.errors import EngineError, StepError
from engine.goals import Goal
from engine.operation import Operation
from engine.state import ResourceState
from engine.urns import STACK, provider_urn, urn_name
from engine.wire import from_struct, to_struct

_pb: Any = analyzer_pb2
LEVELS = {"advisory": 0, "mandatory": 1, "disabled": 2, "remediate": 3}
SHOWN = {0: "advisory", 1: "mandatory", 2: "disabled", 3: "mandatory"}


class PolicyPack:
    """A pack directory (PulumiPolicy.yaml and __main__.py) with its configuration."""

    def __init__(self, path: Path, config: Mapping[str, Any] | None = None) -> None:
        """Load a pack.

        Raises:
            EngineError: the directory makes no pack, or the configuration names an unknown policy.
        """
        self._servicer = _load(path)
        self._lock = threading.Lock()
        info = self._servicer.GetAnalyzerInfo(empty_pb2.Empty(), None)
        levels: dict[str, Any] = {
            p.name: info.initialConfig.get(p.name) or _pb.PolicyConfig(enforcementLevel=p.enforcementLevel)
            for p in info.policies
        }
        for name, given in (config or {}).items():
            for policy in levels if name == "all" else [name]:
                if policy not in levels:
                    msg = f"policy pack {path.name}: the configuration names '{policy}'; there are {sorted(levels)}"
                    raise EngineError(msg)
                values: dict[str, Any] = {"enforcementLevel": given} if isinstance(given, str) else dict(given)
                if "enforcementLevel" in values:
                    levels[policy].enforcementLevel = LEVELS[values.pop("enforcementLevel")]
                levels[policy].properties.update(values)
        if config or info.initialConfig:
            self._servicer.Configure(_pb.ConfigureAnalyzerRequest(policyConfig=levels), None)

    def analyze(self, resource: Mapping[str, Any]) -> list[Any]:
        """Findings on one resource."""
        with self._lock:
            return list(self._servicer.Analyze(_pb.AnalyzeRequest(**resource), None).diagnostics)

    def remediate(self, resource: Mapping[str, Any]) -> list[Any]:
        """Changes to one resource."""
        with self._lock:
            found = self._servicer.Remediate(_pb.AnalyzeRequest(**resource), None).remediations
        return [remediation for remediation in found if not remediation.diagnostic]

    def analyze_stack(self, resources: Sequence[Any]) -> list[Any]:
        """Findings on all resources together."""
        with self._lock:
            return list(self._servicer.AnalyzeStack(_pb.AnalyzeStackRequest(resources=resources), None).diagnostics)


class PolicyAnalyzer:
    """Runs the policy packs of an operation on its resources."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._packs: Sequence[PolicyPack] = operation.options.policy_packs

    def analyze_resource(self, new: ResourceState, goal: Goal) -> None:
        """Remediate, then analyze, one resource before its steps.

        Raises:
            StepError: a mandatory policy refuses it, on `up`.
        """
        for pack in self._packs:
            for remediation in pack.remediate(self._describe(new, goal, new.inputs)):
                event = {"resourceUrn": new.urn, "policyName": remediation.policyName}
                self._operation.emit(policyRemediationEvent=event)
                new.put(inputs=from_struct(remediation.properties))
            for finding in pack.analyze(self._describe(new, goal, new.inputs)):
                self._violation(finding, new.urn, stops=not self._operation.preview)
        if self._operation.cancelled:
            msg = f"{new.urn} is invalid"
            raise StepError(msg)

    def analyze_stack(self) -> None:
        """Analyze all resources together, after the program."""
        if not self._packs:
            return
        resources = [self._with_dependencies(state) for state in self._operation.news.values()]
        root = next((s.urn for s in self._operation.news.values() if s["type"] == STACK), "")
        for pack in self._packs:
            for finding in pack.analyze_stack(resources):
                self._violation(finding, finding.urn or root, stops=False)

    def _with_dependencies(self, state: ResourceState) -> Any:
        properties: Mapping[str, list[str]] = state.get("propertyDependencies") or {}
        known = state.outputs if state.outputs or not self._operation.preview else state.inputs
        return _pb.AnalyzerResource(
            **self._describe(state, {}, known),
            parent=state.get("parent") or "",
            dependencies=state.get("dependencies") or [],
            propertyDependencies={k: _pb.AnalyzerPropertyDependencies(urns=v) for k, v in properties.items()},
        )

    def _describe(self, state: ResourceState, goal: Goal, properties: Mapping[str, Any]) -> dict[str, Any]:
        options = _pb.AnalyzerResourceOptions(
            protect=bool(state.get("protect")),
            ignoreChanges=state.get("ignoreChanges") or [],
            deleteBeforeReplace=bool(goal.get("deleteBeforeReplace")),
            deleteBeforeReplaceDefined=goal.get("deleteBeforeReplace") is not None,
            parent=state.get("parent") or "",
            additionalSecretOutputs=state.get("additionalSecretOutputs") or [],
        )
        behind = self._operation.news.get(provider_urn(state.get("provider")))
        provider = behind and _pb.AnalyzerProviderResource(
            urn=behind.urn, type=behind["type"], name=urn_name(behind.urn), properties=to_struct(behind.inputs)
        )
        return {
            "type": state["type"],
            "urn": state.urn,
            "name": urn_name(state.urn),
            "properties": to_struct(properties),
            "options": options,
            "provider": provider,
        }

    def _violation(self, finding: Any, urn: str, *, stops: bool) -> None:
        operation = self._operation
        event = {
            "resourceUrn": urn,
            "policyName": finding.policyName,
            "policyPackName": finding.policyPackName,
            "enforcementLevel": SHOWN[finding.enforcementLevel],
            "message": finding.message,
        }
        operation.violations.append(event)
        operation.emit(policyEvent=event)
        if event["enforcementLevel"] == "mandatory":
            operation.errors.append(f"{urn}: policy {finding.policyName}: {finding.message}")
            operation.cancelled = operation.cancelled or stops
            operation.fatal = operation.fatal or not operation.preview


class _LoadedError(BaseException):
    """Carries the servicer out of the pack before it would listen."""

    def __init__(self, servicer: Any) -> None:
        super().__init__()
        self.servicer = servicer


def _load(path: Path) -> Any:
    import pulumi_policy.policy as sdk  # noqa: PLC0415 - only where packs are used

    module: Any = sdk

    def catch(servicer: Any, _: Any) -> None:
        raise _LoadedError(servicer)

    original = module.analyzer_pb2_grpc.add_AnalyzerServicer_to_server
    module.analyzer_pb2_grpc.add_AnalyzerServicer_to_server = catch
    try:
        runpy.run_path(str(path / "__main__.py"), run_name="__main__")
    except _LoadedError as loaded:
        return loaded.servicer
    finally:
        module.analyzer_pb2_grpc.add_AnalyzerServicer_to_server = original
    msg = f"policy pack {path}: __main__.py made no PolicyPack"
    raise EngineError(msg)
