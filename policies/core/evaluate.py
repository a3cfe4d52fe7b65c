"""The one evaluation of rules on a graph, whatever the graph was read from."""

import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from policies.core.configuration import Configuration, RuleConfiguration
from policies.core.exemptions import Exemption, Exemptions
from policies.core.graph import ResourceGraph
from policies.core.resource import Resource
from policies.core.rule import BrokenRuleError, NotApplicableError, Rule, RuleContext, Severity, Violation
from policies.core.values import NotEvaluatedError

Status = Literal["pass", "fail", "not applicable", "not evaluated", "exempted", "broken"]
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What a rule says of one resource."""

    rule: Rule
    resource: Resource
    status: Status
    mandatory: bool = False
    """Whether it stops a deployment: a mandatory rule failed, or could not judge and its settings refuse that."""
    problem: Violation | None = None
    """What is wrong, of a failure or an exempted one."""
    reason: str = ""
    """Why it is not applicable, what was not known, where the rule broke, or what became of an exemption."""
    exemption: Exemption | None = None

    @property
    def is_finding(self) -> bool:
        """Whether somebody should read it."""
        return self.status in {"fail", "not evaluated", "broken"}

    @property
    def severity(self) -> Severity:
        """How bad it is: the problem's own, else the rule's."""
        return (self.problem and self.problem.severity) or self.rule.severity

    @property
    def message(self) -> str:
        """One line for people: resource, numbers, fix, page."""
        name = f"{self.resource!r}"
        if self.problem:
            note = f" ({self.reason})" if self.reason else ""
            return f"{name}: {self.problem.message}; {self.problem.fix}. See {self.rule.page}{note}"
        if self.status == "not evaluated":
            return f"{name}: {self.rule.id} was not evaluated: {self.reason}. See {self.rule.page}"
        if self.status == "broken":
            return f"{name}: {self.rule.id} broke: {self.reason}. Its verdict is missing; the other rules ran."
        return f"{name}: {self.status}" + (f": {self.reason}" if self.reason else "")


def evaluate(
    rules: Iterable[Rule],
    graph: ResourceGraph,
    configuration: Configuration,
    exemptions: Exemptions,
    *,
    today: date,
) -> Sequence[RuleResult]:
    """Judge a stack.

    Args:
        rules: What to judge by; those that the configuration disables are left out.
        graph: What to judge.
        configuration: Levels and settings.
        exemptions: What was allowed, by whom, until when.
        today: The day that decides about expiry.

    Returns:
        One result for each rule and resource that it looks at, several where several things are wrong with one.
    """
    results: list[RuleResult] = []
    for rule in rules:
        given = configuration.for_rule(rule)
        if given.level == "disabled":
            continue
        try:
            subjects = list(_subjects(rule, graph))
        except Exception as error:  # noqa: BLE001 - as in a check: the other rules are judged all the same
            results += [_broken_result(rule, resource, error) for resource in graph.of_type(*rule.types)[:1]]
            continue
        for resource in subjects:
            results += judge(rule, resource, graph, given, exemptions, today=today)
    return results


def judge(
    rule: Rule,
    resource: Resource,
    graph: ResourceGraph,
    given: RuleConfiguration,
    exemptions: Exemptions,
    *,
    today: date,
) -> Sequence[RuleResult]:
    """Judge one resource by one rule."""
    results = [_set_level(result, given) for result in _check(rule, resource, graph, given.settings)]
    return [exemptions.apply(result, today) for result in results if not _is_ignored(result, given)]


def remedy(rule: Rule, resource: Resource, graph: ResourceGraph, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """What would heal a resource, by property; nothing when it is well, or when something that matters is unknown."""
    if rule.remedy is None or resource.type not in rule.types:
        return {}
    try:
        return rule.remedy(resource, RuleContext(graph, settings))
    except Exception:  # noqa: BLE001 - what was not healed is still found
        return {}


def locate_error(error: Exception) -> str:
    """The kind of an exception and the line it came from; its text could hold a value of the resource."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{type(error).__name__} at {_relative(error.filename)}:{error.lineno}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith("<frozen")]
    return f"{type(error).__name__} at {_relative(frames[-1].filename)}:{frames[-1].lineno}"


def _subjects(rule: Rule, graph: ResourceGraph) -> Iterable[Resource]:
    return graph.of_type(*rule.types) if rule.subjects is None else rule.subjects(graph)


def _check(rule: Rule, resource: Resource, graph: ResourceGraph, settings: Mapping[str, Any]) -> Iterator[RuleResult]:
    context = RuleContext(graph, settings)
    problems: list[Violation] = []
    try:
        # One by one: what is found before an unknown value stays found.
        for problem in rule.check(resource, context):
            problems.append(problem)  # noqa: PERF402
    except NotApplicableError as error:
        yield RuleResult(rule, resource, "not applicable", reason=str(error))
        return
    except NotEvaluatedError as error:
        context.missed.append(str(error))
    except Exception as error:  # noqa: BLE001 - one broken rule must not hide what the others say
        yield _broken_result(rule, resource, error)
        return
    for problem in problems:
        yield RuleResult(rule, resource, "fail", problem=problem)
    if context.missed:
        yield RuleResult(rule, resource, "not evaluated", reason="; ".join(dict.fromkeys(context.missed)))
    elif not problems:
        yield RuleResult(rule, resource, "pass")


def _broken_result(rule: Rule, resource: Resource, error: Exception) -> RuleResult:
    return RuleResult(
        rule,
        resource,
        "broken",
        mandatory=True,
        reason=str(error) if isinstance(error, BrokenRuleError) else locate_error(error),
    )


def _set_level(result: RuleResult, given: RuleConfiguration) -> RuleResult:
    strict = given.level in {"mandatory", "remediate"}
    mandatory = strict and (result.status == "fail" or (result.status == "not evaluated" and given.unknown == "fail"))
    return replace(result, mandatory=result.mandatory or mandatory)


def _is_ignored(result: RuleResult, given: RuleConfiguration) -> bool:
    return result.status == "not evaluated" and given.unknown == "ignore"


def _relative(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name)
