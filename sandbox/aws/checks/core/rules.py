"""Rules: what AWS refuses of a resource's inputs and no service model says; and all checks of one resource."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.protocol import CheckFailure, Properties
from sandbox.aws.checks.core.input_view import InputView
from sandbox.aws.checks.core.known_resources import KnownResources
from sandbox.aws.checks.core.shapes import check_shapes

RuleFunction = Callable[[InputView, KnownResources], Iterator[CheckFailure]]


@dataclass(frozen=True, slots=True)
class InputRule:
    """One thing that AWS refuses and that no service model says."""

    name: str
    source: str
    """URL of AWS's documentation that says so."""
    check: RuleFunction


RULES: dict[str, list[InputRule]] = {}
"""The rules by type token."""


def rule(*tokens: str, source: str) -> Callable[[RuleFunction], RuleFunction]:
    """A decorator that registers a function as a rule of some resource types.

    Args:
        tokens: The types.
        source: URL of AWS's documentation that says so.
    """

    def register(check: RuleFunction) -> RuleFunction:
        for token in tokens:
            RULES.setdefault(token, []).append(InputRule(check.__name__, source, check))
        return check

    return register


def validate(token: str, name: str, inputs: Properties, resources: KnownResources) -> list[CheckFailure]:
    """What AWS would refuse about a resource's inputs; one that passes is known to the checks of later resources.

    Args:
        token: The resource's type.
        name: Its logical name.
        inputs: Its inputs, with tags and automatic name.
        resources: Those that the provider knows.
    """
    view = InputView(inputs, name=name)
    failures = [failure for rule in RULES.get(token, ()) for failure in rule.check(view, resources)]
    # A rule knows more of a property than the model, and says it better.
    refused = {failure.property for failure in failures}
    failures += [failure for failure in check_shapes(token, inputs) if failure.property not in refused]
    if not failures:
        resources.add_planned(token, name, inputs)
    return failures
