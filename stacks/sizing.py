"""The sizing block that all architectures share, and the bounds that follow: numbers with the sum they come from."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, Generic, TypeVar

from pydantic import Field, model_validator

from stacks.settings import SettingsModel

PositiveSeconds = Annotated[float, Field(gt=0, le=900)]
Value = TypeVar("Value", bound=int | None)


@dataclass(frozen=True, slots=True)
class Bound(Generic[Value]):
    """One derived number."""

    name: str
    """What `--explain-sizing` calls it, e.g. `worker.timeout`."""
    value: Value
    """The number, None where the bound is off."""
    unit: str
    """Its unit, e.g. `s` or `requests/s`."""
    how: str
    """The sum that it comes from."""


class Sizing(SettingsModel):
    """What the shop is sized for; everything else follows from it."""

    peak_orders_per_second: float = Field(gt=0, le=10_000)
    """Orders placed a second at the highest surge that must be accepted."""
    views_per_order: float = Field(default=20, ge=1, le=1_000)
    """Catalog and status requests a second for each order a second."""
    lines_per_order: float = Field(default=2, ge=1, le=20)
    """Mean number of lines (one SKU each) in an order."""
    handler_mean_seconds: PositiveSeconds = 0.1
    """Mean time a worker spends on one message."""
    handler_p99_seconds: PositiveSeconds = 1.0
    """99th percentile of the same."""
    cold_start_seconds: float = Field(default=3, ge=0, le=60)
    """Time a new execution environment needs before its first answer; part of every timeout."""
    headroom: float = Field(default=2.0, ge=1, le=10)
    """Factor between what is expected and what is provided."""

    @model_validator(mode="after")
    def _percentile_above_mean(self) -> "Sizing":
        if self.handler_p99_seconds < self.handler_mean_seconds:
            msg = (
                f"handler_p99_seconds ({self.handler_p99_seconds:g}) is below handler_mean_seconds "
                f"({self.handler_mean_seconds:g}); a 99th percentile is at least the mean here"
            )
            raise ValueError(msg)
        return self


def list_bounds(bounds: Any) -> "list[Bound[int | None]]":
    """Every bound of an architecture, in the order of its fields.

    Args:
        bounds: Dataclasses and mappings of bounds, nested as the architecture likes.
    """
    if isinstance(bounds, Bound):
        return [bounds]
    inner = bounds.values() if isinstance(bounds, Mapping) else [getattr(bounds, f.name) for f in fields(bounds)]
    return [bound for part in inner for bound in list_bounds(part)]
