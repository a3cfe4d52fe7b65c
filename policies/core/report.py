"""A verdict on a stack, as data that every report is rendered from."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from policies.core.evaluate import RuleResult, Status
from policies.core.exemptions import Exemption


@dataclass(frozen=True, slots=True)
class Report:
    """What rules said of one stack."""

    stack: str
    """What was judged: the stack's or the program's name."""
    source: str
    """Where its resources were read from: mocks, preview, state."""
    profile: str
    """The profile, with the project's own file where there is one."""
    results: Sequence[RuleResult]
    unused: Sequence[Exemption] = ()
    """Exemptions of the file that matched no finding."""

    @property
    def findings(self) -> Sequence[RuleResult]:
        """What somebody should read, the worst first: broken rules, failures, what could not be evaluated."""
        order = {"broken": 0, "fail": 1, "not evaluated": 2}
        severities = {"critical": 0, "high": 1, "medium": 2, "low": 3}
        return sorted(
            (result for result in self.results if result.is_finding),
            key=lambda r: (not r.mandatory, order[r.status], severities[r.severity], r.rule.id, r.resource.urn),
        )

    @property
    def counts(self) -> Mapping[Status, int]:
        """How often each verdict was given."""
        return Counter(result.status for result in self.results)

    @property
    def is_blocking(self) -> bool:
        """Whether a deployment must not go on."""
        return any(result.mandatory for result in self.results)

    @property
    def is_complete(self) -> bool:
        """Whether every rule could say something: none broke."""
        return not self.counts.get("broken", 0)
