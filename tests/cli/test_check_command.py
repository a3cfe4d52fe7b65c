"""`scaleshop check`, `rules` and `explain` through the real entry point."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from command_runner import run_command

from policies.core.configuration import load
from policies.core.registry import all_rules
from policies.reports.document import SCHEMA

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """\
import json

import pulumi_aws as aws

role = aws.iam.Role("worker", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": []}))
worker = aws.lambda_.Function("worker", role=role.arn, runtime="python3.13", handler="app.run", timeout=60)
orders = aws.sqs.Queue("orders", visibility_timeout_seconds=120)
aws.lambda_.EventSourceMapping("orders", event_source_arn=orders.arn, function_name=worker.arn)
"""
RULE = ("--rule", "aws-res-01")
EXEMPTION = """\
exemptions:
  - rules: aws-res-01
    resources: "*::orders"
    reason: it is idempotent
    owner: platform-team
    expires: {expires}
"""


def run(*arguments: str, cwd: Path = ROOT, code: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return run_command(*arguments, directory=cwd, code=code, environment={**os.environ, **environment})


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Somebody else's program with one thing wrong."""
    (tmp_path / "Pulumi.yaml").write_text("name: their-shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    return tmp_path


def findings(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return json.loads(done.stdout)["findings"]


def test_a_finding_is_reported_with_its_numbers_its_fix_and_its_line(shop: Path) -> None:
    done = run("check", "--program", str(shop), *RULE)
    assert done.returncode == 1
    output = " ".join(done.stdout.split())
    for said in ("high", "aws-res-01", "Queue 'orders'", "(120 s)", "360 s", "__main__.py:7"):
        assert said in output, said
    assert done.stdout.splitlines()[-1] == (
        "their-shop, profile prod: 0 pass, 1 fail, 0 not applicable, 0 not evaluated; 1 stops a deployment"
    )
    assert done.stderr == "Error: their-shop: findings that stop a deployment: 1.\n"
    assert "\x1b" not in done.stdout + done.stderr, "no colours in a pipe"


def test_all_reports_are_written_in_one_run_and_fit_their_schemas(shop: Path) -> None:
    paths = {name: shop / f"out.{name}" for name in ("sarif", "junit", "html")}
    options = [word for name, path in paths.items() for word in (f"--{name}", str(path))]
    done = run("check", "--program", str(shop / "__main__.py"), *RULE, "--json", *options)
    assert done.returncode == 1
    jsonschema.validate(json.loads(done.stdout), json.loads(SCHEMA.read_text("utf-8")))
    log = json.loads(paths["sarif"].read_text("utf-8"))
    published = json.loads((ROOT / "tests/policies/data/sarif-schema-2.1.0.json").read_text("utf-8"))
    jsonschema.Draft4Validator(published).validate(log)
    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("__main__.py", 7)
    assert "<testsuites" in paths["junit"].read_text("utf-8")
    assert "<!doctype html>" in paths["html"].read_text("utf-8")


def test_lines_are_reported_from_the_root_of_the_repository(shop: Path) -> None:
    inner = shop / "infra"
    inner.mkdir()
    (shop / ".git").mkdir()
    shutil.move(shop / "__main__.py", inner)
    assert findings(run("check", "--program", str(inner), *RULE, "--json"))[0]["place"] == {
        "file": "infra/__main__.py",
        "line": 7,
    }


def test_a_program_is_configured_by_the_stack_that_is_named(shop: Path) -> None:
    (shop / "__main__.py").write_text("import pulumi\npulumi.Config('shop').require('size')\n" + PROGRAM)
    (shop / "Pulumi.prod.yaml").write_text("config:\n  shop:size: 5\n  shop:key:\n    secure: v1:abc\n")
    assert run("check", "--program", str(shop), "--stack", "prod", *RULE).returncode == 1
    without = run("check", "--program", str(shop), *RULE)
    assert (without.returncode, "__main__.py:2" in without.stderr) == (1, True)
    other = run("check", "--program", str(shop), "--stack", "qa")
    assert (other.returncode, "Pulumi.qa.yaml does not exist" in other.stderr) == (2, True)


def test_only_what_is_new_since_a_report_fails(shop: Path) -> None:
    before = shop / "before.json"
    before.write_text(run("check", "--program", str(shop), *RULE, "--json").stdout)
    same = run("check", "--program", str(shop), *RULE, "--diff", str(before))
    assert (same.returncode, "1 findings that" in same.stdout) == (0, True)
    (shop / "__main__.py").write_text("# moved\n" + PROGRAM.replace("seconds=120", "seconds=30"))
    worse = run("check", "--program", str(shop), *RULE, "--diff", str(before), "--json")
    assert (worse.returncode, [one["severity"] for one in findings(worse)]) == (1, ["critical"])


def test_levels_come_from_the_profile_and_the_projects_file_beside_the_program(shop: Path) -> None:
    assert run("check", "--program", str(shop), *RULE, "--profile", "dev").returncode == 0
    assert run("check", "--program", str(shop), *RULE, "--profile", "dev", "--fail-on", "any").returncode == 1
    (shop / "policies").mkdir()
    (shop / "policies/project.json").write_text('{"aws-res-01": {"factor": 2}}')
    assert run("check", "--program", str(shop), *RULE).returncode == 0
    strict = shop / "own.json"
    strict.write_text('{"aws-res-01": {"factor": 9}}')
    assert "540 s" in run("check", "--program", str(shop), *RULE, "--config", str(strict)).stdout


def test_exemptions_hold_for_their_time_and_can_be_refused(shop: Path) -> None:
    file = shop / "policies/exemptions.yaml"
    file.parent.mkdir()
    file.write_text(EXEMPTION.format(expires="2999-01-31"))
    exempted = run("check", "--program", str(shop), *RULE, "--json")
    assert exempted.returncode == 0
    assert json.loads(exempted.stdout)["exempted"][0]["exemption"]["owner"] == "platform-team"
    assert run("check", "--program", str(shop), *RULE, "--no-exemptions").returncode == 1
    refused = run("check", "--program", str(shop), *RULE, "--max-exemption-days", "30", "--json")
    assert "longer than 30 days" in findings(refused)[0]["reason"]
    file.write_text(EXEMPTION.format(expires="2020-01-31"))
    assert "expired on 2020-01-31" in findings(run("check", "--program", str(shop), *RULE, "--json"))[0]["reason"]
    file.write_text(EXEMPTION.format(expires="2999-01-31").replace("::orders", "::gone"))
    assert "exemptions.yaml:2: nothing needs this exemption" in run("check", "--program", str(shop), *RULE).stdout


@pytest.mark.parametrize(
    ("option", "content", "says"),
    [
        ("--config", '{\n  "aws-res-01": {"factr": 3}\n}', ":2: aws-res-01 has no setting 'factr'"),
        ("--config", '{\n  "aws-res-1": "advisory"\n}', ":2: no rule is called 'aws-res-1'"),
        ("--config", "{\n", ": is neither JSON nor YAML"),
        ("--exemptions", "exemptions:\n  - rules: aws-res-01\n", ":2: the exemption needs resources, reason"),
        ("--exemptions", EXEMPTION.format(expires="soon"), ":6: expires"),
        ("--exemptions", "[", ": is neither JSON nor YAML"),
        ("--diff", "{\n]", ":2: is no JSON"),
        ("--diff", "{}", ": is no report of `scaleshop check`"),
    ],
)
def test_a_malformed_file_is_a_usage_error_with_its_line(shop: Path, option: str, content: str, says: str) -> None:
    file = shop / "given.txt"
    file.write_text(content)
    done = run("check", "--program", str(shop), *RULE, option, str(file))
    assert done.returncode == 2
    assert re.search(re.escape(str(file)) + r"(:\d+)?" + re.escape(says.lstrip("0123456789")), done.stderr), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--rule", "aws-res-1"), "--rule aws-res-1: no rule is called 'aws-res-1'"),
        (("--profile", "production"), "Profile 'production' is unknown; there are dev, prod, strict."),
        (("--stack", "aws-qa"), "Known stacks: aws-dev, aws-prod, aws-trial."),
        (("--program", "nowhere"), "--program nowhere: does not exist"),
        (("--program", "docs"), "docs/__main__.py does not exist"),
        (("--state", "nowhere.json"), "nowhere.json: cannot be read"),
        (("--state", "README.md"), "README.md:1: is no JSON"),
        (("--preview", "policies/profiles/prod.json"), "has no 'steps'"),
        (("--state", "a", "--preview", "b"), "--state and --preview are both given"),
        (("--state", "a", "--stack", "b"), "--stack has no meaning with --state"),
        (("--config", "nowhere.json"), "nowhere.json: cannot be read"),
        (("--sarif", "nowhere/check.sarif", "--rule", "aws-res-01"), "--sarif nowhere/check.sarif: "),
    ],
)
def test_wrong_usage_is_named_with_what_would_do(arguments: tuple[str, ...], says: str) -> None:
    done = run("check", *arguments)
    assert (done.returncode, says in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("import pulumi\nraise pulumi.RunError('no such table')\n", "__main__.py:2: no such table"),
        ("\n\n1 / 0\n", "__main__.py:3: the program failed: ZeroDivisionError"),
        ("def f(:\n", "__main__.py:1: the program failed: SyntaxError"),
        ("import sys\nsys.exit(3)\n", "the program failed: SystemExit"),
    ],
)
def test_a_program_that_fails_is_reported_with_its_line(shop: Path, program: str, says: str) -> None:
    (shop / "__main__.py").write_text(program)
    done = run("check", "--program", str(shop))
    assert (done.returncode, says in done.stderr) == (1, True), done.stderr
    assert "Traceback" not in done.stderr


