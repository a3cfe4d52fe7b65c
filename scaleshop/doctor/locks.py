"""Locks of stacks: taken, stale or damaged."""

from collections.abc import Iterator
from pathlib import Path

from engine.lock import read_holder
from scaleshop.doctor.findings import Finding, fail, warn


def examine_locks(state: Path, host: str) -> Iterator[Finding]:
    """Every lock beside the stacks' states, as seen from a host."""
    for path in sorted(state.glob("*.lock")):
        check = f"lock {path.stem}"
        found = read_holder(path)
        if found is None:
            yield warn(check, "is damaged, left by a crash", "the next command takes it over")
        elif found.host != host:
            fix = f"end the command there, or delete {path} if that host is gone"
            yield fail(check, f"is taken on host {found.host}", fix)
        elif found.is_running:
            yield warn(check, f"is taken by process {found.pid}, which is changing the stack", "wait for it to end")
        else:
            yield warn(check, f"is stale: process {found.pid} is gone", "the next command takes it over")
