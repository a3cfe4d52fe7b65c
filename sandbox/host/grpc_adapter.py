"""Provider packages served to the Pulumi CLI over gRPC, one loopback port each: what the engine calls in process.

No optional feature is announced: the engine strips secrets, outputs and resource references to plain values, and marks
returned properties that share a name with a secret input. What a provider wraps as secret stays so. Of old assets and
archives the engine sends the hash alone, and whole numbers travel as doubles; both look here as they do in process.
https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto
"""

import re
import threading
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from engine.protocol import DiffResult, Package, Properties, Provider
from engine.wire import elide_assets, from_struct, to_struct, unwrap
from sandbox.host.errors import SandboxError

_pb: Any = provider_pb2
_rpc: Any = provider_pb2_grpc
# The engine's own limit for messages; an archive's text may be large.
# https://github.com/pulumi/pulumi/blob/master/sdk/go/common/util/rpcutil/client.go
MESSAGE_BYTES = 400 * 1024 * 1024
OPTIONS = (
    ("grpc.max_receive_message_length", MESSAGE_BYTES),
    ("grpc.max_send_message_length", MESSAGE_BYTES),
    ("grpc.so_reuseport", 0),  # a port of its own, never shared
)
# Twice the engine's default parallelism: calls wait for the data plane, not for the processor.
THREADS = 32
# How long calls under way may take when the server ends; by then the CLI has ended.
GRACE_SECONDS = 5


@contextmanager
def serve_packages(packages: Sequence[Package]) -> Generator[Mapping[str, int]]:
    """Serve packages until the block ends; yields the port of each on 127.0.0.1, by name.

    Raises:
        SandboxError: no port can be bound.
    """
    ports: dict[str, int] = {}
    with ExitStack() as stack:
        for package in packages:
            threads = stack.enter_context(ThreadPoolExecutor(THREADS, thread_name_prefix=f"provider-{package.name}"))
            server = grpc.server(threads, options=OPTIONS)
            provider_pb2_grpc.add_ResourceProviderServicer_to_server(ProviderServicer(package), server)
            ports[package.name] = _bind_port(server, package.name)
            server.start()
            stack.callback(lambda stopped=server: stopped.stop(GRACE_SECONDS).wait())
        yield ports


class ProviderServicer(_rpc.ResourceProviderServicer):
    """One package. Every connection is a provider instance: the protocol's calls name no provider."""

    def __init__(self, package: Package) -> None:
        """Serve a package; instances are made by Configure."""
        self._package = package
        self._instances = _Instances(package.name)

    def Handshake(self, _request: Any, _context: Any) -> Any:
        """Announces nothing: plain values in both directions."""
        return _pb.ProviderHandshakeResponse()

    def Attach(self, _request: Any, _context: Any) -> Any:
        """Accepted: the engine's own address is not needed, diagnostics travel as errors."""
        return empty_pb2.Empty()

    def Cancel(self, _request: Any, _context: Any) -> Any:
        """Accepted and ignored: the server is shared, and operations under way are finished."""
        return empty_pb2.Empty()

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:
        """The package's version; one below the SDK's makes the engine warn on every run."""
        return plugin_pb2.PluginInfo(version=self._package.version)

    def CheckConfig(self, request: Any, _context: Any) -> Any:
        """Accepts the provider's configuration as it is; nothing has a default."""
        return _pb.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        """Compares two configurations of a provider."""
        with _failures(context):
            olds = _plain(request.old_inputs) or _plain(request.olds)
            news = _plain(request.news)
            return _diff_response(self._package.diff_config(olds, news), olds, news)

    def Configure(self, request: Any, context: Any) -> Any:
        """Makes the provider instance of this connection."""
        with _failures(context):
            self._instances.add(context.peer(), self._package.configure(_plain(request.args)))
            return _pb.ConfigureResponse(supportsPreview=True)

    def Check(self, request: Any, context: Any) -> Any:
        """Validates inputs and fills in defaults and names."""
        with self._provider(context) as provider:
            found = provider.check(
                request.type, request.name, _plain(request.olds), _plain(request.news), request.randomSeed
            )
            return _pb.CheckResponse(inputs=to_struct(found.inputs), failures=_check_failures(found.failures))

    def Diff(self, request: Any, context: Any) -> Any:
        """Compares two sets of inputs."""
        with self._provider(context) as provider:
            olds, outputs, news = (
                elide_assets(_plain(bag)) for bag in (request.old_inputs, request.olds, request.news)
            )
            found = provider.diff(request.type, request.id, olds, outputs, news, list(request.ignoreChanges))
            return _diff_response(found, olds, news)

    def Create(self, request: Any, context: Any) -> Any:
        """Makes a resource; in a preview the engine takes absent outputs for unknown."""
        with self._provider(context) as provider:
            inputs = _plain(request.properties)
            made = provider.create(request.type, request.name, inputs, preview=request.preview)
            if not made.id and not request.preview:
                msg = "the provider returned no id"
                raise RuntimeError(msg)
            return _pb.CreateResponse(id=made.id, properties=to_struct(made.outputs))

    def Read(self, request: Any, context: Any) -> Any:
        """Looks up what exists; no id says that it is gone."""
        with self._provider(context) as provider:
            outputs = _plain(request.properties)
            # An import and a `.get()` know no inputs yet, only what the program said.
            inputs = _plain(request.inputs) if request.HasField("inputs") else dict(outputs)
            found = provider.read(request.type, request.id, outputs, inputs)
            if found is None:
                return _pb.ReadResponse()
            return _pb.ReadResponse(id=found.id, properties=to_struct(found.outputs), inputs=to_struct(found.inputs))

    def Update(self, request: Any, context: Any) -> Any:
        """Changes a resource in place."""
        with self._provider(context) as provider:
            outputs = provider.update(
                request.type,
                request.id,
                _plain(request.old_inputs),
                _plain(request.olds),
                _plain(request.news),
                preview=request.preview,
            )
            return _pb.UpdateResponse(properties=to_struct(outputs))

    def Delete(self, request: Any, context: Any) -> Any:
        """Deletes a resource; one that is gone is deleted."""
        with self._provider(context) as provider:
            provider.delete(request.type, request.id, _plain(request.old_inputs), _plain(request.properties))
            return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:
        """Calls a function of the package."""
        with self._provider(context) as provider:
            found = provider.invoke(request.tok, _plain(request.args))
            answer = {"return": to_struct(found.result)}
            return _pb.InvokeResponse(**answer, failures=_check_failures(found.failures))

    @contextmanager
    def _provider(self, context: Any) -> Generator[Provider]:
        with _failures(context):
            yield self._instances.get(context.peer())


