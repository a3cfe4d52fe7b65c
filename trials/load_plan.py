"""The load plan: what the customers of a run will do, and when; the same for the same seed."""

import json
import random
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

PROFILES = Path(__file__).with_name("load_profiles.json")
# What the fake payment provider does; a real one is sent what its test mode knows.
PAYMENTS: Mapping[str, float] = {"ok": 0.86, "decline": 0.06, "slow": 0.02, "timeout_then_ok": 0.03, "flaky": 0.03}
RETRIED, FOLLOWED, CANCELLED = 0.05, 0.25, 0.03
"""Shares of orders that are sent again although they were answered, followed to their end, and cancelled at once."""
CUSTOMERS = 40


@dataclass(frozen=True, slots=True)
class LoadPhase:
    """A stretch of a profile, with its share of the time and rates as multiples of the base rate."""

    seconds: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class LoadProfile:
    """How many orders come when."""

    name: str
    title: str
    hot: float
    """Share of orders for one product."""
    phases: Sequence[LoadPhase]
    payments: Mapping[str, float] = field(default_factory=lambda: PAYMENTS)
    """How many pay with what, as weights."""
    paced: bool = False
    """Whether orders come evenly, one in each stretch of the base rate, so that even a short one has its order."""

    @property
    def peak(self) -> float:
        """The highest rate, as a multiple of the base rate."""
        return max(max(phase.start, phase.end) for phase in self.phases)


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """One order."""

    at: float
    """Seconds after the beginning."""
    customer: str
    key: str
    """Idempotency key."""
    skus: Mapping[str, int]
    """Quantity by SKU."""
    payment: str
    """Payment token."""
    again: bool
    """Whether it is sent once more after its answer, as by a client that did not get it."""
    followed: bool
    """Whether its customer looks at it until it has an end."""
    cancelled: bool
    """Whether its customer cancels it at once."""


class UnknownProfileError(ValueError):
    """A profile that there is not; the message lists those that there are."""


@cache
def profiles() -> Mapping[str, LoadProfile]:
    """All profiles by name."""
    found: Mapping[str, Any] = json.loads(PROFILES.read_text(encoding="utf-8"))
    return {
        name: LoadProfile(
            name, given["title"], given["hot"], [LoadPhase(p["seconds"], p["from"], p["to"]) for p in given["phases"]]
        )
        for name, given in found.items()
    }


def profile(name: str) -> LoadProfile:
    """The profile of a name.

    Raises:
        UnknownProfileError: there is none of this name.
    """
    if name not in profiles():
        msg = f"there is no profile '{name}'; there are: {', '.join(sorted(profiles()))}"
        raise UnknownProfileError(msg)
    return profiles()[name]


def plan_orders(
    shape: LoadProfile, *, seed: int, run: str, seconds: float, rate: float, skus: Sequence[str]
) -> Iterator[PlannedOrder]:
    """All orders of a run, in order of time; arrivals are a Poisson process whose rate follows the profile, or paced.

    Args:
        shape: The profile.
        seed: Decides everything but the keys, which belong to the run.
        run: Its identity: no other run has its customers and keys.
        seconds: How long the profile takes.
        rate: Orders a second at a multiple of one.
        skus: What is sold; the first is the hot one.

    Raises:
        ValueError: nothing is sold.
    """
    if not skus:
        msg = "nothing is sold: the catalog has no product to plan orders for"
        raise ValueError(msg)
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    for number, at in enumerate(_arrivals(shape, chance, seconds, rate)):
        hot = chance.random() < shape.hot
        chosen = [skus[0]] if hot else chance.sample(list(skus), k=min(len(skus), chance.choice((1, 1, 1, 2, 3))))
        yield PlannedOrder(
            at=at,
            customer=f"trial-{run}-{chance.randrange(CUSTOMERS):02d}",
            key=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{run}/{number}")),
            skus={sku: 1 if hot else chance.choice((1, 1, 2, 3)) for sku in chosen},
            payment=chance.choices(list(shape.payments), list(shape.payments.values()))[0],
            again=chance.random() < RETRIED,
            followed=chance.random() < FOLLOWED,
            cancelled=chance.random() < CANCELLED,
        )


def rate_at(shape: LoadProfile, moment: float) -> float:
    """The rate at a moment between 0 and 1, as a multiple of the base rate."""
    whole, begin = sum(phase.seconds for phase in shape.phases), 0.0
    for phase in shape.phases:
        share = phase.seconds / whole
        if moment < begin + share:
            return phase.start + (phase.end - phase.start) * (moment - begin) / share
        begin += share
    return shape.phases[-1].end


def _arrivals(shape: LoadProfile, chance: random.Random, seconds: float, rate: float) -> Iterator[float]:
    if shape.paced:
        for number in range(int(seconds * rate)):
            yield (number + chance.uniform(0.25, 0.75)) / rate
        return
    # Thinning (Lewis and Shedler 1979): a homogeneous process at the peak's rate, of which a share is kept.
    peak, at = rate * shape.peak, 0.0
    while (at := at + chance.expovariate(peak)) < seconds:
        if chance.random() * peak < rate * rate_at(shape, at / seconds):
            yield at
