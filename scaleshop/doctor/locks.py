"""Locks of stacks: held, stale or damaged."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from scaleshop.doctor.findings import Finding, fail, warn


@dataclass(frozen=True, slots=True)
class _Holder:
    """Who holds a stack's lock, as `sandbox.engine.lock` writes it."""

    host: str
    pid: int
    started: float

    @property
    def alive(self) -> bool:
        try:
            return abs(psutil.Process(self.pid).create_time() - self.started) < 1
        except psutil.NoSuchProcess:
            return False


def locks(state: Path, host: str) -> Iterator[Finding]:
    """Every lock beside the stacks' states, as seen from a host."""
    for path in sorted(state.glob("*.lock")):
        check = f"lock {path.stem}"
        holder = _holder(path)
        if holder is None:
            yield warn(check, "is damaged, left by a crash", "the next command takes it over")
        elif holder.host != host:
            fix = f"end the command there, or delete {path} if that host is gone"
            yield fail(check, f"is held on host {holder.host}", fix)
        elif holder.alive:
            yield warn(check, f"is held by process {holder.pid}, which is changing the stack", "wait for it to end")
        else:
            yield warn(check, f"is stale: process {holder.pid} is gone", "the next command takes it over")


def _holder(path: Path) -> _Holder | None:
    try:
        held = json.loads(path.read_text("utf-8"))
        return _Holder(str(held["host"]), int(held["pid"]), float(held["started"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
