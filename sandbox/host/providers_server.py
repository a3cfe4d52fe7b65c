"""Provider packages served to the real CLI: one loopback port a package, for as long as the command runs."""

from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from engine.protocol import Package
from sandbox.host.errors import SandboxError
from sandbox.host.grpc_adapter import ProviderServicer

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
def served(packages: Sequence[Package]) -> Generator[Mapping[str, int]]:
    """Serve packages; yields each one's port on 127.0.0.1 and stops when left.

    Raises:
        SandboxError: no port can be bound.
    """
    ports: dict[str, int] = {}
    with ExitStack() as stack:
        for package in packages:
            threads = stack.enter_context(ThreadPoolExecutor(THREADS, thread_name_prefix=f"provider-{package.name}"))
            server = grpc.server(threads, options=OPTIONS)
            provider_pb2_grpc.add_ResourceProviderServicer_to_server(ProviderServicer(package), server)
            ports[package.name] = _bound(server, package.name)
            server.start()
            stack.callback(lambda stopped=server: stopped.stop(GRACE_SECONDS).wait())
        yield ports


def _bound(server: Any, name: str) -> int:
    try:
        return int(server.add_insecure_port("127.0.0.1:0"))
    except RuntimeError as error:
        msg = f"the provider {name} can't be served on 127.0.0.1: {error}"
        raise SandboxError(msg) from error
