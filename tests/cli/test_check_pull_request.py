"""The comment on a pull request: what it says, that it fits, and that it stays one."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command_runner import run_command

from policies.reports.document import document
from scaleshop import github
from scaleshop.errors import CommandError, Exit
from scaleshop.pull_request import LONGEST, comment, marker
from tests.policies.reporting import HOSTILE, everything, exemption, queue, report

ROOT = Path(__file__).resolve().parents[2]
SNAPSHOT = Path(__file__).parent / "snapshots/comment.md"
PAGES = "https://github.com/shop/shop/blob/main/docs/rules"
URN = "urn:pulumi:dev::shop::shop:index:Orders$aws:sqs/queue:Queue::"


def preview(**steps: str) -> dict[str, Any]:
    changes: dict[str, int] = {}
    for op in steps.values():
        changes[op] = changes.get(op, 0) + 1
    planned = [{"op": op, "urn": URN + name} for name, op in steps.items()]
    return {"stack": "aws-dev", "ok": True, "changes": changes, "steps": planned, "errors": [], "policies": None}


def test_the_comment_is_what_was_reviewed() -> None:
    """Set SCALESHOP_SNAPSHOTS=1 to write it anew, and review the difference."""
    base = document(report([queue("small", size=4), queue("healed", size=2)]))
    said = comment(preview(small="update", healed="same", made="create", gone="delete"), document(everything()), base,
                   pages=PAGES)  # fmt: skip
    if os.environ.get("SCALESHOP_SNAPSHOTS"):
        SNAPSHOT.parent.mkdir(exist_ok=True)
        SNAPSHOT.write_text(said, "utf-8")
    assert said == SNAPSHOT.read_text("utf-8")


def test_known_findings_are_counted_new_ones_listed_and_healed_ones_named() -> None:
    base = document(report([queue("old", size=4), queue("healed", size=2)]))
    now = document(report([queue("old", size=5), queue("new", size=4), queue("healed", size=20)]))
    said = comment(preview(), now, base)
    assert "#### 1 new finding\n" in said
    assert "| `new` |" in said
    assert "| `old` |" not in said
    assert "1 known finding not shown." in said
    assert "#### 1 fixed\n\n- `aws-res-91` at `healed`" in said


def test_without_a_base_every_finding_is_listed() -> None:
    said = comment(preview(), document(report([queue("a", size=1), queue("b", size=1)])))
    assert "#### 2 findings\n" in said
    assert "fixed" not in said


def test_two_plans_are_compared_where_no_state_is_kept() -> None:
    said = comment(
        preview(kept="create", added="create"), document(report([])), base_preview=preview(kept="create", gone="create")
    )
    assert "1 resources more, 1 fewer, 1 in both (properties are not compared)" in said
    assert "| + | create | `aws:sqs/queue:Queue` | `added` |" in said
    assert "| - | delete | `aws:sqs/queue:Queue` | `gone` |" in said
    assert "`kept`" not in said


def test_a_preview_that_failed_is_named_and_its_errors_are_not_repeated() -> None:
    failed = {**preview(), "ok": False, "errors": ["password is hunter2"]}
    said = comment(failed, document(report([])))
    assert "**The preview failed**" in said
    assert "hunter2" not in said


def test_names_cannot_become_markup_or_another_comments_marker() -> None:
    check = document(everything(name=HOSTILE + "-->"))
    check["stack"] = "x --> <script>"
    said = comment(preview(**{HOSTILE + "a": "create"}), check)
    first, rest = said.split("\n", 1)
    assert re.fullmatch(r"<!-- scaleshop:[A-Za-z0-9_.-]+ -->", first)
    plain = re.sub(r"`[^`\n]*`", "", rest)
    for markup in ("<img", "<script", "](http", "@everyone", "<!--", "-->"):
        assert markup not in plain, markup


@pytest.mark.parametrize("length", [50, 500, 5_000])
def test_a_comment_fits_however_much_there_is_to_say(length: int) -> None:
    names = [f"{'q' * length}{i}" for i in range(400)]
    given = [exemption(name, reason="r" * length, where=f"exemptions.yaml:{i}") for i, name in enumerate(names[200:])]
    check = document(report([queue(name, size=1) for name in names], given=given))
    said = comment(preview(**{f"{'n' * length}{i}": "create" for i in range(300)}), check)
    assert len(said) <= LONGEST
    assert said.startswith(marker("shop-test"))
    assert "more are in the report" in said


def test_there_is_one_comment_for_each_stack() -> None:
    assert marker("aws-dev") != marker("aws-prod")
    assert marker("aws-dev") == "<!-- scaleshop:aws-dev -->"


STAND_IN = """#!{python}
import json, os, pathlib, sys
log = pathlib.Path(os.environ["GH_LOG"])
sent = sys.stdin.read() if "--input" in sys.argv else ""
with log.open("a") as file:
    file.write(json.dumps([sys.argv[1:], sent]) + "\\n")
