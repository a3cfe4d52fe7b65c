"""The shop and a wrong program, whose verdicts must not depend on where their resources are read from."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from engine.engine import Engine
from engine.policy import PolicyPack
from policies.core.configuration import load, profile
from policies.core.evaluate import evaluate
from policies.core.exemptions import Exemptions
from policies.core.graph import ResourceGraph
from policies.core.registry import all_links, all_rules
from policies.core.resource import Resource
from policies.sources.mocks import capture
from policies.validation import is_local
from sandbox.aws.package import AwsPackage
from scaleshop.session import open_session
from tests.policies.cases import TODAY

ROOT = Path(__file__).parents[2]
PACK = ROOT / "policies"
WRONG = Path(__file__).parent / "data" / "wrong_shop.py"
CONFIGURATION = load(PACK / "project.json", all_rules()).layer_over(profile("prod", all_rules()))
"""The profile for production with the project's own file over it."""
MARKER = "s3cr3t-marker"
FINDINGS = frozenset({"fail", "not evaluated", "broken"})
Verdicts: TypeAlias = Mapping[tuple[str, str], frozenset[str]]
"""What is said, by rule and URN."""


@dataclass(frozen=True)
class Program:
    """A program with its stack and settings."""

    path: Path
    project: str
    stack: str
    root: Path
    config: Mapping[str, str]
    secret_config: Sequence[str] = ()
    concurrency: int | None = None

    def capture(self, *, known: bool = True) -> Sequence[Resource]:
        return capture(
            self.path, project=self.project, stack=self.stack, config=self.config,
            secret_config=self.secret_config, root=self.root, known=known,
        )  # fmt: skip

    def engine(self, scratch: Path, endpoint: str | None = None, packs: Sequence[PolicyPack] = ()) -> Engine:
        return Engine(
            project=self.project, stack=self.stack, state=scratch / "state" / "stack.json", passphrase="drawn",
            packages=[AwsPackage(endpoint, account_concurrency=self.concurrency)],
            config=self.config, secret_config=self.secret_config, root=self.root, policy_packs=packs,
        )  # fmt: skip


def shop() -> Program:
    session = open_session(None, "aws-prod", engine="embedded", directory=ROOT)
    project, stack = session.project, session.stack
    secret = {"scaleshop:originVerify": json.dumps([f"{MARKER}-old", f"{MARKER}-new"])}
    return Program(
        path=project.program / "__main__.py",
        project=project.name,
        stack=stack,
        root=ROOT,
        config={**project.config(stack), **secret},
        secret_config=list(secret),
        concurrency=session.settings.sizing.account_concurrency,
    )


def wrong() -> Program:
    return Program(
        path=WRONG, project="scaleshop", stack="wrong", root=WRONG.parent, config={"aws:region": "us-east-1"}
    )


PROGRAMS = {"shop": shop, "wrong": wrong}


def pack(**levels: str) -> PolicyPack:
    """The pack in this process, configured as the core is."""
    return PolicyPack(PACK, {**levels, **CONFIGURATION.rules})


def verdicts(found: Sequence[Resource]) -> Verdicts:
    """What the core says."""
    rules = all_rules()
    said: dict[tuple[str, str], frozenset[str]] = {}
    for one in evaluate(rules, ResourceGraph(found, all_links()), CONFIGURATION, Exemptions(), today=TODAY):
        key = (one.rule.id, one.resource.urn)
        said[key] = said.get(key, frozenset()) | {one.status}
    return said


def findings(said: Verdicts) -> Verdicts:
    return {key: statuses & FINDINGS for key, statuses in said.items() if statuses & FINDINGS}


def pack_findings(violations: Sequence[Mapping[str, Any]]) -> Verdicts:
    """The findings that a pack reported; those that have no rule's level name the rule in their text."""
    said: dict[tuple[str, str], frozenset[str]] = {}
    for one in violations:
        policy, status = one["policyName"], "fail"
        if policy in {"not-evaluated", "not-evaluated-stack"}:
            policy, status = re.findall(r"(\S+) was not evaluated: ", one["message"])[0], "not evaluated"
        key = (policy, one["resourceUrn"])
        said[key] = said.get(key, frozenset()) | {status}
    return said


def assert_same_or_not_evaluated(known: Verdicts, hidden: Verdicts) -> None:
    """Nothing that is judged on known values is judged otherwise, or is silent, on hidden ones."""
    for key in known.keys() | hidden.keys():
        expected, said = known.get(key, frozenset()), hidden.get(key, frozenset())
        if "not evaluated" in said:
            assert said - {"not evaluated"} <= expected, (key, said, expected)
        else:
            assert said == expected, (key, said, expected)


def assert_same_findings(reported: Verdicts, core: Verdicts) -> None:
    """What a pack reported, against what the core says of the same plan.

    A rule that looks at no other resource judges each alone, without its dependencies: what is unknown then stays so.
    """
    local = {rule.id for rule in all_rules() if is_local(rule)}
    for key in reported.keys() | core.keys():
        said, found = reported.get(key, frozenset()), core.get(key, frozenset()) & FINDINGS
        assert said == found or (key[0] in local and said == {"not evaluated"}), (key, said, found)
