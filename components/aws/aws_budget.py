"""A monthly cost budget that notifies a topic."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.inputs import with_former_type

FORECAST_PERCENT = 80
SPENT_PERCENT = 100


class AwsBudgetArgs(TypedDict):
    """Inputs of `AwsBudget`."""

    monthly_usd: Input[float]
    """Spend a month, in US dollars."""
    alarm_topic_arn: Input[str]
    """The topic that is notified at 80 % forecast and at 100 % spent."""
    service_tag: Input[str]
    """Value of the cost allocation tag `service` that counts; activate the tag in the billing console."""
    tags: NotRequired[Input[Mapping[str, Input[str]]]]
    """Tags of every taggable child (default none)."""


class AwsBudget(pulumi.ComponentResource):
    """A monthly cost budget of what carries the service's tag.

    Cost: budgets without actions are free (https://aws.amazon.com/aws-cost-management/aws-budgets/pricing/).

    Example:
        ```python
        AwsBudget(
            "spend",
            {"monthly_usd": 50, "alarm_topic_arn": "arn:aws:sns:us-east-1:111122223333:alarms", "service_tag": "shop"},
        )
        ```
    """

    name: Output[str]
    """The budget's name."""

    def __init__(self, name: str, args: AwsBudgetArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("scaleshop:index:AwsBudget", name, {}, with_former_type("SpendBudget", opts))
        budget = aws.budgets.Budget(
            f"{name}-budget",
            budget_type="COST",
            limit_amount=Output.from_input(args["monthly_usd"]).apply(lambda usd: f"{float(usd):g}"),
            limit_unit="USD",
            time_unit="MONTHLY",
            cost_filters=[
                {
                    "name": "TagKeyValue",
                    "values": [Output.from_input(args["service_tag"]).apply(lambda value: f"user:service${value}")],
                }
            ],
            notifications=[
                {
                    "comparison_operator": "GREATER_THAN",
                    "notification_type": kind,
                    "threshold": percent,
                    "threshold_type": "PERCENTAGE",
                    "subscriber_sns_topic_arns": [args["alarm_topic_arn"]],
                }
                for kind, percent in (("FORECASTED", FORECAST_PERCENT), ("ACTUAL", SPENT_PERCENT))
            ],
            tags=args.get("tags"),
            opts=ResourceOptions(parent=self),
        )
        self.name = budget.name
        self.register_outputs({"name": self.name})