def test_an_empty_program_has_nothing_to_find(shop: Path) -> None:
    (shop / "__main__.py").write_text("")
    done = run("check", "--program", str(shop), "--profile", "strict")
    assert (done.returncode, "0 pass, 0 fail" in done.stdout) == (0, True), done.stdout


def test_a_state_file_is_judged_and_its_results_point_at_it(shop: Path) -> None:
    urn = "urn:pulumi:prod::shop::aws:sqs/queue:Queue::orders"
    resource = {"urn": urn, "type": "aws:sqs/queue:Queue", "custom": True, "id": "x", "inputs": {}, "outputs": {}}
    state, log = shop / "state.json", shop / "out.sarif"
    state.write_text(json.dumps({"version": 3, "deployment": {"resources": [resource]}}))
    done = run("check", "--state", str(state), "--fail-on", "any", "--sarif", str(log), "--json", cwd=shop)
    assert (done.returncode, json.loads(done.stdout)["source"]) == (1, "state")
    results = json.loads(log.read_text("utf-8"))["runs"][0]["results"]
    places = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in results}
    assert places == {"state.json"}


def test_a_rule_that_breaks_is_named_by_exit_code_and_the_others_still_run(shop: Path) -> None:
    breaking = (
        "import dataclasses\n"
        "from policies.core import registry\n"
        "def check(resource, view):\n"
        "    raise KeyError(str(resource.value))\n"
        "    yield\n"
        "rules = registry.all_rules()\n"
        "broken = [dataclasses.replace(r, check=check) if r.id == 'aws-sec-01' else r for r in rules]\n"
        "registry.all_rules = lambda *platforms: broken\n"
    )
    done = run("check", "--program", str(shop), "--json", code=breaking)
    assert done.returncode == 5
    assert "verdicts are missing, because rules broke" in done.stderr
    found = {(one["rule"], one["status"]) for one in findings(done)}
    assert {("aws-sec-01", "broken"), ("aws-res-01", "fail")} <= found
    assert "Traceback" not in done.stderr