if os.environ.get("GH_FAILS"):
    sys.exit("HTTP 403: Resource not accessible by integration")
if "--paginate" in sys.argv:
    print(os.environ["GH_COMMENTS"])
else:
    print("https://github.com/shop/shop/pull/7#issuecomment-1")
"""


@pytest.fixture
def gh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for GitHub's client; the file with what it was called with."""
    program, log = tmp_path / "gh", tmp_path / "log"
    program.write_text(STAND_IN.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("GH_LOG", str(log))
    monkeypatch.setenv("GH_COMMENTS", "")
    return log


def calls(log: Path) -> list[tuple[list[str], str]]:
    return [tuple(json.loads(line)) for line in log.read_text("utf-8").splitlines()]  # type: ignore[misc]


def test_the_first_comment_is_posted(gh: Path) -> None:
    assert github.put_comment(7, "<!-- scaleshop:aws-dev -->\nhello").endswith("issuecomment-1")
    arguments, sent = calls(gh)[1]
    assert arguments[:4] == ["api", "repos/{owner}/{repo}/issues/7/comments", "--method", "POST"]
    assert json.loads(sent) == {"body": "<!-- scaleshop:aws-dev -->\nhello"}


def test_the_comment_of_an_earlier_run_is_replaced_and_no_other(gh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    others = [
        {"id": 1, "body": "I said <!-- scaleshop:aws-dev -->"},
        {"id": 2, "body": "<!-- scaleshop:aws-prod -->\n"},
        {"id": 3, "body": "<!-- scaleshop:aws-dev -->\r\nbefore"},
    ]
    monkeypatch.setenv("GH_COMMENTS", "\n".join(map(json.dumps, others)))
    github.put_comment(7, "<!-- scaleshop:aws-dev -->\nnow")
    arguments, _ = calls(gh)[1]
    assert arguments[:4] == ["api", "repos/{owner}/{repo}/issues/comments/3", "--method", "PATCH"]


def test_a_refusal_is_reported_with_the_right_that_is_needed(gh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GH_FAILS", "1")
    with pytest.raises(CommandError, match=r"HTTP 403(?s:.*)pull-requests: write") as error:
        github.put_comment(7, "hello")
    assert error.value.code == Exit.FAILED


def test_without_the_client_it_says_where_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError, match=r"https://cli\.github\.com") as error:
        github.put_comment(7, "hello")
    assert error.value.code == Exit.ENVIRONMENT


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run_command("report", "pr", *arguments, directory=ROOT)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    documents = {"preview": preview(made="create"), "check": document(everything())}
    paths = {name: tmp_path / f"{name}.json" for name in documents}
    for name, path in paths.items():
        path.write_text(json.dumps(documents[name]))
    return paths


def given(files: dict[str, Path]) -> list[str]:
    return ["--preview", str(files["preview"]), "--check", str(files["check"])]


def test_the_command_prints_the_comment(files: dict[str, Path]) -> None:
    done = run(*given(files), "--pages-url", PAGES, "--base-check", str(files["check"].with_name("none.json")))
    assert done.returncode == 0, done.stderr
    assert done.stdout == comment(preview(made="create"), document(everything()), pages=PAGES)


def test_an_empty_base_counts_as_none(files: dict[str, Path]) -> None:
    empty = files["check"].with_name("base.json")
    empty.touch()
    done = run(*given(files), "--base-check", str(empty), "--base-preview", str(empty))
    assert done.stdout == comment(preview(made="create"), document(everything()))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("preview", "{", "preview.json:1: is no JSON"),
        ("preview", "[]", "is no preview of `scaleshop preview --json`"),
        ("preview", '{"stack": "x", "ok": true, "changes": {}, "steps": [{"op": 1}]}', "is no preview of"),
        ("check", "{}", "is no report of `scaleshop check`"),
        ("check", "", "check.json:1: is no JSON"),
    ],
)
def test_files_that_are_none_are_usage_errors(files: dict[str, Path], name: str, content: str, says: str) -> None:
    files[name].write_text(content)
    done = run(*given(files))
    assert (done.returncode, says in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr


def test_pages_are_linked_by_https_alone(files: dict[str, Path]) -> None:
    done = run(*given(files), "--pages-url", "javascript:alert(1)")
    assert (done.returncode, "must begin with https://" in done.stderr) == (2, True)
