"""A platform is a folder: what is in it is found and used, what cannot be used is named, and the others work."""

import ast
import json
import keyword
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from policies.core import configuration, exemptions
from policies.core.configuration import Configuration
from policies.core.documents import FileError
from policies.core.evaluate import evaluate
from policies.core.exemptions import Exemptions
from policies.core.graph import ResourceGraph
from policies.core.registry import all_links, all_rules, all_values, platforms, title
from policies.core.report import Report
from policies.pack import policies
from policies.sources.mocks import capture
from scaleshop import guardrails, subjects
from scaleshop.commands.check import check
from scaleshop.errors import CommandError, Exit
from tests.policies.analyzing import Pack
from tests.policies.cases import TODAY
from tests.policies.toy_platform import PROGRAM, toy_folder, write_platform

__all__ = ["toy_folder"]
ROOT = Path(__file__).parents[2]
MARKER = "s3cr3t-marker"
BOTH = PROGRAM + '\n    import pulumi_aws as aws\n    aws.sqs.Queue("orders")\n'
RULE_FILE = "storage/bucket_reader"
# A change of the platform's files, and what is said of it. `{at}` is the folder.
DEFECTS: dict[str, tuple[dict[str, str | None], str, str]] = {
    "a rule raises": (
        {RULE_FILE: f'raise KeyError("{MARKER}")\nRULE = Rule(id="toy-res-01")\n'},
        "toy-res-01",
        "policies.platforms.toy.storage.bucket_reader cannot be used: KeyError at bucket_reader.py:1",
    ),
    "a rule is no Python": (
        {RULE_FILE: 'RULE = Rule(\n    id="toy-res-01",\n    title=,\n)\n'},
        "toy-res-01",
        "bucket_reader cannot be used: SyntaxError at bucket_reader.py:3",
    ),
    "a rule needs what is not there": (
        {RULE_FILE: "import nowhere_to_be_found\n"},
        "toy-storage-bucket-reader",
        "ModuleNotFoundError at bucket_reader.py:1",
    ),
    "a rule is none": ({RULE_FILE: "RULE = 3\n"}, "toy-storage-bucket-reader", "its RULE is no Rule"),
    "a rule has the id of another": (
        {"storage/copy": "from policies.platforms.toy.storage.bucket_reader import RULE\n"},
        "toy-storage-copy",
        "its rule has the id toy-res-01 of policies.platforms.toy.storage.bucket_reader",
    ),
    "shared code raises": ({"other": "1 / 0\n"}, "toy-other", "other cannot be used: ZeroDivisionError at other.py:1"),
    "a service's folder raises": ({"empty/__init__": "1 / 0\n"}, "toy-empty", "ZeroDivisionError at __init__.py:1"),
    "the platform's folder raises": ({"__init__": "1 / 0\n"}, "toy", "ZeroDivisionError at __init__.py:1"),
    "there are no values": ({"values": None}, "toy-values", "toy.values cannot be used: there is no such module"),
    "the values raise": ({"values": "1 / 0\n"}, "toy-values", "ZeroDivisionError at values.py:1"),
    "the values are none": ({"values": "VALUES = 3\n"}, "toy-values", "VALUES is no class of ProviderValues"),
    "the values have another name": ({"values": "VALUE = 3\n"}, "toy-values", "it has no VALUES"),
    "there are no links": (
        {"links": None, RULE_FILE: ""},
        "toy-links",
        "toy.links cannot be used: there is no such module",
    ),
    "the links are none": ({"links": "LINKS = 3\nBUCKET = READER = ''\n"}, "toy-links", "LINKS is no Links"),
}


