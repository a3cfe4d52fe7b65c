"""`scaleshop report`: verdicts rendered for other places."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeGuard

import typer

from scaleshop import console
from scaleshop.errors import CommandError, Exit

app = typer.Typer(no_args_is_help=True, help="Render verdicts for other places, such as a pull request.")


@app.callback()
def _root() -> None:
    """Render verdicts for other places, such as a pull request."""


@app.command()
def pr(
    preview: Annotated[Path, typer.Option(help="What `scaleshop preview --json` printed.")],
    check: Annotated[Path, typer.Option(help="What `scaleshop check --json` printed.")],
    base_check: Annotated[
        Path | None, typer.Option(help="What it printed before the change; a missing or empty file counts as none.")
    ] = None,
    base_preview: Annotated[
        Path | None, typer.Option(help="What the preview printed before the change; likewise.")
    ] = None,
    pages_url: Annotated[str, typer.Option(help="Where the rules' pages are, for links to them.")] = "",
    post: Annotated[
        int | None, typer.Option(min=1, metavar="NUMBER", help="Also put it on this pull request, by `gh`.")
    ] = None,
) -> None:
    """Print the one comment for a pull request: changes, new and fixed findings, exemptions.

    With `--post` the comment that an earlier run left there is replaced; `gh` reads its token and repository from
    GH_TOKEN and GH_REPO.

    Examples: `scaleshop report pr --preview preview.json --check check.json`,
    `scaleshop report pr --preview preview.json --check check.json --base-check base.json --post 7`
    """
    from scaleshop.guardrails import base_report  # noqa: PLC0415 - loads the rules
    from scaleshop.pull_request import comment  # noqa: PLC0415

    if pages_url and not pages_url.startswith("https://"):
        msg = f"--pages-url is '{pages_url}'; it must begin with https://."
        raise CommandError(msg, Exit.USAGE)
    before = base_report(base_check) if _has(base_check) else None
    plan_before = _preview(base_preview) if _has(base_preview) else None
    text = comment(_preview(preview), base_report(check), before, base_preview=plan_before, pages=pages_url)
    typer.echo(text, nl=False)
    if post is not None:
        from scaleshop.github import put_comment  # noqa: PLC0415

        console.err().print(f"Put on the pull request: {put_comment(post, text)}", markup=False)


def _has(path: Path | None) -> TypeGuard[Path]:
    return path is not None and path.is_file() and path.stat().st_size > 0


def _preview(path: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise CommandError(f"--preview {path}: cannot be read: {error.strerror}.", Exit.USAGE) from None
    except json.JSONDecodeError as error:
        raise CommandError(f"{path}:{error.lineno}: is no JSON: {error.msg}.", Exit.USAGE) from None
    except UnicodeDecodeError:
        raise CommandError(f"{path}: is no JSON: not UTF-8.", Exit.USAGE) from None
    if not _is_preview(document):
        msg = f"{path}: is no preview of `scaleshop preview --json`: it needs stack, ok, changes and steps."
        raise CommandError(msg, Exit.USAGE)
    return document


def _is_preview(document: Any) -> bool:
    try:
        return (
            isinstance(document["ok"], bool)
            and isinstance(document["stack"], str)
            and all(isinstance(count, int) for count in document["changes"].values())
            and all(isinstance(step[name], str) for step in document["steps"] for name in ("op", "urn"))
        )
    except (KeyError, TypeError, AttributeError):
        return False
