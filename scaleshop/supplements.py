"""What stands beside the emulator of a running data plane: supplements, and the functions' environments."""

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.host.local import LocalError, ask
from sandbox.host.supervisor import PlaneStatus

SECONDS = 5


def supplements(plane: PlaneStatus) -> Sequence[Mapping[str, Any]]:
    """Each supplement's name, what it adds, and its figures; empty for a plane that does not run."""
    if plane.endpoint is None:
        return []
    found = list(_asked(f"{plane.endpoint}/_sandbox/status").get("supplements", []))
    for companion in plane.companions:
        if companion.endpoint:
            figures = _environments(_asked(f"{companion.endpoint}/environments"))
            found = [{**s, "figures": {**s["figures"], **figures}} if s["name"] == companion.name else s for s in found]
    return found


def environments(plane: PlaneStatus) -> int | None:
    """How many of the functions' environments there are now; None where no process runs functions."""
    pool = next((companion.endpoint for companion in plane.companions if companion.name == "functions"), None)
    return _asked(f"{pool}/health").get("environments") if pool else None


def figures(supplement: Mapping[str, Any]) -> str:
    """Its figures in one line; what needs a table of its own is left to JSON."""
    plain = {name: value for name, value in supplement["figures"].items() if isinstance(value, int | float | str)}
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in plain.items())


def _environments(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    listed = answer.get("environments", [])
    states = [environment["state"] for environment in listed]
    return {
        "environments": len(listed),
        "busy": states.count("busy"),
        "memory_mb": sum(environment["memory_mb"] for environment in listed),
        "by_function": answer.get("functions", {}),
    }


def _asked(url: str) -> Mapping[str, Any]:
    try:
        return dict(ask(url, seconds=SECONDS))
    except LocalError:
        return {}
