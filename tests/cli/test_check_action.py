"""The composite action: valid, pinned, without logic, and made of commands that exist."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from scripts.cli_page import commands

ROOT = Path(__file__).resolve().parents[2]
ACTION = ROOT / ".github/actions/scaleshop/action.yml"
SCHEMA = ROOT / "tests/policies/data/github-action.schema.json"
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")


def action() -> dict[str, Any]:
    return yaml.safe_load(ACTION.read_text("utf-8"))


def workflow() -> dict[str, Any]:
    text = (ROOT / "docs/ci.md").read_text("utf-8")
    return next(
        found for body in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if "jobs" in (found := yaml.safe_load(body))
    )


def lines() -> Iterator[str]:
    for step in action()["runs"]["steps"]:
        yield from step.get("run", "").splitlines()


def test_the_action_is_valid_by_githubs_schema() -> None:
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(action())
    broken = action()
    del broken["runs"]["using"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(broken)


@pytest.mark.parametrize("line", lines())
def test_every_line_is_one_command_that_exists_with_options_that_exist(line: str) -> None:
    words = shlex.split(line)
    if words[0] == "make":
        assert f"{words[1]}:".replace(".venv", "$(VENV)") in (ROOT / "Makefile").read_text("utf-8")
        return
    assert words[0] == ".venv/bin/scaleshop"
    known = commands()
    name = next(n for n in (" ".join(words[1:3]), words[1]) if n in known)
    options = {option for parameter in known[name].params for option in (*parameter.opts, *parameter.secondary_opts)}
    used = [word for word in words if word.startswith("--")]
    assert used, line
    assert [option for option in used if option not in options] == []


def test_no_line_has_logic_or_takes_an_input_as_text() -> None:
    for line in lines():
        assert not EXPRESSION.search(line), f"an input could be a command: {line}"
        assert not re.search(r"&&|\|\||[|;`]|\$\(|\bif\b|\bfor\b", line), line


def test_every_input_is_used_and_every_one_that_is_used_exists() -> None:
    text = ACTION.read_text("utf-8")
    used = set(re.findall(r"inputs\.([\w-]+)", text))
    assert used == set(action()["inputs"])


def test_what_a_command_writes_is_what_the_next_one_reads() -> None:
    text = ACTION.read_text("utf-8")
    written = set(re.findall(r"(?:> |--sarif )\"\$RUNNER_TEMP/([\w.-]+)\"", text))
    read = set(re.findall(r"--(?:preview|check|base-check|base-preview) \"\$RUNNER_TEMP/([\w.-]+)\"", text))
    read |= set(re.findall(r"runner\.temp \}\}/([\w.-]+)", text))
    assert written == read


def test_actions_of_others_are_pinned_by_commit() -> None:
    steps = [*action()["runs"]["steps"], *(step for job in workflow()["jobs"].values() for step in job["steps"])]
    used = [step["uses"] for step in steps if "uses" in step and not step["uses"].startswith("./")]
    assert len(used) == 4
    assert [one for one in used if not PINNED.fullmatch(one)] == []


def test_a_failing_step_hides_no_report() -> None:
    steps = {step.get("name"): step for step in action()["runs"]["steps"]}
    assert all("!cancelled()" in steps[name]["if"] for name in ("Judge", "Upload SARIF", "Comment"))


def test_the_workflow_in_the_documents_has_the_least_rights_and_inputs_that_exist() -> None:
    shown = workflow()
    assert shown["permissions"] == {"contents": "read", "security-events": "write", "pull-requests": "write"}
    assert "pull_request_target" not in json.dumps(shown)
    steps = shown["jobs"]["check"]["steps"]
    assert all(step["with"]["persist-credentials"] is False for step in steps if "checkout" in step["uses"])
    ours = next(step for step in steps if step["uses"].startswith("./"))
    assert (ROOT / ours["uses"] / "action.yml").is_file()
    assert set(ours["with"]) <= set(action()["inputs"])
