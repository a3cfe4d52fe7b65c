"""The `scaleshop` command."""

import sys

import typer

from scaleshop.commands.preview import preview
from scaleshop.errors import CommandError, Exit

app = typer.Typer(
    name="scaleshop",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Provision a reference shop architecture, sell on it, and say whether it works.",
    epilog="Exit codes: 0 done, 1 failed, 2 usage or settings, 3 environment, 4 state, 130 interrupted.",
)


@app.callback()
def _root() -> None:
    """Provision a reference shop architecture, sell on it, and say whether it works."""


app.command()(preview)


def main() -> None:
    """Run the command; an expected error becomes one message and its exit code."""
    try:
        app()
    except CommandError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(error.code)
    except KeyboardInterrupt:
        typer.echo("Interrupted.", err=True)
        sys.exit(Exit.INTERRUPTED)
