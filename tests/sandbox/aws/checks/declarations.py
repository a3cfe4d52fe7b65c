"""A valid declaration of every type that has checks, in an order in which they can be created."""

from declaration_blocks import ACCOUNT, REGION, Bases
from declarations_compute import COMPUTE
from declarations_http import HTTP
from declarations_storage import STORAGE

from sandbox.aws.checks import KnownResources

BASES: Bases = {**COMPUTE, **STORAGE, **HTTP}
# The ids that services give.
IDS = {"api": "abc"}


def declared_resources(region: str = REGION) -> KnownResources:
    """The resources that a provider knows once every valid declaration was checked, and what has an id was made."""
    made = KnownResources(region=region, account=ACCOUNT)
    for name, (token, inputs) in BASES.items():
        made.add_planned(token, name, inputs)
        if name in IDS:
            made.add_existing(token, IDS[name], inputs, {})
    return made
