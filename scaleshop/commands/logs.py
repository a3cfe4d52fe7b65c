"""`scaleshop logs`: what functions said."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from scaleshop.deployment import Deployment, deployed
from scaleshop.errors import CommandError, Exit
from scaleshop.options import AsJson, Stack, Target
from scaleshop.session import open_session

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
POLL_SECONDS = 1.0
PLANE = "plane"


def logs(
    name: Annotated[
        str | None, typer.Argument(help="A function, e.g. checkout (default all), or `plane` for the emulator's own.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    since: Annotated[str, typer.Option(help="How far back: 30s, 10m, 2h, 1d.")] = "10m",
    stack: Stack = None,
    target: Target = "sandbox",
    as_json: AsJson = False,
) -> None:
    """Print the functions' logs, oldest first.

    Examples: `scaleshop logs checkout`, `scaleshop logs -f`, `scaleshop logs plane`
    """
    found = re.fullmatch(r"(\d+)([smhd])", since)
    if not found:
        msg = f"--since is '{since}'; give a number and one of s, m, h, d, e.g. 10m."
        raise CommandError(msg, Exit.USAGE)
    session = open_session("aws", stack, target=target)
    if name == PLANE:
        _print_file(session.sandbox.status()[0].log)
        return
    deployment = deployed(session)
    groups: Mapping[str, str] = deployment.outputs["logGroups"]
    if name is not None and name not in groups:
        msg = f"There is no function '{name}'; there are: {', '.join(sorted(groups))}, and `plane`."
        raise CommandError(msg, Exit.USAGE)
    wanted = groups if name is None else {name: groups[name]}
    start = int((time.time() - int(found[1]) * UNITS[found[2]]) * 1000)
    for event in _events(deployment, wanted, start, follow=follow):
        if as_json:
            typer.echo(json.dumps(event))
        else:
            moment = datetime.fromtimestamp(event["timestamp"] / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]
            typer.echo(f"{moment} {event['function']:9} {event['message']}")


def _events(deployment: Deployment, groups: Mapping[str, str], start: int, *, follow: bool) -> Iterator[dict[str, Any]]:
    client = deployment.client("logs")
    seen: dict[str, set[str]] = {name: set() for name in groups}
    since = dict.fromkeys(groups, start)
    while True:
        batch = [
            {"function": name, "timestamp": event["timestamp"], "message": event["message"].rstrip()}
            for name, group in groups.items()
            for event in _new(client, group, since, seen, name)
        ]
        yield from sorted(batch, key=lambda event: event["timestamp"])
        if not follow:
            return
        time.sleep(POLL_SECONDS)


def _new(client: Any, group: str, since: dict[str, int], seen: dict[str, set[str]], name: str) -> list[dict[str, Any]]:
    """Events of a group that were not returned before; those of its last millisecond are remembered by id."""
    try:
        pages = client.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since[name])
        events = [event for page in pages for event in page["events"]]
    except client.exceptions.ResourceNotFoundException:
        return []
    fresh = [event for event in events if _identity(event) not in seen[name]]
    if fresh:
        since[name] = max(event["timestamp"] for event in fresh)
        seen[name] = {_identity(event) for event in events if event["timestamp"] >= since[name]}
    return fresh


def _identity(event: Mapping[str, Any]) -> str:
    # The emulator gives events no id.
    return event.get("eventId") or f"{event['logStreamName']} {event['timestamp']} {event['message']}"


def _print_file(path: Path) -> None:
    if not path.exists():
        msg = f"The data plane has not run yet: {path} does not exist."
        raise CommandError(msg, Exit.FAILED)
    typer.echo(path.read_text("utf-8", errors="replace"), nl=False)
