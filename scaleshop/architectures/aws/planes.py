"""What the AWS data plane says of itself: its supplements, its alarms, the environments of its functions."""

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.host.local_http import LocalHttpError, request_json
from sandbox.host.supervisor import PlaneStatus
from scaleshop.architectures.base import Alarm, PlaneDetails, SupplementDetails

SECONDS = 5


def describe_plane(plane: PlaneStatus) -> PlaneDetails:
    """Supplements with their figures, and alarms that are firing; empty for a plane that does not run."""
    supplements = _list_supplements(plane)
    figures = next((one.figures for one in supplements if one.name == "alarms"), {})
    alarms = [Alarm(alarm["name"], alarm["since"], alarm["reason"]) for alarm in figures.get("firing", ())]
    return PlaneDetails(supplements, sorted(alarms, key=lambda alarm: (alarm.since, alarm.name)))


def pool_of(plane: PlaneStatus) -> str | None:
    """Where the process of functions answers, None where none runs."""
    return next((companion.endpoint for companion in plane.companions if companion.name == "functions"), None)


def count_environments(plane: PlaneStatus) -> int | None:
    """How many of the functions' environments there are now; None where no process runs functions."""
    pool = pool_of(plane)
    return _ask(f"{pool}/health").get("environments") if pool else None


def _list_supplements(plane: PlaneStatus) -> Sequence[SupplementDetails]:
    if plane.endpoint is None:
        return []
    answer = _ask(f"{plane.endpoint}/_sandbox/status").get("supplements", [])
    figures = {one["name"]: dict(one["figures"]) for one in answer}
    for companion in plane.companions:
        if companion.endpoint and companion.name in figures:
            figures[companion.name] |= _summarize(_ask(f"{companion.endpoint}/environments"))
    return [SupplementDetails(one["name"], one["adds"], figures[one["name"]]) for one in answer]


def _summarize(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    listed = answer.get("environments", [])
    states = [environment["state"] for environment in listed]
    return {
        "environments": len(listed),
        "busy": states.count("busy"),
        "memory_mb": sum(environment["memory_mb"] for environment in listed),
        "by_function": answer.get("functions", {}),
    }


def _ask(url: str) -> Mapping[str, Any]:
    try:
        return dict(request_json(url, seconds=SECONDS))
    except LocalHttpError:
        return {}
