"""Where behaviours are checked: a sandbox started for it, or a real account."""

import contextlib
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

from sandbox.contract.world import World
from sandbox.engine.interrupts import on_interrupt
from sandbox.host import Sandbox
from sandbox.host.progress import OnProgress
from sandbox.planes.table import AWS_REGION
from sandbox.providers.aws.clients import ANSWER_SECONDS, Clients


@contextlib.contextmanager
def own_sandbox(on_progress: OnProgress) -> Generator[World]:
    """A sandbox on a free port, in a temporary directory; ended and removed afterwards.

    Raises:
        SandboxError: it can't be started.
    """
    directory = Path(tempfile.mkdtemp(prefix="scaleshop-contract-"))
    sandbox = Sandbox(directory, on_progress=on_progress)
    try:
        endpoint = sandbox.start("aws").endpoint
        yield World(Clients(lambda: endpoint, AWS_REGION), endpoint)
    finally:
        with on_interrupt(lambda *_: None):  # nobody else would end it
            sandbox.stop()
            shutil.rmtree(directory, ignore_errors=True)


def real_account(account: str, region: str) -> World:
    """The account that the user's credentials are for."""
    return World(_Real(account, region), None)


class _Real(Clients):
    """Clients of AWS itself, with the user's own credentials and files."""

    def __init__(self, account: str, region: str) -> None:
        super().__init__(lambda: None, region)
        self.account = account

    def _make(self, service: str) -> Any:
        import boto3  # noqa: PLC0415 - costs a third of a second
        from botocore.config import Config  # noqa: PLC0415

        # Many behaviours at once meet the control planes' own rate limits; adaptive retries wait for them.
        config = Config(
            retries={"max_attempts": 8, "mode": "adaptive"}, read_timeout=ANSWER_SECONDS, max_pool_connections=32
        )
        return boto3.session.Session(region_name=self.region).client(service, config=config)
