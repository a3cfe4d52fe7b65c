"""`scaleshop logs`: what the parts of the shop have logged."""

import json
import re
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from scaleshop.errors import CommandError, Exit
from scaleshop.options import ArchOption, AsJson, Stack, Target
from scaleshop.session import open_session

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
PLANE = "plane"


def logs(
    name: Annotated[
        str | None,
        typer.Argument(help="A part of the shop, e.g. checkout (default all), or `plane`: the data plane."),
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    since: Annotated[str, typer.Option(help="How far back: 30s, 10m, 2h, 1d.")] = "10m",
    arch: ArchOption = None,
    stack: Stack = None,
    target: Target = "sandbox",
    as_json: AsJson = False,
) -> None:
    """Print the shop's logs, oldest first.

    Examples: `scaleshop logs checkout`, `scaleshop logs -f`, `scaleshop logs plane`
    """
    found = re.fullmatch(r"(\d+)([smhd])", since)
    if not found:
        msg = f"--since is '{since}'; give a number and one of s, m, h, d, e.g. 10m."
        raise CommandError(msg, Exit.USAGE)
    session = open_session(arch, stack, target=target)
    planes = {plane.name: plane.log for plane in session.planes}
    if name == PLANE or name in planes:
        for plane, log in planes.items():
            if name in (PLANE, plane):
                _print_file(log)
        return
    shop = session.require_shop()
    if name is not None and name not in shop.units:
        msg = f"The shop has no part '{name}'; there are: {', '.join(sorted(shop.units))}, and `plane`."
        raise CommandError(msg, Exit.USAGE)
    since_ms = int((time.time() - int(found[1]) * UNITS[found[2]]) * 1000)
    for line in shop.read_logs([name] if name else list(shop.units), since_ms, follow=follow):
        if as_json:
            typer.echo(json.dumps(asdict(line)))
        else:
            moment = datetime.fromtimestamp(line.timestamp / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]
            typer.echo(f"{moment} {line.unit:9} {line.message}")


def _print_file(path: Path) -> None:
    if not path.exists():
        msg = f"The data plane has not run yet: {path} does not exist."
        raise CommandError(msg, Exit.FAILED)
    typer.echo(path.read_text("utf-8", errors="replace"), nl=False)
