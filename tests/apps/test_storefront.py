"""The page is small, keeps to its site's security headers, and speaks the contract."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from shop_contract import document

from apps.shop.domain import orders
from apps.shop.provider import TOKENS
from components.aws.cloudfront_site import API_PATHS, CONTENT_SECURITY_POLICY, CONTENT_TYPES
from stacks.aws.bundle import STOREFRONT

FILES = sorted(path for path in STOREFRONT.rglob("*") if path.is_file())
SCRIPT = (STOREFRONT / "app.js").read_text()


class Page(HTMLParser):
    """What a browser would load or run, and what it could find by id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.inline: list[str] = []
        self.ids: set[str] = set()
        self.labelled: set[str] = set()
        self.tags: list[str] = []
        self._tag = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._tag = tag
        for name, value in attrs:
            if name in {"src", "href"} and value and not value.startswith("data:"):
                self.loads.append(value)
            if name.startswith("on") or name == "style":
                self.inline.append(f"{tag} {name}")
            if name == "id" and value:
                self.ids.add(value)
            if name in {"for", "aria-labelledby"} and value:
                self.labelled.add(value)

    def handle_endtag(self, tag: str) -> None:
        self._tag = ""

    def handle_data(self, data: str) -> None:
        if self._tag in {"script", "style"} and data.strip():
            self.inline.append(self._tag)


PAGE = Page((STOREFRONT / "index.html").read_text())


def test_the_page_is_less_than_two_hundred_lines() -> None:
    assert sum(len(path.read_text().splitlines()) for path in FILES) < 200


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_site_knows_every_files_content_type(path: Path) -> None:
    assert path.suffix in CONTENT_TYPES


def test_nothing_is_inline_that_the_sites_policy_would_block() -> None:
    assert "'unsafe-inline'" not in CONTENT_SECURITY_POLICY
    assert PAGE.inline == []
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|eval\(|\.style\b|new Function", SCRIPT)


def test_everything_that_is_loaded_is_there_and_from_the_same_site() -> None:
    assert set(PAGE.loads) == {"style.css", "app.js"}
    assert not [path.name for path in FILES if re.search(r"(https?:)?//[a-z]", _code(path))]


def test_the_page_calls_routes_that_the_contract_has_and_the_site_passes_on() -> None:
    called = {re.sub(r"\$\{[^}]*\}", "{}", path) for path in re.findall(r"[\"`](/[^\"`?]*)", SCRIPT)}
    templates = {re.sub(r"\{\w+\}", "{}", path) for path in document()["paths"]}
    assert called
    assert called <= templates
    assert all(path.startswith("/v1/") for path in called)
    assert "/v1/*" in API_PATHS


def test_the_page_finds_what_it_looks_for() -> None:
    assert set(re.findall(r"\$\(\"([\w-]+)\"\)", SCRIPT)) <= PAGE.ids
    assert PAGE.labelled <= PAGE.ids


def test_the_page_has_words_for_every_state_and_reason_and_offers_every_card() -> None:
    schema = document()["components"]["schemas"]["Order"]["properties"]
    for word in (*schema["state"]["enum"], *schema["reason"]["enum"]):
        assert re.search(rf"\b{word}:", SCRIPT), word
    assert set(re.findall(r'value="(\w+)"', (STOREFRONT / "index.html").read_text())) == set(TOKENS)
    assert f"max: {orders.MAX_QUANTITY}," in SCRIPT


def test_the_page_says_its_language_and_fits_a_phone() -> None:
    text = (STOREFRONT / "index.html").read_text()
    assert '<html lang="en">' in text
    assert 'name="viewport"' in text
    assert PAGE.tags.count("h1") == PAGE.tags.count("main") == 1


def _code(path: Path) -> str:
    return re.sub(r"^\s*//.*$", "", path.read_text(), flags=re.MULTILINE)
