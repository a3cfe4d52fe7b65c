"""Rules of event buses, as several behaviours need them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.contract.account import Account

GUIDE = "https://docs.aws.amazon.com/eventbridge/latest/userguide"
API = "https://docs.aws.amazon.com/eventbridge/latest/APIReference"
SOURCE = "shop.orders"


@dataclass(frozen=True, slots=True)
class Line:
    """A bus, and a queue that a rule on it fills."""

    aws: Account
    bus: str
    queue: str
    """The queue's URL."""

    def put(self, *types: str, detail: Any = None) -> dict[str, Any]:
        """Put an event of each type; what PutEvents answers."""
        text = json.dumps({} if detail is None else detail)
        entries = [{"EventBusName": self.bus, "Source": SOURCE, "DetailType": kind, "Detail": text} for kind in types]
        return dict(self.aws.clients.events.put_events(Entries=entries))

    def heard(self, count: int) -> list[Any]:
        """What is in the queue, once there are so many messages."""
        return [json.loads(body) for body in self.aws.collected(self.queue, count)]

    def types(self, count: int) -> list[str]:
        """The types of the events in the queue, sorted."""
        return sorted(event["detail-type"] for event in self.heard(count))


def line(aws: Account, pattern: Mapping[str, Any], **target: Any) -> Line:
    """A new bus with a rule that fills a new queue; `target` has more settings of the target."""
    bus, queue = aws.bus(), aws.queue()
    aws.open_to(queue, "events")
    rule(aws, bus, pattern, [{"Id": "queue", "Arn": aws.arn_of(queue), **target}])
    aws.settle()
    return Line(aws, bus, queue)


def rule(
    aws: Account, bus: str, pattern: Mapping[str, Any], targets: Sequence[Mapping[str, Any]], *, name: str = "rule"
) -> str:
    """The ARN of a new rule with targets."""
    events = aws.clients.events
    arn = str(events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(pattern))["RuleArn"])
    aws.undo(events.delete_rule, Name=name, EventBusName=bus)
    events.put_targets(Rule=name, EventBusName=bus, Targets=list(targets))
    aws.undo(events.remove_targets, Rule=name, EventBusName=bus, Ids=[target["Id"] for target in targets])
    return arn
