# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""The resource monitor and the engine log that Pulumi's SDK calls, as an object in the same process."""

import threading
from typing import Any, NoReturn

from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, resource_pb2

from engine.assets import hash_assets
from engine.errors import StepError
from engine.operation import Operation
from engine.providers import ProviderRegistry
from engine.state import ResourceState
from engine.step_executor import StepExecutor
from engine.step_generator import PlannedStep, StepGenerator
from engine.urns import PROVIDER, STACK
from engine.wire import UNKNOWN, from_struct, to_struct, unwrap

_pb: Any = resource_pb2
SEVERITIES = ("debug", "info", "warning", "error")
FEATURES = {
    "secrets": _pb.RESOURCE_MONITOR_FEATURE_SECRETS,
    "resourceReferences": _pb.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    "aliasSpecs": _pb.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    "deletedWith": _pb.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
    "replaceWith": _pb.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
    "replacementTrigger": _pb.RESOURCE_MONITOR_FEATURE_REPLACEMENT_TRIGGER,
}


class ResourceMonitor:
    """Answers the SDK. One registration at a time is turned into steps; steps run side by side."""

    def __init__(
        self, operation: Operation, providers: ProviderRegistry, executor: StepExecutor, generator: StepGenerator
    ) -> None:
        self._operation = operation
        self._providers = providers
        self._executor = executor
        self._generator = generator
        self._generating = threading.RLock()

    def GetDeploymentInfo(self, _: Any) -> Any:
        """Which features the engine has; asked first."""
        return _pb.DeploymentInfo(supportedFeatures=list(FEATURES.values()))

    def SupportsFeature(self, request: Any) -> Any:
        """The same, one at a time, for older SDKs."""
        return _pb.SupportsFeatureResponse(hasSupport=request.id in FEATURES)

    def SignalAndWaitForShutdown(self, _: Any) -> Any:
        """Nothing is left to wait for: steps end before their registration is answered."""
        return empty_pb2.Empty()

    def RequirePulumiVersion(self, _: Any) -> Any:
        """Accepted: the SDK in the lock is the one this engine was built for."""
        return empty_pb2.Empty()

    def Log(self, request: Any) -> None:
        """A message of the program or of the SDK."""
        self._operation.diagnose(SEVERITIES[request.severity], request.message, request.urn)

    def Call(self, request: Any) -> NoReturn:
        """Refused: methods of remote components."""
        self._refuse(f"calling the method {request.tok}")

    def RegisterPackage(self, request: Any) -> NoReturn:
        """Refused: parameterised packages."""
        self._refuse(f"the parameterised package {request.name}")

    def Invoke(self, request: Any) -> Any:
        """Call a provider's function."""
        args = from_struct(request.args)
        if request.tok == "pulumi:pulumi:getResource":
            return _pb.ResourceInvokeResponse(**{"return": to_struct(self._resource(args["urn"]))})
        with self._generating:
            package = request.tok.split(":", 1)[0]
            reference = request.provider or self._providers.default_reference(package, request.version, self._register)
        answer = self._providers.get(reference).invoke(request.tok, unwrap(args))
        failures = [provider_pb2.CheckFailure(property=f.property, reason=f.reason) for f in answer.failures]
        return _pb.ResourceInvokeResponse(**{"return": to_struct(answer.result)}, failures=failures)

    def ReadResource(self, request: Any) -> Any:
        """Look up something that this stack does not own."""
        operation = self._operation
        with self._generating:
            package = request.type.split(":", 1)[0]
            reference = request.provider or self._providers.default_reference(package, request.version, self._register)
            urn = self._generator.urns.claim(request.parent, request.type, request.name)
            old = self._generator.urns.find_old(urn, request.parent, request.type, request.name, [])
            new = ResourceState(
                urn=urn,
                custom=True,
                id=request.id,
                type=request.type,
                inputs=from_struct(request.properties),
                parent=request.parent,
                external=True,
                provider=reference,
                dependencies=sorted(request.dependencies),
                additionalSecretOutputs=list(request.additionalSecretOutputs),
                **self._generator.goals.position(request),
            )
            operation.news[urn], operation.ops[urn] = new, "read"
        self._executor.execute(PlannedStep("read", old, new))
        return _pb.ReadResourceResponse(urn=urn, properties=to_struct(new.outputs))

    def RegisterResource(self, request: Any) -> Any:
        """Create, update, replace or keep a resource."""
        if request.remote:
            self._refuse(f"the remote component {request.type}")
        with self._generating:
            self._refuse_cancelled()
            goal = self._generator.goals.read(request, self._register)
            steps, planned = self._generator.generate(goal)
        for step in steps:
            self._executor.execute(step)
        new = self._operation.news[planned.urn]
        unknown_provider = (
            new.get("id") == UNKNOWN and request.type.startswith(PROVIDER) and not self._operation.preview
        )
        outputs = new.outputs if request.custom else {}
        return _pb.RegisterResourceResponse(
            urn=new.urn, id="" if unknown_provider else new.get("id") or "", object=to_struct(outputs)
        )

    def RegisterResourceOutputs(self, request: Any) -> Any:
        """Take a component's or the stack's outputs."""
        operation = self._operation
        state = operation.news[request.urn]
        outputs = hash_assets(from_struct(request.outputs))
        with operation.lock:
            if state["type"] == STACK:  # old outputs stay until the program is known to have succeeded
                operation.stack_outputs, outputs = (state, outputs), {**state.outputs, **outputs}
            changed = state.outputs != outputs
            state.put(outputs=outputs)
        if changed:
            operation.save()
        details = {
            "op": operation.ops.get(request.urn),
            "urn": request.urn,
            "type": state["type"],
            "keys": [],
            "diffs": [],
        }
        operation.emit(resOutputsEvent={"metadata": details})
        return empty_pb2.Empty()

    def _register(self, goal: dict[str, Any]) -> ResourceState:
        steps, new = self._generator.generate(goal)
        for step in steps:
            self._executor.execute(step)
        return new

    def _resource(self, urn: str) -> dict[str, Any]:
        state = self._operation.news.get(urn)
        if state is None:
            raise self._operation.fail("", f"the program asks for {urn}, which it has not registered")
        return {"urn": urn, "id": state.get("id"), "state": state.outputs}

    def _refuse_cancelled(self) -> None:
        if self._operation.cancelled:
            msg = "the operation was cancelled"
            raise StepError(msg)

    def _refuse(self, what: str) -> NoReturn:
        raise self._operation.fail(
            "", f"{what} is not supported by the embedded engine; use the Pulumi CLI for this program"
        )
