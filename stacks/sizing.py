"""What the sizing of every architecture has in common: bounds that say where they come from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Derivation:
    """One bound: its name, value, unit and the sum it comes from."""

    name: str
    value: float | None
    """None where it is off."""
    unit: str
    how: str
