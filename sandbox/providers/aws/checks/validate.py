"""All checks of one resource."""

from sandbox.protocol import CheckFailure, Properties
from sandbox.providers.aws.checks.rules import RULES
from sandbox.providers.aws.checks.shapes import check_shapes
from sandbox.providers.aws.checks.view import View
from sandbox.providers.aws.checks.world import World


def validate(token: str, name: str, inputs: Properties, world: World) -> list[CheckFailure]:
    """What AWS would refuse about a resource's inputs; one that passes is known to the checks of those after it."""
    failures = list(check_shapes(token, inputs))
    told = {failure.property for failure in failures}
    view = View(inputs)
    for rule in RULES.get(token, ()):
        # A value that is no value at all needs no second message.
        failures += [failure for failure in rule.check(view, world) if failure.property not in told]
    if not failures:
        world.expect(token, name, inputs)
    return failures
