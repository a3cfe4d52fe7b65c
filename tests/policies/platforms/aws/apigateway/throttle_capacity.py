"""Fixtures of AWS-SCA-05."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import ALIAS, API, FUNCTION, INTEGRATION, ROUTE, STAGE
from tests.policies.building import Concatenation, Stack
from tests.policies.cases import Cases, FailingCase, PassingCase

RATE = "throttlingRateLimit"


def throttled_stage(
    rate: Any,
    *,
    reserved: Any = None,
    others: Any = None,
    alias: bool = False,
    kind: str = "AWS_PROXY",
    routes: Mapping[str, Any] | None = None,
) -> Stack:
    stack = Stack()
    api = stack.add(API, "api", protocolType="HTTP")
    shop = stack.add(FUNCTION, "shop", **({} if reserved is None else {"reservedConcurrentExecutions": reserved}))
    stack.add(FUNCTION, "other", **({} if others is None else {"reservedConcurrentExecutions": others}))
    answers = stack.add(ALIAS, "live", functionName=shop.name) if alias else shop
    behind = stack.add(INTEGRATION, "to-shop", apiId=api.id, integrationType=kind, integrationUri=answers.invoke_arn)
    for i, key in enumerate(("GET /", "POST /")):
        stack.add(ROUTE, f"r{i}", apiId=api.id, routeKey=key, target=Concatenation(["integrations/", behind.id]))
    default = {} if rate is None else {"defaultRouteSettings": {RATE: rate}}
    own = [{"routeKey": key, RATE: limit} for key, limit in (routes or {}).items()]
    stack.add(STAGE, "stage", apiId=api.id, name="$default", routeSettings=own, **default)
    return stack


def stage_of_foreign_api() -> Stack:
    stack = Stack()
    stack.add(STAGE, "stage", apiId="a1b2c3", defaultRouteSettings={RATE: 9_999})
    return stack


CASES = Cases(
    rule="aws-sca-05",
    passing=[
        PassingCase(partial(throttled_stage, 400, reserved=100)),
        PassingCase(partial(throttled_stage, 400, reserved=100, alias=True)),
        PassingCase(partial(throttled_stage, 4_000)),  # all that an account has
        PassingCase(partial(throttled_stage, 3_600, others=100)),
        PassingCase(partial(throttled_stage, 0.5, reserved=0, routes={"GET /": 0, "POST /": 0})),
        PassingCase(partial(throttled_stage, 9_999, reserved=100, routes={"GET /": 400, "POST /": 1})),
        PassingCase(partial(throttled_stage, 1_000, reserved=100), settings={"expectedDuration": 0.1}),
    ],
    failing=[
        FailingCase(
            partial(throttled_stage, 401, reserved=100), "stage", "401 requests/s to 'shop'; at 0.25 s each", 401, 400
        ),
        FailingCase(
            partial(throttled_stage, 404, reserved=100, alias=True), "stage", "101 executions at once", 404, 400
        ),
        FailingCase(partial(throttled_stage, 4_001), "stage", "it may run 1000", 4_001, 4_000),
        FailingCase(partial(throttled_stage, 3_601, others=100), "stage", "to 3600 requests/s or less", 3_601, 3_600),
        FailingCase(
            partial(throttled_stage, 1, reserved=100, routes={"GET /": 401}), "stage", "one route alone", 401, 400
        ),
        FailingCase(
            partial(throttled_stage, 401, reserved=100, routes={"POST /": 1}), "stage", "one route alone", 401, 400
        ),
        FailingCase(partial(throttled_stage, 1, others=20), "stage", "may run 0", 1, 0, settings={"accountLimit": 10}),
        FailingCase(
            partial(throttled_stage, 1_001, reserved=100),
            "stage",
            "at 0.1 s",
            1_001,
            1_000,
            settings={"expectedDuration": 0.1},
        ),
    ],
    not_applicable=[
        stage_of_foreign_api,
        partial(throttled_stage, None, reserved=1),
        partial(throttled_stage, 9_999, reserved=1, kind="HTTP_PROXY"),
    ],
    not_evaluated=[
        (partial(throttled_stage, UNKNOWN), "defaultRouteSettings.throttlingRateLimit is not known"),
        (partial(throttled_stage, 5, reserved=UNKNOWN), "reservedConcurrentExecutions is not known"),
        (partial(throttled_stage, 5, others=UNKNOWN), "reservedConcurrentExecutions is not known"),
        (partial(throttled_stage, 5, kind=UNKNOWN), "integrationType is not known"),
    ],
)
