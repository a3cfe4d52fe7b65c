"""The programs on the rules' pages, run: the failing one has one finding, the passing one none."""

import re
from pathlib import Path

import pytest

from tests.policies.cases import judge_rule
from tests.policies.programs import capture_graph

PAGES = sorted(Path(__file__).parents[2].glob("docs/rules/aws-*.md"))
CODE = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def program_in(page: Path, section: str) -> str:
    sections = re.split(r"^## ", page.read_text("utf-8"), flags=re.MULTILINE)
    found = [text for text in sections if text.startswith(f"{section}\n")]
    assert len(found) == 1, f"{page.name} has {len(found)} sections '{section}'"
    programs: list[str] = CODE.findall(found[0])
    assert len(programs) == 1, f"{page.name}: section '{section}' has {len(programs)} programs in Python"
    return programs[0]


def statuses(page: Path, section: str, directory: Path) -> list[str]:
    file = directory / "__main__.py"
    file.write_text(program_in(page, section))
    return [result.status for result in judge_rule(page.stem, capture_graph(file, directory))]


def test_there_are_pages() -> None:
    assert PAGES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_failing_program_of_a_page_has_exactly_one_finding(page: Path, tmp_path: Path) -> None:
    found = statuses(page, "Fails", tmp_path)
    assert [status for status in found if status not in {"pass", "not applicable"}] == ["fail"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_passing_program_of_a_page_is_judged_and_has_no_finding(page: Path, tmp_path: Path) -> None:
    found = statuses(page, "Passes", tmp_path)
    assert "pass" in found
    assert set(found) <= {"pass", "not applicable"}
