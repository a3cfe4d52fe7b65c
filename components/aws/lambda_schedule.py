"""A Lambda function that EventBridge Scheduler invokes."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.aws.iam import allow, identity_policy, queue_policy, trust_policy
from components.aws.lambda_service import LambdaServiceReference
from components.aws.sqs_queue import create_dead_letter_alarm, create_dead_letter_queue
from components.inputs import to_int

# A run that is so late is not worth having: the next has begun.
EVENT_AGE_SECONDS = 300


class LambdaScheduleArgs(TypedDict):
    """Inputs of `LambdaSchedule`."""

    expression: Input[str]
    """When it runs: `rate(1 minute)`, `cron(0 3 * * ? *)` or `at(...)`, in UTC."""
    function: LambdaServiceReference
    """The function whose alias is invoked; the right to keep runs that fail is added to its role."""
    account_id: Input[str]
    """The account, so that only its scheduler may assume the role."""
    retries: NotRequired[Input[int]]
    """Tries after a failed call or run (default 2, 0 to 2); the next run comes anyway."""
    permissions_boundary_arn: NotRequired[Input[str] | None]
    """Boundary of the role (default none)."""
    alarm_topic_arn: NotRequired[Input[str]]
    """The topic that is notified of runs that could not be started or failed (default none: no alarm is made)."""
    tags: NotRequired[Input[Mapping[str, Input[str]]]]
    """Tags of every taggable child (default none)."""


class LambdaSchedule(pulumi.ComponentResource):
    """An EventBridge schedule that invokes one alias, with a role for just that and a dead-letter queue.

    What becomes of runs that fail is a setting of the alias, for all who invoke it asynchronously: give each alias one
    schedule at most.

    Cost: 14 million runs a month are free, then 1 USD a million (https://aws.amazon.com/eventbridge/pricing/).

    Example:
        ```python
        LambdaSchedule(
            "sweeper",
            {
                "expression": "rate(1 minute)",
                "function": {
                    "alias_arn": "arn:aws:lambda:us-east-1:111122223333:function:sweeper:live",
                    "alias_name": "live",
                    "function_name": "sweeper",
                    "role_name": "sweeper-role",
                    "timeout": 60,
                },
                "account_id": "111122223333",
            },
        )
        ```
    """

    arn: Output[str]
    """The schedule's ARN."""
    dead_letter_name: Output[str]
    """Where runs wait that could not be started, or failed."""

    def __init__(self, name: str, args: LambdaScheduleArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("scaleshop:index:LambdaSchedule", name, {}, opts)
        child = ResourceOptions(parent=self)
        tags = args.get("tags")
        dead = create_dead_letter_queue(name, tags=tags, opts=child)
        aws.sqs.QueuePolicy(f"{name}-dlq-policy", queue_url=dead.url, policy=queue_policy(dead.arn, {}), opts=child)
        role = aws.iam.Role(
            f"{name}-role",
            assume_role_policy=Output.from_input(args["account_id"]).apply(
                lambda account: trust_policy(
                    "scheduler.amazonaws.com", {"StringEquals": {"aws:SourceAccount": account}}
                )
            ),
            permissions_boundary=args.get("permissions_boundary_arn"),
            tags=tags,
            opts=child,
        )
        policy = aws.iam.RolePolicy(
            f"{name}-policy",
            role=role.name,
            policy=identity_policy(
                [
                    allow(["lambda:InvokeFunction"], [args["function"]["alias_arn"]]),
                    allow(["sqs:SendMessage"], [dead.arn]),
                ]
            ),
            opts=child,
        )
        runs = _keep_failed_runs(name, args, dead, child)
        schedule = aws.scheduler.Schedule(
            f"{name}-schedule",
            schedule_expression=args["expression"],
            schedule_expression_timezone="UTC",
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": args["function"]["alias_arn"],
                "role_arn": role.arn,
                "dead_letter_config": {"arn": dead.arn},
                "retry_policy": {
                    "maximum_retry_attempts": to_int(args.get("retries", 2)),
                    "maximum_event_age_in_seconds": EVENT_AGE_SECONDS,
                },
            },
            opts=ResourceOptions(parent=self, depends_on=[policy, runs]),
        )
        create_dead_letter_alarm(
            f"{name}-missed",
            dead,
            description=f"Runs of {name} could not be started, or failed.",
            topic_arn=args.get("alarm_topic_arn"),
            tags=tags,
            opts=child,
        )
        self.arn, self.dead_letter_name = schedule.arn, dead.name
        self.register_outputs({"arn": self.arn, "deadLetterName": self.dead_letter_name})


def _keep_failed_runs(
    name: str, args: LambdaScheduleArgs, dead: aws.sqs.Queue, opts: ResourceOptions
) -> aws.lambda_.FunctionEventInvokeConfig:
    """Send runs that fail to the dead-letter queue: a schedule does not wait for them, and its own queue sees none."""
    keep = aws.iam.RolePolicy(
        f"{name}-failures",
        role=args["function"]["role_name"],
        policy=identity_policy([allow(["sqs:SendMessage"], [dead.arn])]),
        opts=opts,
    )
    return aws.lambda_.FunctionEventInvokeConfig(
        f"{name}-runs",
        function_name=args["function"]["function_name"],
        qualifier=args["function"]["alias_name"],
        maximum_event_age_in_seconds=EVENT_AGE_SECONDS,
        maximum_retry_attempts=to_int(args.get("retries", 2)),
        destination_config={"on_failure": {"destination": dead.arn}},
        opts=ResourceOptions.merge(opts, ResourceOptions(depends_on=[keep])),
    )
