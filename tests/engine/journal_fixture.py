"""A stack in the middle of an update, its state, and its journal."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import minicloud
import pulumi
from minicloud import MiniPackage, MiniProvider
from stack_fixture import Stack

from engine import journal
from engine.crypter import Crypter
from engine.state import ResourceState
from engine.state_file import read_deployment

PASSPHRASE = "open sesame"
SALT = Crypter(PASSPHRASE).salt  # one derivation of the key for all
SEALED = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "hunter2"}


def resource(name: str, **fields: Any) -> ResourceState:
    urn = f"urn:pulumi:dev::demo::mini:index:Bucket::{name}"
    return ResourceState(urn=urn, custom=True, type="mini:index:Bucket", inputs={"key": SEALED}, outputs={}, **fields)


def stored(path: Path) -> tuple[list[Any], list[Any]]:
    found = read_deployment(path)
    assert found
    return found.deployment["resources"], found.deployment["pending_operations"]


class Blocked(MiniProvider):
    """A cloud whose second thing is still being made while the disk is looked at."""

    entered, leave = threading.Event(), threading.Event()

    def create(self, token: str, name: str, inputs: Any, *, preview: bool) -> Any:
        if name == "queue" and not preview:
            self.entered.set()
            assert self.leave.wait(30)
        return super().create(token, name, inputs, preview=preview)


class BlockedPackage(MiniPackage):
    def configure(self, config: Mapping[str, Any]) -> MiniProvider:
        return Blocked(self.world, config)


def first() -> None:
    minicloud.Bucket("zero")


def second() -> None:
    bucket = minicloud.Bucket("bucket", password=pulumi.Output.secret("hunter2"))
    record = minicloud.Record("record", target=bucket.arn)
    minicloud.Queue("queue", target=record.arn)


@dataclass
class Crashed:
    """A stack in the middle of an update, as a crash would leave it."""

    stack: Stack
    checkpoint: bytes
    journal: bytes

    @property
    def beside(self) -> Path:
        return journal.journal_path(self.stack.state)

    def leave(self, content: bytes | None = None) -> None:
        self.stack.state.write_bytes(self.checkpoint)
        self.beside.write_bytes(self.journal if content is None else content)

    def names(self) -> list[str]:
        return [s.urn.rpartition("::")[2] for s in self.stack.engine().resources() if s["type"].startswith("mini:")]
