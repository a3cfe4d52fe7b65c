"""The serverless AWS architecture as a plan, on mocks."""

import ast
import functools
import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from recorded_plan import RecordedPlan, record

from apps.contracts.routes import api_routes, routes_of
from sandbox.aws.catalog import REGISTRY
from stacks.aws import program as aws_serverless
from stacks.aws.settings import AwsSettings, parse
from stacks.aws.sizing import READS_PER_ORDER

ROOT = Path(__file__).resolve().parents[2]
STACKS = ("aws-dev", "aws-prod")
# Actions that take no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
# and https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
WITHOUT_RESOURCE = {"xray:PutTraceSegments", "xray:PutTelemetryRecords", "dynamodb:ListStreams"}


def settings(stack: str) -> AwsSettings:
    config = yaml.safe_load((ROOT / f"stacks/config/Pulumi.{stack}.yaml").read_text())["config"]
    return parse(config["scaleshop:settings"], stack=stack)


@pytest.fixture(scope="module", params=STACKS)
def plan(request: pytest.FixtureRequest) -> RecordedPlan:
    return planned(request.param)


@functools.cache
def planned(stack: str) -> RecordedPlan:
    def program() -> Any:
        return aws_serverless.build(settings(stack), pulumi.Config("scaleshop"))

    secrets = {"scaleshop:originVerify": '["one-secret-value", "another-one"]'} if stack == "aws-prod" else {}
    return record(program, stack=stack, secret_config=secrets)


def test_the_sandbox_knows_every_type_the_stack_uses(plan: RecordedPlan) -> None:
    used = {r.type for r in plan.resources if r.custom and not r.type.startswith("pulumi:")}
    assert sorted(token for token in used if REGISTRY.find(token) is None) == []


def test_nothing_in_stacks_or_components_asks_whether_this_is_the_sandbox() -> None:
    asked = [
        f"{path.relative_to(ROOT)}:{test.lineno}"
        for path in [*(ROOT / "stacks").rglob("*.py"), *(ROOT / "components").rglob("*.py")]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.If | ast.IfExp)
        for test in [node.test]
        if any(word in ast.unparse(test).lower() for word in ("sandbox", "localhost", "127.0.0.1"))
    ]
    assert asked == []


