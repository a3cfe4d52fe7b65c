"""Guardrails proven on a sandbox of their own: each promise tried with what its rule asks for, and without."""

import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.engine import Engine
from engine.wire import unwrap
from policies.core.configuration import Configuration
from policies.core.evaluate import RuleResult, evaluate
from policies.core.exemptions import Exemptions
from policies.core.graph import ResourceGraph
from policies.core.registry import all_links, all_rules
from policies.sources.state import resources
from sandbox.host.progress import OnProgress
from scaleshop.architectures.base import Architecture, Laboratory
from scaleshop.errors import CommandError, Exit
from trials.proof import Lab, Observation, Proof

PROJECT = "guardrails"


@dataclass(frozen=True, slots=True)
class Side:
    """One of a proof's two programs: what its rule said, and what its trial saw."""

    findings: Sequence[RuleResult]
    seen: Observation


@dataclass(frozen=True, slots=True)
class ProofVerdict:
    """A proof that was run."""

    proof: Proof
    guarded: Side
    unguarded: Side

    @property
    def proven(self) -> bool:
        """Whether rule and trial agree: both silent with the setting, both alarmed without."""
        return not self.faults

    @property
    def faults(self) -> Sequence[str]:
        """Where they do not."""
        checks = {
            "the rule finds fault with the guarded program": not self.guarded.findings,
            "the trial fails on the guarded program": self.guarded.seen.kept,
            "the rule does not find what was removed": len(self.unguarded.findings) == 1,
            "the trial holds without it": not self.unguarded.seen.kept,
        }
        return [text for text, well in checks.items() if not well]


@dataclass(frozen=True, slots=True)
class _Deployed:
    findings: Sequence[RuleResult]
    lab: Lab


class Bench:
    """A sandbox that the programs of proofs are deployed on, one proof after the other."""

    def __init__(self, laboratory: Laboratory, directory: Path) -> None:
        """Describe it; states are kept in the directory."""
        self._laboratory, self._directory = laboratory, directory

    def run(self, proof: Proof) -> ProofVerdict:
        """Run one proof; what it deployed is gone afterwards.

        Raises:
            CommandError: one of its programs can't be deployed.
        """
        with (
            self._deploy(proof, guarded=True) as first,
            self._deploy(proof, guarded=False) as second,
            ThreadPoolExecutor(2) as pool,
        ):
            seen = list(pool.map(proof.trial, (first.lab, second.lab)))
        return ProofVerdict(proof, Side(first.findings, seen[0]), Side(second.findings, seen[1]))

    @contextmanager
    def _deploy(self, proof: Proof, *, guarded: bool) -> Generator[_Deployed]:
        which = "guarded" if guarded else "unguarded"
        engine = self._engine(f"{proof.rule}-{which}")
        try:
            result = engine.up(_export(proof.program, guarded))
            if not result.ok:
                errors = "; ".join(result.errors)
                raise CommandError(f"{proof.rule}: its {which} program can't be deployed: {errors}", Exit.FAILED)
            yield _Deployed(_judge(proof.rule, result.resources), Lab(unwrap(result.outputs), self._laboratory.client))
        finally:
            engine.destroy()

    def _engine(self, stack: str) -> Engine:
        return Engine(
            project=PROJECT,
            stack=stack,
            packages=self._laboratory.packages(),
            state=self._directory / f"{stack}.json",
            passphrase=PROJECT,  # nothing in it is secret
            config=self._laboratory.config,
            root=self._directory,
        )


@contextmanager
def open_bench(architecture: Architecture, notify: OnProgress) -> Generator[Bench]:
    """A sandbox of its own on a free port; ended and removed afterwards.

    Raises:
        SandboxError: it can't be started.
    """
    with (
        tempfile.TemporaryDirectory(prefix="scaleshop-prove-") as directory,
        architecture.laboratory(notify) as laboratory,
    ):
        yield Bench(laboratory, Path(directory))


def _judge(rule: str, documents: Sequence[Mapping[str, Any]]) -> Sequence[RuleResult]:
    graph = ResourceGraph(resources(documents), all_links())
    rules = [one for one in all_rules() if one.id == rule]
    today = datetime.now(UTC).date()
    return [one for one in evaluate(rules, graph, Configuration(), Exemptions(), today=today) if one.is_finding]


def _export(program: Callable[[bool], Mapping[str, Any]], guarded: bool) -> Callable[[], None]:
    def body() -> None:
        import pulumi  # noqa: PLC0415 - costs most of a second

        for name, value in program(guarded).items():
            pulumi.export(name, value)

    return body
