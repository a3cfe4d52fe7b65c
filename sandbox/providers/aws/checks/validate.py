"""All checks of one resource."""

from sandbox.protocol import CheckFailure, Properties
from sandbox.providers.aws.checks.world import World


def validate(token: str, name: str, inputs: Properties, world: World) -> list[CheckFailure]:
    """What AWS would refuse about a resource."""
    del token, name, inputs, world
    return []
