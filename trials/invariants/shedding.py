"""I10: above its limit the shop sheds, and says so; it never drops."""

from collections.abc import Iterator

from trials.invariants.model import Offence, World


def sheds_openly(world: World) -> Iterator[Offence]:
    """Every answer is one that the contract knows, and the shop's own sheddings say when to come again."""
    for text in world.told.unexplained:
        yield Offence("unexplained answer", text.split(":")[0], text)
    for text in world.told.hasty:
        yield Offence("no Retry-After", text.split(":")[0], text)
