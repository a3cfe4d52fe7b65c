"""Resource transforms of a program, run as the engine runs them: a resource's own, its parents', the stack's."""

import threading
from collections.abc import Sequence
from typing import Any

import grpc
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc, resource_pb2

_pb: Any = resource_pb2
_callbacks: Any = callback_pb2


class Transforms:
    """Knows who asked for which; the functions live in the program, behind its own loopback server."""

    def __init__(self) -> None:
        """Start with none."""
        self._stack: list[Any] = []
        self._by_urn: dict[str, tuple[str, Sequence[Any]]] = {}
        self._lock = threading.Lock()

    def add_to_stack(self, callback: Any) -> None:
        """A transform of every resource that is registered from now on."""
        with self._lock:
            self._stack.append(callback)

    def remember(self, urn: str, request: Any) -> None:
        """Keep a resource's transforms: they hold for its children too."""
        if request.transforms:
            with self._lock:
                self._by_urn[urn] = (request.parent, list(request.transforms))

    def apply(self, request: Any) -> Any:
        """A registration with its properties and protection as the transforms make them."""
        for callback in [*request.transforms, *self._inherited_callbacks(request.parent), *self._stack]:
            asked = _pb.TransformRequest(
                type=request.type, name=request.name, custom=request.custom, parent=request.parent,
                properties=request.object, options=_pb.TransformResourceOptions(protect=request.protect),
            )  # fmt: skip
            given = _pb.TransformResponse.FromString(_invoke_callback(callback, asked.SerializeToString()))
            request.object.CopyFrom(given.properties)
            if given.HasField("options") and given.options.HasField("protect"):
                request.protect = given.options.protect
        return request

    def _inherited_callbacks(self, parent: str) -> Sequence[Any]:
        found: list[Any] = []
        while parent:
            parent, callbacks = self._by_urn.get(parent, ("", ()))
            found += callbacks
        return found


def _invoke_callback(callback: Any, message: bytes) -> bytes:
    with grpc.insecure_channel(callback.target) as channel:
        stub: Any = callback_pb2_grpc.CallbacksStub(channel)
        return stub.Invoke(_callbacks.CallbackInvokeRequest(token=callback.token, request=message)).response