def test_the_shops_own_stack_for_production_is_judged_whole() -> None:
    done = run("check", "aws", "--stack", "aws-prod", "--json")
    report = json.loads(done.stdout)
    assert (report["profile"], report["source"], report["complete"]) == ("prod with project.json", "mocks", True)
    assert report["counts"]["not evaluated"] == 0
    assert report["counts"]["pass"] > 200
    assert "aws-sec-05" not in {one["rule"] for one in report["findings"]}, "public routes are a reviewed list"


def test_rules_are_listed_with_their_levels() -> None:
    listed = run("rules", "--profile", "dev").stdout
    assert len([line for line in listed.splitlines() if line.startswith("aws-")]) == len(all_rules())
    listed_rules = {one["id"]: one for one in json.loads(run("rules", "--profile", "strict", "--json").stdout)}
    assert listed_rules["aws-res-01"]["configuration"] == {
        "enforcementLevel": "mandatory",
        "unknown": "fail",
        "factor": 6,
    }
    assert listed_rules["aws-res-01"]["settings"]["factor"]["default"] == 6


@pytest.mark.parametrize("profile", ["dev", "prod", "strict"])
def test_the_printed_configuration_is_one_that_the_packs_take(profile: str, tmp_path: Path) -> None:
    path = tmp_path / "pack.json"
    path.write_text(run("rules", "--profile", profile, "--print-config").stdout)
    loaded = load(path, all_rules())
    assert set(loaded.rules) == {one.id for one in all_rules()}


def test_a_rule_is_explained_by_its_page() -> None:
    page = (ROOT / "docs/rules/aws-res-01.md").read_text("utf-8")
    assert run("explain", "aws-res-01").stdout == page
    explained = json.loads(run("explain", "AWS-RES-01", "--json").stdout)
    assert (explained["text"], explained["types"]) == (page, ["aws:sqs/queue:Queue"])
    unknown = run("explain", "aws-res-1")
    assert (unknown.returncode, "`scaleshop rules` lists them" in unknown.stderr) == (2, True)


def test_without_pages_a_rule_says_what_it_knows(tmp_path: Path) -> None:
    moved = (
        f"from pathlib import Path; from scaleshop.commands import rules; rules.PAGES_ROOT = Path({str(tmp_path)!r})"
    )
    page = run("explain", "aws-res-01", code=moved).stdout
    assert page.startswith("# AWS-RES-01: A queue's visibility timeout")
    assert "`factor` (default `6`)" in page
