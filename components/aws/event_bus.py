"""An EventBridge bus and its archive."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.aws.iam import IamStatement, allow
from components.inputs import to_int


class EventBusReference(TypedDict):
    """A bus as other components take it: `EventBus.reference`, or the same of a bus made elsewhere."""

    name: Input[str]
    """What publishers and rules name."""
    arn: Input[str]
    """The bus's ARN."""


class EventBusArgs(TypedDict):
    """Inputs of `EventBus`."""

    archive_days: NotRequired[Input[int]]
    """Days that events are kept for a replay (default 30)."""
    tags: NotRequired[Input[Mapping[str, Input[str]]]]
    """Tags of every taggable child (default none)."""


class EventBus(pulumi.ComponentResource):
    """An EventBridge bus with an archive of all its events.

    Cost: nothing while idle; 1 USD a million events, archive 0.10 USD a GB
    (https://aws.amazon.com/eventbridge/pricing/).

    Example:
        ```python
        EventBus("shop", {"archive_days": 7})
        ```
    """

    name: Output[str]
    """What publishers and rules name."""
    arn: Output[str]
    """The bus's ARN."""

    def __init__(self, name: str, args: EventBusArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("scaleshop:index:EventBus", name, {}, opts)
        child = ResourceOptions(parent=self)
        bus = aws.cloudwatch.EventBus(f"{name}-bus", tags=args.get("tags"), opts=child)
        aws.cloudwatch.EventArchive(
            f"{name}-archive",
            event_source_arn=bus.arn,
            retention_days=to_int(args.get("archive_days", 30)),
            opts=child,
        )
        self.name = bus.name
        self.arn = bus.arn
        self.register_outputs({"name": self.name, "arn": self.arn})

    @property
    def reference(self) -> EventBusReference:
        """What other components take as `bus`."""
        return {"name": self.name, "arn": self.arn}

    def grant_publish(self) -> IamStatement:
        """The statement that lets a role publish."""
        return allow(["events:PutEvents"], [self.arn])