def test_every_role_says_what_it_may_do_on_what(plan: RecordedPlan) -> None:
    wide = []
    for policy in plan.of("aws:iam/rolePolicy:RolePolicy"):
        for statement in json.loads(policy.inputs["policy"])["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
            wide += [(policy.name, a) for a in actions if "*" in a]
            wide += [(policy.name, a) for a in actions if "*" in resources and a not in WITHOUT_RESOURCE]
    assert wide == []


def test_every_consumer_is_bounded_and_names_failed_messages_one_by_one(plan: RecordedPlan) -> None:
    sources = [m for m in plan.of("aws:lambda/eventSourceMapping:EventSourceMapping") if "scalingConfig" in m.inputs]
    assert len(sources) == 3
    assert all(m.inputs["functionResponseTypes"] == ["ReportBatchItemFailures"] for m in sources)
    assert all(m.inputs["scalingConfig"]["maximumConcurrency"] >= 2 for m in sources)


def test_every_outbox_has_a_relay_that_parks_what_it_cannot_publish(plan: RecordedPlan) -> None:
    relays = [m for m in plan.of("aws:lambda/eventSourceMapping:EventSourceMapping") if "startingPosition" in m.inputs]
    assert {m.name for m in relays} == {f"relay-streams-{name}" for name in ("inventory", "orders", "payments")}
    for relay in relays:
        assert relay.inputs["bisectBatchOnFunctionError"] is True
        assert ":s3:::" in relay.inputs["destinationConfig"]["onFailure"]["destinationArn"]
        assert "INSERT" in json.dumps(relay.inputs["filterCriteria"])


def test_every_alarm_tells_somebody(plan: RecordedPlan) -> None:
    silent = [a.name for a in plan.of("aws:cloudwatch/metricAlarm:MetricAlarm") if not a.inputs.get("alarmActions")]
    assert silent == []


def test_every_queue_of_dead_letters_has_an_alarm_on_its_first(plan: RecordedPlan) -> None:
    alarms = [a.inputs for a in plan.of("aws:cloudwatch/metricAlarm:MetricAlarm")]
    depths = [a for a in alarms if a["metricName"] == "ApproximateNumberOfMessagesVisible" and a["threshold"] == 1]
    watched = {a["dimensions"]["QueueName"].rsplit("-", 1)[0] for a in depths}
    dead = {q.name for q in plan.of("aws:sqs/queue:Queue") if q.name.endswith("-dlq")}
    assert {"lake-dlq", "sweep-dlq"} < dead
    assert dead - watched == set()


def test_a_run_of_the_sweeper_that_fails_is_kept_by_its_own_role(plan: RecordedPlan) -> None:
    runs, alias = plan.one("sweep-runs").inputs, plan.one("sweeper-live").inputs
    assert (runs["functionName"], runs["qualifier"]) == (alias["functionName"], alias["name"])
    role = plan.one("sweeper-policy").inputs["role"]
    assert plan.one("sweep-failures").inputs["role"] == role
    assert plan.one("sweeper-function").inputs["role"].endswith(f":role/{role}")


def test_each_route_of_the_checkout_has_a_limit_of_its_own(plan: RecordedPlan) -> None:
    (stage,) = plan.of("aws:apigatewayv2/stage:Stage")
    limits = {r["routeKey"]: r["throttlingRateLimit"] for r in stage.inputs["routeSettings"]}
    assert set(limits) == {route.key for route in routes_of("checkout")}
    placing = limits.pop("POST /v1/orders")
    assert {limit / placing for limit in limits.values()} == {READS_PER_ORDER}
    assert max(limits.values()) < stage.inputs["defaultRouteSettings"]["throttlingRateLimit"]


def test_prod_keeps_its_data_and_has_no_way_round_cloudfront() -> None:
    plan = planned("aws-prod")
    assert all(t.inputs["deletionProtectionEnabled"] for t in plan.of("aws:dynamodb/table:Table"))
    assert all(t.inputs["pointInTimeRecovery"]["enabled"] for t in plan.of("aws:dynamodb/table:Table"))
    assert not any(b.inputs.get("forceDestroy") for b in plan.of("aws:s3/bucket:Bucket"))
    (api,) = plan.of("aws:apigatewayv2/api:Api")
    assert api.inputs["disableExecuteApiEndpoint"] is True
    (site,) = plan.of("aws:cloudfront/distribution:Distribution")
    assert site.inputs["webAclId"]


def test_prod_asks_for_a_token_everywhere_but_on_the_public_routes() -> None:
    routes = planned("aws-prod").of("aws:apigatewayv2/route:Route")
    open_to_all = {r.inputs["routeKey"] for r in routes if r.inputs.get("authorizationType") != "JWT"}
    assert open_to_all == {route.key for route in api_routes() if route.public}


def test_the_origins_secret_is_in_no_functions_environment() -> None:
    functions = planned("aws-prod").of("aws:lambda/function:Function")
    assert "one-secret-value" not in json.dumps([f.inputs.get("environment") for f in functions])


def test_the_program_reads_as_the_architecture() -> None:
    lines = (ROOT / "stacks/aws/program.py").read_text().splitlines()
    assert len(lines) <= 200


def test_outputs_are_flat_and_in_camel_case(plan: RecordedPlan) -> None:
    assert {"apiUrl", "storefrontUrl", "opsFunctionName", "queueUrls", "deadLetterQueues"} <= set(plan.outputs)
    assert all(name[0].islower() and "_" not in name for name in plan.outputs)
