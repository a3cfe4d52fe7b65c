"""The generated pages tell everything there is to tell."""

import re

import pytest

from components import platforms
from scripts.cli_page import cli_page, commands
from scripts.components_page import simplify_annotation
from scripts.generate import GENERATORS
from scripts.settings_page import settings_models, settings_page
from scripts.source import default_of
from stacks.__main__ import architectures


def test_every_component_has_its_section_with_cost_example_inputs_and_outputs() -> None:
    sections = re.split(r"^## ", GENERATORS["docs/reference/components.md"](), flags=re.MULTILINE)[1:]
    assert [section.split("\n")[0] for section in sections] == sorted(platforms())
    for section in sections:
        assert all(part in section for part in ("Cost: ", "```python", "Inputs:", "Outputs:", "Made of: ")), section


def test_every_row_of_a_table_has_its_description() -> None:
    pages = [path for path in GENERATORS if path.startswith("docs/reference/") and "sandbox" not in path]
    silent = [
        f"{path}: {line}"
        for path in pages
        for line in GENERATORS[path]().splitlines()
        if line.startswith("| `") and re.search(r"\|\s*\|$", line)
    ]
    assert silent == []


def test_every_command_and_option_is_on_the_page() -> None:
    page = cli_page()
    assert {"up", "sandbox check"} <= commands().keys()
    for name, command in commands().items():
        section = page.split(f"\n## scaleshop {name}\n")[1].split("\n## ")[0]
        wanted = [opt for p in command.params if p.param_type_name == "option" and p.name != "help" for opt in p.opts]
        assert [opt for opt in wanted if opt not in section] == []
        assert "```console" in section, f"{name} has no example in its docstring"


def test_every_group_of_settings_has_its_section() -> None:
    sections = re.findall(r"^## (\S+)", settings_page("aws"), flags=re.MULTILINE)
    assert {"settings", "settings.sizing", "settings.rules", "settings.edge.jwt", "settings.queues.&lt;name>"} <= {
        *sections
    }


@pytest.mark.parametrize("architecture", architectures())
def test_every_setting_has_its_row(architecture: str) -> None:
    text = settings_page(architecture)
    sections = dict(section.split("\n", 1) for section in text.split("\n## ")[1:])
    for path, model in settings_models(architecture):
        rows = re.findall(r"^\| `(\w+)` \|", sections[path.replace("<", "&lt;")], flags=re.MULTILINE)
        assert sorted(rows) == sorted(model.model_fields)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("NotRequired[Input[int]]", "int"),
        ("Mapping[str, Input[str]]", "Mapping[str, str]"),
        ("NotRequired[Sequence[Input[str]] | None]", "Sequence[str] | None"),
        ("Output[str]", "str"),
    ],
)
def test_a_type_is_shown_without_what_only_says_that_it_may_be_an_output(written: str, shown: str) -> None:
    assert simplify_annotation(written) == shown


@pytest.mark.parametrize(
    ("text", "description", "default"),
    [
        ("Days (default 30).", "Days.", "30"),
        ("Days (default 30, 1 to 90); more cost.", "Days; more cost.", "30, 1 to 90"),
        ("Who (default (nobody)).", "Who.", "(nobody)"),
        ("No default.", "No default.", ""),
    ],
)
def test_a_default_is_taken_out_of_its_description(text: str, description: str, default: str) -> None:
    assert default_of(text) == (description, default)
