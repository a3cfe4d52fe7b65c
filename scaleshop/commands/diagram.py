"""`scaleshop diagram`: the architecture as a picture of its resource graph."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from scaleshop.errors import CommandError, Exit
from scaleshop.options import Arch, Stack
from scaleshop.progress_display import ProgressDisplay
from scaleshop.session import Session, open_session


class Format(StrEnum):
    """What a drawing is written as."""

    MERMAID = "mermaid"
    SVG = "svg"


def diagram(
    arch: Arch = None,
    stack: Stack = None,
    output_format: Annotated[
        Format, typer.Option("--format", help="Mermaid text, or an SVG with the cloud's icons.")
    ] = Format.MERMAID,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write (default stdout).")] = None,
) -> None:
    """Draw the architecture from its resource graph; nothing is started and no credentials are needed.

    SVG needs the packages of the dependency group `docs`.

    Examples: `scaleshop diagram`, `scaleshop diagram --stack NAME --format svg --output prod.svg`
    """
    if output is not None and not output.parent.is_dir():
        msg = f"--output {output}: {output.parent} is no directory; name a file in one that exists."
        raise CommandError(msg, Exit.USAGE)
    session = open_session(arch, stack)
    with ProgressDisplay(f"planning {session.stack}") as display:
        session.on_progress = display.progress
        session.architecture.build_artifacts(session.on_progress)
        text = draw(session, output_format)
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        msg = f"--output {output}: {error.strerror}; name a file that you may write."
        raise CommandError(msg, Exit.USAGE) from None


def draw(session: Session, output_format: Format) -> str:
    """Draw a stack as text.

    Raises:
        CommandError: the preview fails, or SVG's packages are missing.
    """
    from scaleshop.diagram.plan import plan_drawing  # noqa: PLC0415 - loads Pulumi's SDK

    if output_format == Format.SVG:
        from scaleshop.diagram.svg import svg  # noqa: PLC0415

        return svg(plan_drawing(session), session.stack)
    from scaleshop.diagram.mermaid import mermaid  # noqa: PLC0415

    return mermaid(plan_drawing(session), session.stack)
