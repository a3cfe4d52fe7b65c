"""The engine's end of Pulumi's provider protocol: one connection, as the CLI opens one for each provider."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from engine.wire import from_struct, to_struct


class Connection:
    """Requests as the engine makes them; answers as plain values."""

    def __init__(self, stub: Any) -> None:
        self.stub = stub

    def configure(self, **config: Any) -> Any:
        return self.stub.Configure(provider_pb2.ConfigureRequest(args=to_struct(config), acceptSecrets=True))

    def check(self, token: str, name: str, news: Mapping[str, Any], olds: Mapping[str, Any] | None = None) -> Any:
        return self.stub.Check(
            provider_pb2.CheckRequest(
                type=token, name=name, news=to_struct(news), olds=to_struct(olds or {}), randomSeed=b"\x01\x02\x03\x04"
            )
        )

    def diff(self, token: str, olds: Mapping[str, Any], news: Mapping[str, Any], ignored: tuple[str, ...] = ()) -> Any:
        return self.stub.Diff(
            provider_pb2.DiffRequest(
                type=token,
                id="it",
                olds=to_struct(olds),
                old_inputs=to_struct(olds),
                news=to_struct(news),
                ignoreChanges=ignored,
            )
        )

    def create(self, token: str, inputs: Mapping[str, Any], *, preview: bool = False) -> tuple[str, dict[str, Any]]:
        request = provider_pb2.CreateRequest(type=token, name="it", properties=to_struct(inputs), preview=preview)
        made = self.stub.Create(request)
        return made.id, from_struct(made.properties)

    def read(
        self, token: str, id_: str, inputs: Mapping[str, Any], outputs: Mapping[str, Any] | None = None
    ) -> tuple[str, dict[str, Any], dict[str, Any]]:
        request = provider_pb2.ReadRequest(
            type=token, id=id_, inputs=to_struct(inputs), properties=to_struct(outputs or {})
        )
        found = self.stub.Read(request)
        return found.id, from_struct(found.properties), from_struct(found.inputs)

    def update(self, token: str, id_: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
        request = provider_pb2.UpdateRequest(
            type=token, id=id_, olds=to_struct(olds), old_inputs=to_struct(olds), news=to_struct(news)
        )
        return from_struct(self.stub.Update(request).properties)

    def delete(self, token: str, id_: str, inputs: Mapping[str, Any]) -> None:
        request = provider_pb2.DeleteRequest(
            type=token, id=id_, properties=to_struct(inputs), old_inputs=to_struct(inputs)
        )
        self.stub.Delete(request)

    def invoke(self, token: str, **args: Any) -> Any:
        return self.stub.Invoke(provider_pb2.InvokeRequest(tok=token, args=to_struct(args)))

    def version(self) -> str:
        return self.stub.GetPluginInfo(empty_pb2.Empty()).version


@contextmanager
def connected(port: int) -> Iterator[Connection]:
    """A connection of its own: without the option gRPC would share one among channels of a process."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=options) as channel:
        yield Connection(provider_pb2_grpc.ResourceProviderStub(channel))
