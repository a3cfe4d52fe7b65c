"""Which fault strikes a call: pure, with its own dice."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, get_args

Effect = Literal["unavailable", "throttled", "lost", "delayed", "cut", "partial"]
EFFECTS: tuple[str, ...] = get_args(Effect)
LONGEST_SECONDS = 120.0
PARTIAL, PARTIAL_SERVICE = "partial", "events"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault."""

    service: str
    """As in an endpoint's name: `dynamodb`, `sqs`, `events`, `lambda`."""
    effect: Effect
    """`unavailable`: 500, nothing is done. `throttled`: the service's throttling error, nothing is done. `lost`: it is
    done, and the caller hears 500. `delayed`: done after some seconds. `cut`: no answer for some seconds, then 500.
    `partial`: of a PutEvents call, a share of the entries is refused."""
    actions: tuple[str, ...] = ()
    """Operations, `PutItem`; none means all."""
    caller: str = ""
    """A part of the caller's ARN, which holds role and function; empty means everybody but the account's own keys."""
    share: float = 1.0
    """Of the calls, or of the entries of a `partial` fault, above 0 and up to 1."""
    seconds: float = 0.0
    """Of a delay or a cut."""
    seed: int = 0


@dataclass(slots=True)
class ActiveFault:
    """A fault at work."""

    fault: Fault
    dice: random.Random
    calls: int = 0
    struck: int = 0

    def draw(self) -> bool:
        """Throw the dice."""
        struck = self.fault.share >= 1 or self.dice.random() < self.fault.share
        self.struck += struck
        return struck


class FaultError(ValueError):
    """A fault that can't be put in; the message says why."""


def parse_fault(given: Any) -> Fault:
    """A fault from JSON.

    Raises:
        FaultError: a field is missing, unknown or out of range.
    """
    known = {field.name for field in fields(Fault)}
    if not isinstance(given, Mapping):
        msg = f"a fault is an object with {', '.join(sorted(known))}"
        raise FaultError(msg)
    found: dict[str, Any] = {str(name): value for name, value in given.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if unknown := sorted(set(found) - known):
        msg = f"a fault has no {', '.join(unknown)}; there are: {', '.join(sorted(known))}"
        raise FaultError(msg)
    if not isinstance(found.get("service"), str) or found.get("effect") not in EFFECTS:
        msg = f"a fault has a service and an effect, which is one of {', '.join(EFFECTS)}"
        raise FaultError(msg)
    fault = replace(Fault(found["service"], found["effect"]), **{**found, "actions": tuple(found.get("actions") or ())})
    if fault.effect == PARTIAL and fault.service != PARTIAL_SERVICE:
        msg = f"service is '{fault.service}'; only a PutEvents call of '{PARTIAL_SERVICE}' can be refused in part"
        raise FaultError(msg)
    if not isinstance(fault.share, int | float) or not 0 < fault.share <= 1:
        msg = f"share is {fault.share!r}; it must be above 0 and at most 1"
        raise FaultError(msg)
    if not isinstance(fault.seconds, int | float) or not 0 <= fault.seconds <= LONGEST_SECONDS:
        msg = f"seconds is {fault.seconds!r}; it must be from 0 to {LONGEST_SECONDS:g}"
        raise FaultError(msg)
    if not all(isinstance(action, str) for action in fault.actions) or not isinstance(fault.caller, str):
        msg = "actions is a list of names, caller a part of an ARN"
        raise FaultError(msg)
    return fault


def find_striking_fault(active: Iterable[ActiveFault], service: str, action: str, caller: str) -> ActiveFault | None:
    """The first fault that strikes a call; None for none. Each that could have is counted.

    A partial one strikes every call, and throws its dice for each entry.
    """
    for one in active:
        fault = one.fault
        if fault.service != service or (fault.actions and action not in fault.actions):
            continue
        if fault.caller not in caller or (not fault.caller and ":assumed-role/" not in caller):
            continue
        one.calls += 1
        if fault.effect == PARTIAL or one.draw():
            return one
    return None


def describe_fault(active: ActiveFault) -> Mapping[str, Any]:
    """A fault and what it has done, as JSON."""
    return {**asdict(active.fault), "calls": active.calls, "struck": active.struck}
