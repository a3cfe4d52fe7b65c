"""A resource monitor that answers Pulumi's SDK as an engine with providers would, from made-up values."""

import functools
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import engine_pb2, resource_pb2

from engine.urns import STACK
from engine.wire import from_struct
from policies.core.provider_values import PlannedResource, ProviderValues
from policies.core.registry import all_values
from policies.core.resource import Resource
from policies.core.values import UNKNOWN, SourceLine, iterate_texts
from policies.sources.programs import ProgramContext, ProgramError
from policies.sources.property_bags import program_lines, properties, to_wire
from policies.sources.resource_types import text_properties
from policies.sources.transforms import Transforms

_pb: Any = resource_pb2
STACK_REFERENCE = "pulumi:pulumi:StackReference"
OURS = Path(__file__).parent
FEATURES = [
    getattr(_pb, f"RESOURCE_MONITOR_FEATURE_{name}")
    for name in (
        "SECRETS", "RESOURCE_REFERENCES", "ALIAS_SPECS", "DELETED_WITH", "REPLACE_WITH", "REPLACEMENT_TRIGGER",
        "TRANSFORMS", "INVOKE_TRANSFORMS", "PARAMETERIZATION", "RESOURCE_HOOKS", "ERROR_HOOKS",
    )
]  # fmt: skip


@dataclass(slots=True)
class _Registration:
    request: Any
    urn: str
    outputs: Mapping[str, Any]
    protect: bool
    trace: Sequence[SourceLine]

    def resource(self, adapt: Callable[[Any], Any]) -> Resource:
        dependencies = self.request.propertyDependencies
        return Resource(
            urn=self.urn,
            type=self.request.type,
            properties=adapt(self.outputs),
            dependencies={name: tuple(sorted(d.urns)) for name, d in sorted(dependencies.items()) if d.urns},
            parent=self.request.parent,
            protect=self.protect,
            trace=self.trace,
        )


