"""One word, one meaning: words with a better one fail with their line, and so do two classes of one name."""

import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Word, as it is written in lower case, and what to write instead. A plural counts as the word.
BETTER = {
    "_said": "logger",
    "catalogue": "catalog",
    "courier": "dispatcher, delivery",
    "door": "endpoint, the HTTP API",
    "ground": "the word for what is meant: base, reason, floor",
    "held": "kept, had; taken (a lock); enforced (a limit); passed (a check)",
    "inside": "in, within; internal",
    "lane": "shard, worker, partition",
    "shelf": "cache, store",
    "shelves": "caches, stores",
    "told": "reported, shown, given; distinguished (from another)",
}
# Files that other projects wrote, and this table.
EXEMPT = {
    "tests/policies/data/github-action.schema.json": "the schema of action.yml, as schemastore.org publishes it",
    "tests/structure/test_words.py": "names the words",
}


def pattern(word: str) -> re.Pattern[str]:
    """A word by itself or as a part of a name: `is_held`, `heldBack`; not HELD, a state of the shop's contract."""
    if word.startswith("_"):
        return re.compile(rf"(?<!\w){word}\b")
    return re.compile(rf"((?<![A-Za-z]){word}|{word.capitalize()})s?(?![a-z])")


PATTERNS = {word: pattern(word) for word in BETTER}
ANY = re.compile("|".join(BETTER), re.IGNORECASE)


def tracked_files(*patterns: str) -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [path for path in listed.stdout.split("\0") if path and (ROOT / path).is_file()]


def find_words(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a text that have a word with a better one, from 1."""
    for number, line in enumerate(text.splitlines(), 1):
        if ANY.search(line):
            yield from ((number, word) for word, found in PATTERNS.items() if found.search(line))


def check_words(paths: Iterable[str]) -> list[str]:
    """A line for each finding in paths and texts; files that are no text have their paths checked alone."""
    found: list[str] = []
    for path in paths:
        if path in EXEMPT:
            continue
        found += [f"{path}: '{word}' in the path; better: {BETTER[word]}" for _, word in find_words(path)]
        try:
            text = (ROOT / path).read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path}:{line}: '{word}'; better: {BETTER[word]}" for line, word in find_words(text)]
    return found


def check_class_names(paths: Iterable[str]) -> list[str]:
    """A line for each name that several public classes at the top of modules have."""
    places: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        for number, line in enumerate((ROOT / path).read_text("utf-8").splitlines(), 1):
            if match := re.match(r"class ([A-Z]\w*)", line):
                places[match[1]].append(f"{path}:{number}")
    return [f"class {name}: {', '.join(where)}" for name, where in sorted(places.items()) if len(where) > 1]


def product_modules() -> list[str]:
    """The modules that users get; tests and benchmarks stand alone, so their names meet nobody's."""
    return [path for path in tracked_files("*.py") if not {"tests", "benchmarks"}.intersection(path.split("/"))]


def test_no_file_has_a_word_with_a_better_one() -> None:
    found = check_words(tracked_files())
    assert not found, "\n" + "\n".join(found)


def test_no_two_classes_of_the_product_have_one_name() -> None:
    found = check_class_names(product_modules())
    assert not found, "rename one so that it says what it is:\n" + "\n".join(found)


def test_exempt_files_are_there_and_need_it() -> None:
    for path in EXEMPT:
        assert any(find_words((ROOT / path).read_text("utf-8"))), f"{path}: no longer needs its exemption"


def test_words_are_found_alone_and_as_parts_of_names() -> None:
    text = "what held\nis_told\nis HELD\nisInside\nbackground planes\n_said.info\nhas_said\ntwo lanes\nTold_of"
    assert list(find_words(text)) == [
        (1, "held"), (2, "told"), (4, "inside"), (6, "_said"), (8, "lane"), (9, "told"),
    ]  # fmt: skip
