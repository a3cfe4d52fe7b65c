"""Documents lead somewhere: links, commands, make targets and Python in them are real."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from scaleshop.cli import app

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<body>.*?)^```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def documents() -> list[Path]:
    """Every document of the project; hidden directories hold other people's."""
    ours = [path for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")]
    found = [*ROOT.glob("*.md"), *(path for directory in ours for path in directory.rglob("*.md"))]
    return sorted(path.relative_to(ROOT) for path in found)


def fences(path: Path, *languages: str) -> Iterator[str]:
    text = (ROOT / path).read_text("utf-8")
    return (found["body"] for found in FENCE.finditer(text) if found["language"] in languages)


def commands(path: Path) -> list[list[str]]:
    """Every command behind a prompt; what `&&` joins is two."""
    lines = [line[2:] for body in fences(path, "console") for line in body.splitlines() if line.startswith("$ ")]
    return [part.split("#")[0].split() for line in lines for part in line.split("&&")]


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub gives to a document's headings."""
    headings = HEADING.findall(re.sub(FENCE, "", path.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", documents(), ids=str)
def test_every_relative_link_leads_to_a_file_and_a_heading(document: Path) -> None:
    text = re.sub(FENCE, "", (ROOT / document).read_text("utf-8"))
    broken = []
    for link in LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (ROOT / document).parent / name if name else ROOT / document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("document", documents(), ids=str)
def test_every_command_in_a_console_block_exists_with_its_options(document: Path) -> None:
    group: Any = typer.main.get_command(app)
    unknown = []
    for words in commands(document):
        if words[:1] != ["scaleshop"] or words[1].startswith("-"):
            continue
        command = group
        for word in words[1:]:
            command = command.commands.get(word) if hasattr(command, "commands") else command
        names = {name for p in command.params for name in (*p.opts, *p.secondary_opts)} if command else set()
        used = {word.partition("=")[0] for word in words[2:] if word.startswith("-")}
        if command is None or not used <= {*names, "--help"}:
            unknown.append(" ".join(words))
    assert unknown == []


@pytest.mark.parametrize("document", documents(), ids=str)
def test_every_make_target_in_a_console_block_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    used = {word for words in commands(document) if words[:1] == ["make"] for word in words[1:] if "=" not in word}
    assert used <= targets


@pytest.mark.parametrize("document", documents(), ids=str)
def test_every_python_block_compiles(document: Path) -> None:
    for number, body in enumerate(fences(document, "python", "py")):
        compile(body, f"{document} block {number}", "exec")


def test_the_readme_shows_commands_at_all() -> None:
    shown = {tuple(words[:2]) for words in commands(Path("README.md"))}
    assert {("make", "up"), ("make", "test"), ("scaleshop", "order")} <= shown


def test_every_make_target_is_listed_by_make_help() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {"make up", "make test", "make docs", "make bench"} <= {" ".join(x.split()[:2]) for x in listed.splitlines()}