class _Instances:
    """Provider instances by the connection that configured them."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._by_peer: dict[str, Provider] = {}
        self._lock = threading.Lock()

    def add(self, peer: str, provider: Provider) -> None:
        with self._lock:
            self._by_peer[peer] = provider

    def get(self, peer: str) -> Provider:
        """The connection's instance.

        A connection that was idle for long comes back under another address. One that nobody configured belongs to the
        only instance there is; among several a guess could change the wrong region.

        Raises:
            LookupError: no instance, or several.
        """
        with self._lock:
            if peer in self._by_peer:
                return self._by_peer[peer]
            if len(self._by_peer) == 1:
                return next(iter(self._by_peer.values()))
            several = len(self._by_peer) > 1
        msg = (
            f"this connection to the provider {self._package} was lost and came back without its configuration; "
            "run the command again"
            if several
            else f"the provider {self._package} was not configured"
        )
        raise LookupError(msg)


def _bind_port(server: Any, name: str) -> int:
    try:
        return int(server.add_insecure_port("127.0.0.1:0"))
    except RuntimeError as error:
        msg = f"the provider {name} can't be served on 127.0.0.1: {error}"
        raise SandboxError(msg) from error


@contextmanager
def _failures(context: Any) -> Generator[None]:
    """Whatever a provider raises becomes the operation's error: its message, without a traceback."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - any of them is this one operation's failure
        _abort(context, str(error) or type(error).__name__)


def _abort(context: Any, message: str) -> NoReturn:
    context.abort(grpc.StatusCode.UNKNOWN, message)
    raise AssertionError  # `abort` raises


def _plain(struct: Any) -> Properties:
    return unwrap(from_struct(struct))


def _check_failures(failures: Any) -> list[Any]:
    return [_pb.CheckFailure(property=failure.property, reason=failure.reason) for failure in failures]


def _diff_response(found: DiffResult, olds: Properties, news: Properties) -> Any:
    keys = sorted({*found.diffs, *found.replaces})
    return _pb.DiffResponse(
        changes=_pb.DiffResponse.DIFF_SOME if found.changes else _pb.DiffResponse.DIFF_NONE,
        diffs=keys,
        replaces=list(found.replaces),
        deleteBeforeReplace=found.delete_before_replace,
        hasDetailedDiff=True,
        detailedDiff={
            key: _pb.PropertyDiff(kind=_kind(key, olds, news, replaces=key in found.replaces), inputDiff=True)
            for key in keys
        },
    )


def _kind(path: str, olds: Properties, news: Properties, *, replaces: bool) -> Any:
    """Added, deleted or updated, by the property that the path begins with."""
    key = re.split(r"[.\[]", path, maxsplit=1)[0]
    if key not in olds:
        return _pb.PropertyDiff.ADD_REPLACE if replaces else _pb.PropertyDiff.ADD
    if key not in news:
        return _pb.PropertyDiff.DELETE_REPLACE if replaces else _pb.PropertyDiff.DELETE
    return _pb.PropertyDiff.UPDATE_REPLACE if replaces else _pb.PropertyDiff.UPDATE
