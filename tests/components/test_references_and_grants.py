"""What components offer to one another: references, and rights as IAM statements."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pulumi
import pytest
from recorded_plan import ACCOUNT, REGION, record

from components import load, platforms
from components.aws import AlarmTopic, DynamoTable, EventBus, LambdaService, S3EventLake, SqsQueue
from components.aws.iam import IamStatement

ADR = Path(__file__).resolve().parents[2] / "docs" / "adr" / "0019-component-names.md"
CODE = pulumi.AssetArchive({"app.py": pulumi.StringAsset("def run(event, _): return None")})
BUS = {"name": "shop", "arn": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/shop"}


def granted(made: Callable[[], IamStatement | Sequence[IamStatement]]) -> list[tuple[list[str], list[str]]]:
    """Actions and the kinds of their resources, as a policy gets them."""

    def program() -> Mapping[str, Any]:
        statements = made()
        return {"statements": statements if isinstance(statements, list) else [statements]}

    return [
        (one["actions"], [re.sub(r"-[0-9a-f]{7}\b", "", arn.split(":", 5)[5]) for arn in one["resources"]])
        for one in record(program).outputs["statements"]
    ]


CONSUMES = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
LAKE: Any = {"bus": BUS, "source_prefix": "shop."}
TABLE = "table/orders-table"
GRANTS: Mapping[str, tuple[Callable[[], Any], list[tuple[list[str], list[str]]]]] = {
    "AlarmTopic.grant_publish": (
        lambda: AlarmTopic("alarms", {"account_id": ACCOUNT}).grant_publish(),
        [(["sns:Publish"], ["alarms-topic"])],
    ),
    "DynamoTable.grant_actions": (
        lambda: DynamoTable("orders", {}).grant_actions("PutItem", "GetItem"),
        [(["dynamodb:PutItem", "dynamodb:GetItem"], [TABLE])],
    ),
    "DynamoTable.grant_query": (
        lambda: DynamoTable("orders", {}).grant_query("due"),
        [(["dynamodb:Query"], [f"{TABLE}/index/due"])],
    ),
    "DynamoTable.grant_read": (
        lambda: DynamoTable("orders", {}).grant_read(),
        [(["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"], [TABLE, f"{TABLE}/index/*"])],
    ),
    "EventBus.grant_publish": (
        lambda: EventBus("shop", {}).grant_publish(),
        [(["events:PutEvents"], ["event-bus/shop-bus"])],
    ),
    "LambdaService.grant_invoke": (
        lambda: LambdaService("job", {"code": CODE, "handler": "app.run"}).grant_invoke(),
        [(["lambda:InvokeFunction"], ["function:job-function:live"])],
    ),
    "S3EventLake.grant_read": (
        lambda: S3EventLake("lake", LAKE).grant_read(),
        [(["s3:ListBucket"], ["lake-events-bucket"]), (["s3:GetObject"], ["lake-events-bucket/*"])],
    ),
    "SqsQueue.grant_consume": (
        lambda: SqsQueue("work", {"consumer_timeout": 5}).grant_consume(),
        [(CONSUMES, ["work-queue"])],
    ),
    "SqsQueue.grant_redrive": (
        lambda: SqsQueue("work", {"consumer_timeout": 5}).grant_redrive(),
        [(CONSUMES, ["work-dlq"]), (["sqs:SendMessage"], ["work-queue"])],
    ),
    "SqsQueue.grant_send": (
        lambda: SqsQueue("work", {"consumer_timeout": 5}).grant_send(),
        [(["sqs:SendMessage"], ["work-queue"])],
    ),
}


@pytest.mark.parametrize("grant", sorted(GRANTS))
def test_a_grant_allows_its_actions_on_its_resources_alone(grant: str) -> None:
    made, expected = GRANTS[grant]
    assert granted(made) == expected


def test_every_grant_is_proven_and_has_a_name_of_the_common_vocabulary() -> None:
    grants = {f"{name}.{method}" for name in platforms() for method in vars(load(name)) if method.startswith("grant")}
    assert grants == set(GRANTS)
    vocabulary = set(re.findall(r"`(grant_\w+)`", ADR.read_text("utf-8")))
    assert {grant.split(".")[1] for grant in grants} <= vocabulary


def test_every_reference_is_called_after_its_component() -> None:
    kinds = {name: vars(load(name))["reference"] for name in platforms() if "reference" in vars(load(name))}
    assert {"DynamoTable", "EventBus", "HttpApi", "LambdaService", "SqsQueue"} <= set(kinds)
    for name, reference in kinds.items():
        assert reference.fget.__annotations__["return"].__name__ == f"{name}Reference"


def test_a_reference_of_a_function_has_what_was_given_and_what_was_made() -> None:
    def program() -> Mapping[str, Any]:
        given: Any = {"code": CODE, "handler": "app.run", "timeout": 7.0, "reserved_concurrency": 3.0}
        service = LambdaService("job", given)
        assert (service.reference["timeout"], service.reference.get("reserved_concurrency")) == (7, 3)
        return {"reference": service.reference, "alias": service.alias_arn, "role": service.role_name}

    outputs = record(program).outputs
    assert outputs["reference"]["alias_arn"] == outputs["alias"]
    assert outputs["reference"]["role_name"] == outputs["role"]
    assert outputs["reference"]["alias_name"] == "live"


def test_a_number_that_is_compared_must_be_known_and_the_error_names_it() -> None:
    def program() -> None:
        later: Any = pulumi.Output.from_input(5)
        with pytest.raises(TypeError, match=r"^SqsQueue 'work': consumer_timeout is compared .* give a plain number"):
            SqsQueue("work", {"consumer_timeout": later})
        with pytest.raises(TypeError, match=r"^LambdaService 'job': timeout is compared"):
            LambdaService("job", {"code": CODE, "handler": "app.run", "timeout": later})

    record(program)
