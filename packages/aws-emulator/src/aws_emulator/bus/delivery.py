"""One event on its way to one target."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

SCHEDULER = ":scheduler:"


@dataclass(slots=True)
class Delivery:
    """An event for a target, with what is known of its attempts."""

    account: str
    region: str
    rule: Mapping[str, Any]
    """`Name`, `Arn` and `EventBusName` of the rule; `Name` and `Arn` of a schedule."""
    target: Mapping[str, Any]
    """As PutTargets or CreateSchedule has it."""
    event: Mapping[str, Any]
    """As the emulator keeps it."""
    body: str
    """The event as JSON text."""
    payload: str
    """What the target is sent: the event, or what `Input`, `InputPath` or `InputTransformer` made of it."""
    accepted: float
    """Seconds since the epoch."""
    retries: int = 0
    """Attempts after the first."""

    @property
    def arn(self) -> str:
        """The target's ARN."""
        return str(self.target.get("Arn") or "")

    @property
    def source(self) -> str:
        """The ARN of the rule or schedule, `aws:SourceArn` to the target."""
        return str(self.rule.get("Arn") or "")

    @property
    def scheduled(self) -> bool:
        """Whether it comes from EventBridge Scheduler."""
        return SCHEDULER in self.source

    @property
    def principal(self) -> str:
        """The service that delivers."""
        return "scheduler.amazonaws.com" if self.scheduled else "events.amazonaws.com"

    @property
    def transformed(self) -> bool:
        """Whether the payload is something else than the event."""
        return self.payload is not self.body and self.payload != self.body

    @property
    def dead_letters(self) -> str:
        """The ARN of its dead-letter queue; empty for none."""
        return str((self.target.get("DeadLetterConfig") or {}).get("Arn") or "")

    def dump(self) -> dict[str, Any]:
        """All of it, as JSON."""
        return asdict(self)


def shorten_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """What a delivery keeps of a rule or schedule."""
    return {key: rule[key] for key in ("Name", "Arn", "EventBusName") if key in rule}
