"""A valid declaration of every type that has checks, in an order in which they can be created."""

from checks_bases_keeping import KEEPING
from checks_bases_running import RUNNING
from checks_bases_serving import SERVING
from checks_blocks import ACCOUNT, REGION, Bases

from sandbox.aws.checks import World

BASES: Bases = {**RUNNING, **KEEPING, **SERVING}
# The ids that services give.
IDS = {"api": "abc"}


def world(region: str = REGION) -> World:
    """A world in which every valid declaration was checked, and what has an id was made."""
    made = World(region=region, account=ACCOUNT)
    for name, (token, inputs) in BASES.items():
        made.expect(token, name, inputs)
        if name in IDS:
            made.remember(token, IDS[name], inputs, {})
    return made
