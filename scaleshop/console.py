"""Where commands write: results to stdout, everything on the way to stderr; colours only on a terminal."""

import json
import sys
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

PIPED_COLUMNS = 160


def out() -> Console:
    """The console of results."""
    return _console(stderr=False)


def err() -> Console:
    """The console of progress and messages."""
    return _console(stderr=True)


def table(*columns: str, title: str | None = None) -> Table:
    """A table without a frame."""
    made = Table(box=None, title=title, title_justify="left", title_style="bold", header_style="bold", pad_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def print_json(document: Any) -> None:
    """One JSON document on stdout."""
    typer.echo(json.dumps(document, indent=2, default=str))


def _console(*, stderr: bool) -> Console:
    # A pipe has no width; tables must not be folded to the 80 columns that rich then assumes.
    piped = not (sys.stderr if stderr else sys.stdout).isatty()
    return Console(stderr=stderr, soft_wrap=True, highlight=False, width=PIPED_COLUMNS if piped else None)
