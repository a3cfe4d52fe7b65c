"""Rules with targets, as several behaviours need them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.contract.account import Account
from sandbox.contract.world import document

SOURCE = "contract.orders"
EVENTS = "events.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule on a bus of its own, and a queue for what it could not deliver."""

    aws: Account
    bus: str
    name: str
    arn: str
    dead: str
    """URL of a queue that takes dead letters of this rule."""

    def to(self, *targets: Mapping[str, Any]) -> "Rule":
        """The rule with targets more; each has the dead-letter queue unless it names one."""
        events = self.aws.clients.events
        dead = {"Arn": self.aws.arn_of(self.dead)}
        whole = [{"Id": f"t{number}", "DeadLetterConfig": dead, **target} for number, target in enumerate(targets)]
        answer = events.put_targets(Rule=self.name, EventBusName=self.bus, Targets=whole)
        ids = [target["Id"] for target in whole]
        self.aws.undo(events.remove_targets, Rule=self.name, EventBusName=self.bus, Ids=ids)
        assert not answer["FailedEntryCount"], answer["FailedEntries"]  # noqa: S101 - AWS took the request, but not these
        return self

    def put(self, kind: str = "placed", **detail: Any) -> str:
        """The id of a new event."""
        return put(self.aws, self.bus, kind, **detail)

    def dead_letters(self, count: int = 1) -> list[dict[str, Any]]:
        """Messages of the dead-letter queue: `body`, and `attributes` by name."""
        found: list[dict[str, Any]] = []

        def enough() -> bool:
            sqs = self.aws.clients.sqs
            received = sqs.receive_message(
                QueueUrl=self.dead, MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageAttributeNames=["All"]
            )
            for message in received.get("Messages", []):
                attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
                found.append({"body": json.loads(message["Body"]), "attributes": attributes})
                sqs.delete_message(QueueUrl=self.dead, ReceiptHandle=message["ReceiptHandle"])
            return len(found) >= count

        self.aws.eventually(enough, f"{count} dead letters")
        return found


def rule(aws: Account, *, bus: str = "") -> Rule:
    """A rule for the events that `put` puts."""
    events, name, on = aws.clients.events, aws.name("rule"), bus or aws.bus()
    pattern = json.dumps({"source": [SOURCE]})
    arn = str(events.put_rule(Name=name, EventBusName=on, EventPattern=pattern)["RuleArn"])
    aws.undo(events.delete_rule, Name=name, EventBusName=on)
    dead = aws.queue()
    made = Rule(aws, on, name, arn, dead)
    open_queue(made, dead)
    return made


def put(aws: Account, bus: str, kind: str = "placed", **detail: Any) -> str:
    """The id of a new event."""
    entry = {"EventBusName": bus, "Source": SOURCE, "DetailType": kind, "Detail": json.dumps(detail)}
    return str(aws.clients.events.put_events(Entries=[entry])["Entries"][0]["EventId"])


def open_queue(rule: Rule, queue: str) -> str:
    """The ARN of a queue that the rule, and nobody else, may send to from now on."""
    arn = rule.aws.arn_of(queue)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": EVENTS},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule.arn}},
    }
    rule.aws.clients.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": document(statement)})
    return arn