class MockMonitor:
    """Answers the SDK as the engine and its providers would, and keeps what is registered."""

    def __init__(self, around: ProgramContext, *, known: bool) -> None:
        self.registered: dict[str, _Registration] = {}
        self.errors: list[str] = []
        self._around, self._known = around, known
        self._values = all_values()
        self._transforms = Transforms()
        self._lock = threading.Lock()

    def raise_errors(self) -> None:
        """Refuse a program that has reported an error.

        Raises:
            ProgramError: with the errors.
        """
        if self.errors:
            raise ProgramError("\n".join(dict.fromkeys(self.errors)))

    def resources(self) -> Sequence[Resource]:
        """What was registered, by URN: the order of registration differs from run to run."""
        texts = [text for one in self.registered.values() for text in iterate_texts(_bag(one.request.object))]
        changes = [change for values in self._values.values() if (change := values.adapt(texts))]
        return [self.registered[urn].resource(functools.partial(_adapt, changes)) for urn in sorted(self.registered)]

    def GetDeploymentInfo(self, _: Any) -> Any:
        """Which features the engine has; asked first."""
        return _pb.DeploymentInfo(supportedFeatures=FEATURES)

    def Log(self, request: Any) -> None:
        """A message of the program or of the SDK; an error fails the program."""
        if request.severity == engine_pb2.ERROR:
            with self._lock:
                self.errors.append(request.message)

    def RegisterResource(self, request: Any) -> Any:
        """Make a resource up."""
        request = request if request.type == STACK else self._transforms.apply(request)
        urn = self._urn(request)
        self._transforms.remember(urn, request)
        above = self.registered.get(request.parent)
        given = _bag(request.object)
        made: Mapping[str, Any] = self._make_outputs(request, urn, given) if request.custom else {}
        registered = _Registration(
            request=request,
            urn=urn,
            outputs={**made, **given},
            protect=request.protect if request.HasField("protect") else bool(above and above.protect),
            trace=_trace_lines(request, self._around.root),
        )
        with self._lock:
            if urn in self.registered:
                raise ProgramError(_describe_duplicate(registered, self.registered[urn]))
            self.registered[urn] = registered
        return _pb.RegisterResourceResponse(urn=urn, id=_id(made), object=_answer(request.object, made))

    def RegisterResourceOutputs(self, request: Any) -> Any:
        """Take a component's or the stack's outputs."""
        with self._lock:
            one = self.registered[request.urn]
            one.outputs = {**one.outputs, **_bag(request.outputs)}
        return empty_pb2.Empty()

    def ReadResource(self, request: Any) -> Any:
        """Make up something that is not the stack's; it is not kept."""
        urn = self._urn(request)
        made = self._read_outputs(urn, request)
        return _pb.ReadResourceResponse(urn=urn, properties=_answer(request.properties, made))

    def Invoke(self, request: Any) -> Any:
        """Call a provider's function."""
        args = _bag(request.args)
        if request.tok == "pulumi:pulumi:getResource":
            one = self.registered[args["urn"]]
            made = {"urn": one.urn, "id": one.outputs.get("id"), "state": one.outputs}
        else:
            made = self._provider(request.tok, request.provider).invoke(request.tok, args)
        return _pb.ResourceInvokeResponse(**{"return": _answer(struct_pb2.Struct(), made)})

    def Call(self, _: Any) -> Any:
        """Call a method of a component in another language: its result is unknown."""
        return _pb.CallResponse()

    def RegisterPackage(self, _: Any) -> Any:
        """Take a parameterised package."""
        return _pb.RegisterPackageResponse(ref="mocks")

    def RegisterStackTransform(self, request: Any) -> Any:
        """Take a transform of every resource."""
        self._transforms.add_to_stack(request)
        return empty_pb2.Empty()

    def RegisterStackInvokeTransform(self, _: Any) -> Any:
        """Accepted: answers are made up, whatever the arguments."""
        return empty_pb2.Empty()

    RegisterResourceHook = RegisterErrorHook = RequirePulumiVersion = SignalAndWaitForShutdown = (
        RegisterStackInvokeTransform
    )

    def _make_outputs(self, request: Any, urn: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
        provider = self._provider(request.type, request.provider)
        made = provider.outputs(PlannedResource(request.type, urn, given, *text_properties(request.type)))
        return made if self._known else {name: made[name] if name in provider.planned else UNKNOWN for name in made}

    def _read_outputs(self, urn: str, request: Any) -> Mapping[str, Any]:
        if request.type == STACK_REFERENCE:
            return {}  # the outputs of another stack are unknown
        sure = self._provider(request.type, request.provider).look_up(request.id)
        return {**self._make_outputs(request, urn, {**_bag(request.properties), "name": sure["name"]}), **sure}

    def _urn(self, request: Any) -> str:
        parents = request.parent.split("::")[2] + "$" if request.parent else ""
        above = "" if parents in ("", f"{STACK}$") else parents
        return f"urn:pulumi:{self._around.stack}::{self._around.project}::{above}{request.type}::{request.name}"

    def _provider(self, token: str, reference: str) -> ProviderValues:
        package = token.partition(":")[0]
        explicit = self.registered.get(reference.rsplit("::", 1)[0])
        config = self._around.config.items()
        own = {key.partition(":")[2]: value for key, value in config if key.startswith(f"{package}:")}
        return self._values.get(package, ProviderValues)(explicit.outputs if explicit else None, own)


def _bag(struct: Any) -> dict[str, Any]:
    return properties(from_struct(struct))


def _id(made: Mapping[str, Any]) -> str:
    # An empty one is an unknown one.
    return made["id"] if isinstance(made.get("id"), str) else ""


def _answer(given: Any, made: Mapping[str, Any]) -> Any:
    """What was given, as it was (secrets stay secrets), and what was made."""
    answered = struct_pb2.Struct()
    answered.update(to_wire(made))
    answered.MergeFrom(given)
    return answered


def _adapt(changes: Sequence[Callable[[str], str]], value: Any) -> Any:
    if not changes:
        return value
    if isinstance(value, str):
        return functools.reduce(lambda text, change: change(text), changes, value)
    if isinstance(value, Mapping):
        return {name: _adapt(changes, inner) for name, inner in cast("Mapping[str, Any]", value).items()}
    return [_adapt(changes, inner) for inner in cast("list[Any]", value)] if isinstance(value, list) else value


def _trace_lines(request: Any, root: Path) -> Sequence[SourceLine]:
    frames = [request.sourcePosition, *(frame.pc for frame in request.stackTrace.frames)]
    return program_lines([(_relative(frame.uri, root), frame.line) for frame in frames])


@functools.lru_cache(maxsize=1024)  # a program has few files, and every resource some twenty frames in them
def _relative(uri: str, root: Path) -> str:
    path = Path(unquote(urlsplit(uri).path))
    return str(path.relative_to(root)) if path.is_relative_to(root) and OURS not in path.parents else ""


def _describe_duplicate(second: _Registration, first: _Registration) -> str:
    places = [f"{p.trace[0].file}:{p.trace[0].line}" for p in (second, first) if p.trace]
    where = f"{places[0]}: " if places else ""
    return f"{where}two resources are {second.urn}; give one of them another name."
