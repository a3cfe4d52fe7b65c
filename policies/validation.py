"""What the policies of the pack do when the SDK calls them: judge, heal, and report what has a level of its own."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pulumi_policy import PolicyResource, ReportViolation, ResourceValidationArgs, StackValidationArgs

from policies.core.configuration import Configuration
from policies.core.evaluate import RuleResult, evaluate, remedy
from policies.core.exemptions import Exemptions
from policies.core.graph import ResourceGraph
from policies.core.registry import all_links
from policies.core.rule import Rule
from policies.sources.sdk import put, read_resource, read_resources

Kind = Literal["not evaluated", "broken"]
Arguments = ResourceValidationArgs | StackValidationArgs


@dataclass(frozen=True, slots=True)
class PolicyNotice:
    """A message that is not to be reported at the level of the rule that it comes from."""

    kind: Kind
    message: str
    urn: str | None


class AnalysisRequest(threading.local):
    """What the policies of one request share.

    The SDK answers a request in one thread, where it calls the policies in the pack's order, and tells none of them
    that a request begins: it does when a policy's place is not after the last one's. It rebuilds the whole stack for
    each policy, so the graph of the first is kept for the others.
    """

    def __init__(self) -> None:
        """Begin without any."""
        self._last = -1
        self._graph: tuple[Sequence[str], ResourceGraph] | None = None
        self.notes: list[PolicyNotice] = []

    def enter(self, place: int) -> "AnalysisRequest":
        """Itself, emptied when the policy in a place is the first of another request."""
        if place <= self._last:
            self._graph, self.notes = None, []
        self._last = place
        return self

    def graph(self, resources: Sequence[PolicyResource]) -> ResourceGraph:
        """The graph of the request's resources."""
        urns = [resource.urn for resource in resources]
        if self._graph is None or self._graph[0] != urns:
            self._graph = urns, ResourceGraph(read_resources(resources, all_links()), all_links())
        return self._graph[1]


class Validation:
    """The callbacks of all policies of a pack; each is given its place in the pack."""

    def __init__(self, exemptions: Exemptions, *, unreadable: str, today: Callable[[], date]) -> None:
        """Begin.

        Args:
            exemptions: What was allowed.
            unreadable: Why the file of exemptions cannot be used; empty when it can.
            today: The day that decides about expiry.
        """
        self._exemptions, self._unreadable, self._today = exemptions, unreadable, today
        self._resource, self._stack = AnalysisRequest(), AnalysisRequest()

    def judge_resource(self, place: int, rule: Rule, args: ResourceValidationArgs, report: ReportViolation) -> None:
        """Judge one resource by a rule that reads no other."""
        request = self._resource.enter(place)
        _require_type(rule, args)
        self._judge(rule, lambda: _graph_of_one(args), request, args, report)

    def judge_stack(self, place: int, rule: Rule, args: StackValidationArgs, report: ReportViolation) -> None:
        """Judge a stack by a rule that reads several resources."""
        request = self._stack.enter(place)
        self._judge(rule, lambda: request.graph(args.resources), request, args, report)

    def heal(self, rule: Rule, args: ResourceValidationArgs) -> Any:
        """The resource's properties, changed so that the rule holds; None when nothing is to be changed."""
        _require_type(rule, args)
        try:
            graph, settings = _graph_of_one(args), args.get_config()
            resource = graph.resources[0]
            if is_local(rule) and not any(r.status == "fail" for r in self._evaluate(rule, graph, settings)):
                return None
            changes = remedy(rule, resource, graph, Configuration({rule.id: settings}).for_rule(rule).settings)
            if not changes or self._apply_exemptions(RuleResult(rule, resource, "fail")).status == "exempted":
                return None
            return args.props if put(args.props, changes) else None
        except Exception:  # noqa: BLE001 - what is not healed stays a violation; raised, it would end the operation
            return None

    def report_notices(self, kind: Kind, place: int, args: Arguments, report: ReportViolation) -> None:
        """Report the notes of one kind that the request's policies have left."""
        request = self._resource if isinstance(args, ResourceValidationArgs) else self._stack
        for note in request.enter(place).notes:
            if note.kind == kind:
                report(note.message, note.urn)

    def review_exemptions(self, args: StackValidationArgs, report: ReportViolation) -> None:
        """Report what is wrong with the exemptions themselves, after all rules have been judged."""
        if self._unreadable:
            report(f"No exemption holds: {self._unreadable}", None)
        elif not self._exemptions.given:
            args.not_applicable("there are none")
        unused, today = self._exemptions.find_unused(), self._today()
        for one in self._exemptions.given:
            about = f"{one.where}: the exemption of {one.owner} from {', '.join(one.rules)}"
            if one.expires is None or one.expires < today:
                report(f"{about} expired on {one.expires}; remove it, or extend it with its owner", None)
            elif one in unused:
                report(f"{about} matches no finding of this stack; remove it if no other stack needs it", None)

    def _judge(
        self,
        rule: Rule,
        graph: Callable[[], ResourceGraph],
        request: AnalysisRequest,
        args: Arguments,
        report: ReportViolation,
    ) -> None:
        results: Sequence[RuleResult] = ()
        try:
            results = self._evaluate(rule, graph(), args.get_config())
        except Exception as error:  # noqa: BLE001 - raised, it would end the operation and hide what the others say
            said = f"{rule.id} broke: {type(error).__name__}. Its verdict is missing; the other rules ran."
            request.notes.append(PolicyNotice("broken", said, None))
        for result in results:
            if result.status == "broken" or (result.status == "not evaluated" and not result.mandatory):
                request.notes.append(PolicyNotice(result.status, result.message, result.resource.urn))
            elif result.is_finding:
                report(result.message, result.resource.urn)
        # A policy that says nothing would count as passed.
        if not any(result.status in {"pass", "fail", "exempted"} or result.mandatory for result in results):
            args.not_applicable("; ".join(dict.fromkeys(r.reason for r in results)) or "there is nothing to judge")

    def _evaluate(self, rule: Rule, graph: ResourceGraph, settings: Mapping[str, Any]) -> Sequence[RuleResult]:
        # Levels are the SDK's affair: with the strictest, `mandatory` says what is to be reported at the rule's own.
        given = Configuration({rule.id: {**settings, "enforcementLevel": "mandatory"}})
        return [*evaluate([rule], graph, given, self._exemptions, today=self._today())]

    def _apply_exemptions(self, result: RuleResult) -> RuleResult:
        return self._exemptions.apply(result, self._today())


def is_local(rule: Rule) -> bool:
    """Whether a rule judges a resource by itself alone."""
    return not rule.reads and rule.subjects is None


def _require_type(rule: Rule, args: ResourceValidationArgs) -> None:
    if args.resource_type not in rule.types:
        args.not_applicable(f"{args.resource_type} is none of {', '.join(rule.types)}")


def _graph_of_one(args: ResourceValidationArgs) -> ResourceGraph:
    return ResourceGraph([read_resource(args)], all_links())
