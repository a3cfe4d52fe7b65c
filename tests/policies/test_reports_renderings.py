"""JUnit, HTML and Markdown: complete, escaped, and never with the value of a text."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from policies.core.configuration import Configuration
from policies.core.report import Report
from policies.core.values import UNKNOWN
from policies.reports.document import to_json
from policies.reports.html import html
from policies.reports.junit import junit
from policies.reports.markdown import MOST_ROWS, code, markdown, text
from policies.reports.sarif import sarif
from tests.policies.reporting import HOSTILE, everything, queue, report, rule

SECRET = "s3cr3t-marker"
FORMATS: dict[str, Callable[[Report], str]] = {
    "json": to_json, "sarif": sarif, "junit": junit, "html": html, "markdown": markdown,
}  # fmt: skip


def suite(one: Report) -> ET.Element:
    found = ET.fromstring(junit(one)).find("testsuite")
    assert found is not None
    return found


def test_a_suite_counts_its_cases_as_they_are() -> None:
    found = suite(everything())
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(found.attrib[name]) == len(found.findall(f"testcase/{tag}")) > 0, tag
    assert int(found.attrib["tests"]) == len(found.findall("testcase"))


def test_each_verdict_has_its_element() -> None:
    cases = {c.attrib["name"].split("'")[1]: c for c in suite(everything()) if c.attrib["classname"].endswith("res-91")}
    outcome = {name: [inner.tag for inner in case] for name, case in cases.items()}
    assert outcome["small"] == ["failure"]
    assert outcome["large"] == []
    assert outcome["hidden"] == outcome["allowed"] == ["skipped"]
    assert "sizeless" not in outcome
    assert cases["small"].attrib["file"] == "shop/queues.py"
    assert cases["small"].attrib["line"] == "7"


def test_an_unknown_value_that_stops_a_deployment_is_a_failure() -> None:
    strict = Configuration({"all": {"enforcementLevel": "mandatory", "unknown": "fail"}})
    one = report([queue("hidden", size=UNKNOWN)], configuration=strict)
    assert suite(one).attrib["failures"] == "1"


def test_names_that_xml_cannot_hold_are_replaced() -> None:
    assert ET.fromstring(junit(report([queue("nul\x00\x1b[0m\ud800", size=1)]))) is not None


class Reader(HTMLParser):
    """What a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_loads_and_runs_nothing_whatever_a_name_is() -> None:
    reader = Reader()
    reader.feed(html(everything(name=HOSTILE)))
    assert set(reader.tags) <= {
        "html", "meta", "title", "style", "h1", "h2", "p", "table", "tr", "th", "td", "span", "code", "br",
    }  # fmt: skip
    assert set(reader.attributes) <= {"lang", "charset", "class", "content", "http-equiv"}
    assert any("onerror=alert(1)" in said for said in reader.texts), "the name is shown as it is"


def test_the_page_tells_findings_exemptions_and_what_is_missing() -> None:
    page = html(everything())
    for said in ("FAIL: shop-test", "set size to 10", "shop/queues.py:7", "Exempted", "nothing needs", "A rule broke"):
        assert said in page, said
    assert "PASS: shop-test" in html(report([queue("large", size=40)]))


def test_markdown_tells_findings_exemptions_and_counts() -> None:
    text_of = markdown(everything())
    assert "### shop-test: the policies stop this; a rule broke" in text_of
    assert "| high **stops** | `aws-res-91` | `small` |" in text_of
    assert "**Exempted**" in text_of
    assert "**Exemptions that hold no longer**" in text_of
    assert "**Exemptions that nothing needs; delete them**" in text_of


def test_markdown_keeps_hostile_names_text() -> None:
    text_of = markdown(everything(name=HOSTILE))
    plain = re.sub(r"`[^`\n]*`", "", text_of)
    assert "<img" not in plain
    assert "](http" not in plain
    assert "@everyone" not in plain
    assert all(line.count("|") == 6 for line in text_of.splitlines() if line.startswith("|")), "no cell is split"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("a|b", "a&#124;b"),
        ("<b>", "&lt;b&gt;"),
        ("[x](y)", r"\[x\]\(y\)"),
        ("@team", "&#64;team"),
        ("#12", "&#35;12"),
        ("https://x", "https&#58;//x"),
        ("www.x", "www&#46;x"),
        ("one\n\ntwo", "one two"),
        ("*a* _b_", r"\*a\* \_b\_"),
        ("\\", "\\\\"),
        ("at 6 x: 30", "at 6 x: 30"),
    ],
)
def test_text_stays_text(given: str, shown: str) -> None:
    assert text(given) == shown


def test_code_ends_where_it_should_and_long_texts_are_cut() -> None:
    assert code("a`b|c\nd") == "`a'b¦c d`"
    assert code("") == ""
    assert len(code("x" * 5_000)) < 700
    assert len(text("x" * 5_000)) < 700


def test_what_is_too_much_for_a_table_is_counted() -> None:
    text_of = markdown(report([queue(f"q{i}", size=1) for i in range(MOST_ROWS + 3)]))
    assert "3 more are in the report." in text_of


@pytest.mark.parametrize("name", FORMATS)
def test_the_value_of_a_text_is_in_no_report(name: str) -> None:
    marked = [
        queue("failing", size=1, text=SECRET, tags={"scaleshop:exempt:aws-res-91": SECRET}, nested={"deep": [SECRET]}),
        queue("unreadable", size=SECRET, policy=SECRET),
        queue("passing", size=40, text=SECRET),
    ]
    rules = [rule(), rule("aws-sec-93", "medium", telling_check)]
    said = FORMATS[name](report(marked, rules))
    assert "failing" in said
    assert SECRET not in said


def telling_check(resource: object, _: object) -> object:
    raise ValueError(str(getattr(resource, "value", "")))
