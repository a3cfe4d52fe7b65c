"""An architecture that lives in tests alone gets every command of the others, with no file of the product touched.

Its parts are in `toy/`: what the command must know of it, a guardrail, a program, and a cloud, which is the shop in one
process over HTTP.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from loopback import NO_CERTIFICATES

TOY = Path(__file__).parent / "toy"
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Project:
    """A copy of the toy's project."""

    root: Path

    def run(self, *arguments: str, code: int = 0, **variables: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, str(TOY / "command.py"), *arguments],
            cwd=self.root, capture_output=True, text=True, timeout=120, check=False,
            env={**os.environ, "PATH": str(Path(sys.executable).parent), **variables},
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", code=code).stdout)

    def edit(self, stack: str, old: str, new: str) -> None:
        path = self.root / f"config/Pulumi.{stack}.yaml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    root = tmp_path_factory.mktemp("toy") / "project"
    shutil.copytree(TOY / "project", root)
    made = Project(root)
    try:
        yield made
    finally:
        made.run("down")


def test_preview_plans_it_and_starts_nothing(project: Project) -> None:
    planned = project.json("preview", "toy")
    assert (planned["ok"], planned["changes"]) == (True, {"create": 5})
    assert planned["policies"]["counts"]["pass"] == 1
    assert not (project.root / ".scaleshop/run").exists()
    assert "service.rate" in project.run("preview", "toy", "--explain-sizing").stdout


def test_up_provisions_it_sells_on_it_and_says_whether_it_works(project: Project) -> None:
    first = project.json("up", "toy")
    assert (first["ok"], first["changes"]) == (True, {"create": 5})
    assert {verdict["outcome"] for verdict in first["verdicts"]} == {"pass"}
    again = project.json("up", "toy", "--no-verify")
    assert again["changes"] == {"same": 5}


def test_the_architecture_may_come_from_the_environment_or_from_the_stack(project: Project) -> None:
    url = project.run("outputs", "apiUrl", ARCH="toy").stdout
    assert url == project.run("outputs", "apiUrl", "--stack", "toy-dev").stdout
    assert url.startswith("http://127.0.0.1:")


def test_orders_can_be_placed_and_its_log_read(project: Project) -> None:
    assert project.json("order", "--arch", "toy", "--sku", "PEN-01")["state"] == "CONFIRMED"
    assert "POST /v1/orders 202" in project.run("logs", "checkout", "--arch", "toy").stdout
    assert "the shop has no part" in project.run("logs", "relay", "--arch", "toy", code=2).stderr.lower()


def test_verify_holds_it_to_every_invariant(project: Project) -> None:
    found = project.json("verify", "toy", "--duration", "2", "--rate", "4", "--seed", "3")
    verdicts = {one["id"]: one["outcome"] for one in found["trial"]["invariants"]}
    assert verdicts.pop("I5a") == "not evaluated"
    assert set(verdicts.values()) <= {"pass", "not checked"}


def test_status_shows_its_plane_and_drift_is_repaired(project: Project) -> None:
    status = project.json("status", "toy")
    assert [(plane["name"], plane["state"]) for plane in status["planes"]] == [("toy", "running")]
    assert {entry["token"] for entry in status["types"]} == {"toy:shop:Service", "toy:shop:Worker"}
    worker = next(r for r in resources(project) if r["type"].endswith("Worker"))
    ask("DELETE", f"{status['planes'][0]['endpoint']}/cloud/resources/{worker['id']}")
    (drift,) = project.json("refresh", "toy")["drift"]
    assert (drift["op"], drift["urn"]) == ("delete", worker["urn"])
    assert project.json("up", "toy", "--no-verify")["changes"] == {"create": 1, "same": 4}


def test_chaos_runs_what_it_supports_and_refuses_the_rest_by_name(project: Project) -> None:
    project.run("up", "--stack", "toy-trial", "--no-verify")
    names = ["consumer-paused", "relay-killed"]
    found = project.json("chaos", "toy", *names, "--seconds", "3", "--rate", "4", "--yes", "--settle", "30")
    verdicts = {one["name"]: one["verdict"] for one in found["experiments"]}
    assert verdicts == {"consumer-paused": "pass", "relay-killed": "refused"}
    assert "the toy cloud has no 'kill'" in json.dumps(found)


def test_it_is_drawn(project: Project) -> None:
    drawn = project.run("diagram", "toy").stdout
    assert "shop" in drawn
    assert drawn.count("-worker") >= 3


def test_check_judges_it_by_its_own_rule_alone(project: Project) -> None:
    assert project.json("check", "toy", "--profile", "prod")["counts"]["pass"] == 1
    project.edit("toy-dev", "workers: [orders, inventory, payment]", "workers: [orders]")
    assert "1 workers" in project.run("check", "toy", "--profile", "prod", code=1).stdout
    project.edit("toy-dev", "workers: [orders]", "workers: [orders, inventory, payment]")


def test_what_it_does_not_have_is_refused_by_name(project: Project) -> None:
    for arguments in (("grants", "toy"), ("up", "toy", "--quota", "a=1"), ("doctor", "toy", "--cloud")):
        assert "Architecture 'toy' has no " in project.run(*arguments, code=2).stderr
    assert "has no contract" in project.run("sandbox", "check", "toy", code=2).stderr
    assert "has no proofs" in project.run("prove", "--arch", "toy", code=2).stderr


def test_bad_settings_are_named_all_at_once(project: Project) -> None:
    project.edit("toy-trial", "environment: dev", "environment: qa\n    colour: red")
    refused = project.run("preview", "--stack", "toy-trial", code=2).stderr
    assert "settings.environment" in refused
    assert "settings.colour: unknown field" in refused


def resources(project: Project) -> list[Any]:
    state = json.loads((project.root / ".scaleshop/state/toy-dev.json").read_text())
    return [one for one in state["deployment"].get("resources", []) if one["type"].startswith("toy:")]


def ask(method: str, url: str) -> httpx.Response:
    return httpx.request(method, url, trust_env=False, verify=NO_CERTIFICATES, timeout=10)


def test_destroy_leaves_its_cloud_empty_and_down_stops_it(project: Project) -> None:
    endpoint = project.json("status", "toy")["planes"][0]["endpoint"]
    made = [f"{endpoint}/cloud/resources/{resource['id']}" for resource in resources(project)]
    assert {ask("GET", url).status_code for url in made} == {200}
    project.run("destroy", "--stack", "toy-dev", "--yes")
    assert {ask("GET", url).status_code for url in made} == {404}
    assert resources(project) == []
    project.run("down")
    assert project.json("status", "toy")["planes"][0]["state"] == "stopped"