def write_program(directory: Path, text: str = BOTH) -> Path:
    path = directory / "shop"
    path.mkdir(exist_ok=True)
    (path / "__main__.py").write_text(dedent(text))
    (path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (path / "Pulumi.prod.yaml").write_text("config:\n  toy:zone: north\n")
    return path


def judge(program: Path, *only: str, of: Sequence[str] = ()) -> Report:
    terms = guardrails.read_terms(program, "prod", only=only, of=of)
    return guardrails.judge(subjects.program(program, "prod"), terms)


def findings(report: Report) -> set[tuple[str, str]]:
    return {(result.rule.id, result.resource.name) for result in report.results if result.status == "fail"}


def test_a_platform_in_a_folder_is_found_and_its_rule_links_and_values_are_used(
    toy_folder: Path, tmp_path: Path
) -> None:
    write_platform(toy_folder)
    assert platforms() == ["aws", "toy"]
    assert title("toy") == "Toy cloud"
    report = judge(write_program(tmp_path))
    assert report.is_complete
    [alone, read] = sorted(r.message for r in report.results if r.rule.id == "toy-res-01" and r.status == "fail")
    assert "0 readers of toy://north/alone-" in alone, "the text that the platform's values give"
    assert "Bucket 'read': its room is too small" in read, "the link and a value that is no text"
    assert ("aws-res-02", "orders") in findings(report)


def test_the_command_judges_by_the_rules_of_every_platform(
    toy_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_platform(toy_folder)
    with pytest.raises(CommandError) as stopped:
        check(program=write_program(tmp_path), stack="prod", as_json=True)
    assert stopped.value.code is Exit.FAILED
    document = json.loads(capsys.readouterr().out)
    assert {"toy-res-01", "aws-res-02"} <= {one["rule"] for one in document["findings"]}


def test_a_first_preview_on_mocks_leaves_open_what_the_toy_cloud_would_decide(toy_folder: Path, tmp_path: Path) -> None:
    write_platform(toy_folder)
    program = write_program(tmp_path, PROGRAM)
    resources = capture(program, project="shop", stack="prod", config={}, root=program, known=False)
    results = evaluate(
        all_rules("toy"), ResourceGraph(resources, all_links()), Configuration(), Exemptions(), today=TODAY
    )
    assert {(r.resource.name, r.status) for r in results} == {("read", "not evaluated"), ("alone", "not evaluated")}
    assert [r.reason for r in results if r.resource.name == "read"] == ["room.size is not known"], "the link is"


@pytest.mark.parametrize("name", DEFECTS)
def test_a_module_that_cannot_be_used_is_named_and_the_others_work(name: str, toy_folder: Path, tmp_path: Path) -> None:
    changes, rule_id, says = DEFECTS[name]
    write_platform(toy_folder, **changes)
    report = judge(write_program(tmp_path))
    broken = {result.rule.id: result for result in report.results if result.status == "broken"}
    assert says in broken[rule_id].message
    assert broken[rule_id].message.startswith("Stack 'shop-prod': ")
    assert not report.is_complete
    assert report.is_blocking
    assert not [result.message for result in report.results if MARKER in result.message]
    assert ("aws-res-02", "orders") in findings(report)


def test_a_program_that_fails_for_want_of_values_says_why_they_are_wanting(toy_folder: Path, tmp_path: Path) -> None:
    write_platform(toy_folder, values="1 / 0\n")
    program = write_program(tmp_path, PROGRAM.replace('.get("zone")', '["zone"]'))
    with pytest.raises(CommandError, match=r"KeyError: 'zone'\npolicies.platforms.toy.values cannot be used: Zero"):
        judge(program)


def test_a_module_that_cannot_be_used_counts_whatever_rules_are_asked_for(toy_folder: Path, tmp_path: Path) -> None:
    write_platform(toy_folder, values="1 / 0\n")
    report = judge(write_program(tmp_path), "aws-res-02")
    assert {result.rule.id for result in report.results} == {"aws-res-02", "toy-values"}


def test_the_pack_names_a_module_that_cannot_be_used_and_judges_by_the_others(toy_folder: Path, tmp_path: Path) -> None:
    write_platform(toy_folder, **DEFECTS["a rule raises"][0])
    graph = ResourceGraph(subjects.program(write_program(tmp_path), "prod").resources, all_links())
    reported = {(one.policy, one.level): one.message for one in Pack.of(policies()).all(graph)}
    assert "toy-res-01 broke: " + DEFECTS["a rule raises"][2] in reported["broken-stack", "mandatory"]
    assert ("aws-res-02", "mandatory") in reported


def test_a_file_may_configure_and_exempt_from_a_rule_whose_module_cannot_be_used(
    toy_folder: Path, tmp_path: Path
) -> None:
    write_platform(toy_folder, **DEFECTS["a rule raises"][0])
    rules = all_rules()
    given = configuration.load(write_file(tmp_path, {"toy-res-01": {"least": 4, "unknown": "fail"}}), rules)
    assert given.for_rule(next(rule for rule in rules if rule.id == "toy-res-01")).unknown == "fail"
    assert exemptions.load(write_file(tmp_path, EXEMPTION), [rule.id for rule in rules])


def test_rules_of_other_platforms_are_not_loaded_and_files_may_name_them(toy_folder: Path, tmp_path: Path) -> None:
    write_platform(toy_folder, **{RULE_FILE: "1 / 0\n"})
    program = write_program(tmp_path)
    (program / "policies").mkdir()
    (program / "policies/project.json").write_text(json.dumps({"toy-res-01": {"least": 4}, "aws-res-02": "advisory"}))
    (program / "policies/exemptions.yaml").write_text(json.dumps(EXEMPTION))
    of = guardrails.platforms_of("aws")
    report = judge(program, of=of)
    assert (of, report.is_complete, report.unused) == (["aws"], True, [])
    assert ("aws-res-02", "orders") in findings(report)
    assert "policies.platforms.toy.storage" not in sys.modules
    assert guardrails.platforms_of("elsewhere") == [], "an architecture without rules of its own is judged by all"


@pytest.mark.parametrize("load", [configuration.load, lambda path, rules: exemptions.load(path, [r.id for r in rules])])
def test_a_file_that_names_a_rule_of_no_platform_is_refused_where_all_are_loaded(
    load: Any, toy_folder: Path, tmp_path: Path
) -> None:
    write_platform(toy_folder)
    content = EXEMPTION if load is not configuration.load else {"toy-res-01": "advisory"}
    with pytest.raises(FileError, match="no rule is called 'toy-res-02'"):
        load(write_file(tmp_path, json.loads(json.dumps(content).replace("toy-res-01", "toy-res-02"))), all_rules())


def test_a_platform_that_is_not_there_is_refused_with_those_that_are() -> None:
    for find in (all_rules, all_links, all_values):
        with pytest.raises(LookupError, match="no platform is called 'elsewhere'; policies/platforms has aws"):
            find("elsewhere")


def test_rules_of_one_platform_load_no_other_and_links_and_values_load_no_rule(toy_folder: Path) -> None:
    write_platform(toy_folder)
    code = (
        "import sys; from policies import platforms\n"
        f"platforms.__path__.append({str(toy_folder)!r})\n"
        "from policies.core.registry import all_links, all_rules, all_values\n"
        "shown = lambda: print(*sorted(n.split('.')[2] for n in sys.modules if n.count('.') == 4))\n"
        "all_links(), all_values(); shown()\n"
        "all_rules('toy'); shown()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["", "toy"]


@pytest.mark.parametrize("platform", platforms())
def test_every_module_of_a_platform_is_a_rule_or_is_used_by_one(platform: str) -> None:
    folder = ROOT / "policies/platforms" / platform
    modules = {path: ast.parse(path.read_text("utf-8")) for path in folder.rglob("*.py") if path.stem != "__init__"}
    used = {node.module for tree in modules.values() for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assigned = {
        path: {t.id for n in tree.body if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)}
        for path, tree in modules.items()
    }
    lost = [
        path.relative_to(ROOT)
        for path in modules
        if not assigned[path] & {"RULE", "LINKS", "VALUES"}
        and ".".join(path.relative_to(ROOT).with_suffix("").parts) not in used
    ]
    assert lost == []


def test_nothing_outside_a_platforms_folder_speaks_of_a_cloud() -> None:
    """Texts, comments, docstrings and names alike; tests/structure asks the same of the whole product."""
    words = re.compile(rf"(?<![a-z])({'|'.join(sorted(cloud_words()))})(?![a-z])", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}:{token.start[0]}: {match[0]}"
        for path in sorted((ROOT / "policies").rglob("*.py"))
        if not set(platforms()) & set(path.relative_to(ROOT).parts)
        for token in tokens(path)
        if (match := words.search(token.string))
    ]
    assert found == []


def cloud_words() -> set[str]:
    """Platforms, their services as folders and types call them, and what one of them calls the name of a thing."""
    folders = {path.parent.name.rstrip("_") for path in (ROOT / "policies/platforms").glob("*/*/*.py")}
    # A rule for everything that carries tags names services that are everyday words.
    types = {type_ for rule in all_rules() if len(rule.types) < 10 for type_ in (*rule.types, *rule.reads)}
    services = {type_.split(":")[1].partition("/")[0] for type_ in types}
    return {*platforms(), *folders, *services, "arns?", "amazon", "eventbridge"} - {"tags"}


def tokens(path: Path) -> Iterator[tokenize.TokenInfo]:
    with path.open("rb") as file:
        yield from (
            token
            for token in tokenize.tokenize(file.readline)
            if token.type != tokenize.NAME or not keyword.iskeyword(token.string)
        )


EXEMPTION = {
    "exemptions": [
        {"rules": "toy-res-01", "resources": "*", "reason": "r", "owner": "o", "expires": "2999-01-01"},
    ]
}


def write_file(directory: Path, content: Any) -> Path:
    path = directory / "given.json"
    path.write_text(json.dumps(content))
    return path
