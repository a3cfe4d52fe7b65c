"""All checks of one resource."""

from engine.protocol import CheckFailure, Properties
from sandbox.aws.checks.rules import RULES
from sandbox.aws.checks.shapes import check_shapes
from sandbox.aws.checks.view import View
from sandbox.aws.checks.world import World


def validate(token: str, name: str, inputs: Properties, world: World) -> list[CheckFailure]:
    """What AWS would refuse about a resource's inputs; one that passes is known to the checks of those after it."""
    view = View(inputs, name=name)
    failures = [failure for rule in RULES.get(token, ()) for failure in rule.check(view, world)]
    # A rule knows more of a property than the model, and says it better.
    told = {failure.property for failure in failures}
    failures += [failure for failure in check_shapes(token, inputs) if failure.property not in told]
    if not failures:
        world.expect(token, name, inputs)
    return failures
