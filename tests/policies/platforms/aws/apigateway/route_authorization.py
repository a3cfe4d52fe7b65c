"""Fixtures of AWS-SEC-05."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import API, ROUTE
from tests.policies.building import Stack
from tests.policies.cases import Cases, FailingCase, PassingCase


def route(key: Any = "POST /orders", protocol: Any = "HTTP", **inputs: Any) -> Stack:
    stack = Stack()
    api = stack.add(API, "api", protocolType=protocol)
    stack.add(ROUTE, "route", apiId=api.id, routeKey=key, **inputs)
    return stack


def route_of_foreign_api() -> Stack:
    stack = Stack()
    stack.add(ROUTE, "route", apiId="a1b2c3", routeKey="$default")
    return stack


def route_of_unknown_api() -> Stack:
    stack = Stack()
    stack.add(ROUTE, "route", apiId=UNKNOWN, routeKey="$default")
    return stack


PUBLIC = {"publicRoutes": ["GET /products", "$default"]}
CASES = Cases(
    rule="aws-sec-05",
    passing=[
        PassingCase(partial(route, authorizationType="JWT")),
        PassingCase(partial(route, "$connect", "WEBSOCKET", authorizationType="AWS_IAM")),
        PassingCase(partial(route, "GET /products"), settings=PUBLIC),
        PassingCase(partial(route, "$default", authorizationType="NONE"), settings=PUBLIC),
    ],
    failing=[
        FailingCase(route, "route", "it is open to everybody: authorizationType is NONE; set authorizationType to JWT"),
        FailingCase(partial(route, authorizationType="NONE"), "route", "it is open", settings=PUBLIC),
        FailingCase(partial(route, "$default"), "route", "requests that no other route takes are open to everybody"),
        FailingCase(route_of_foreign_api, "route", "requests that no other route takes are open"),
        FailingCase(partial(route, "$connect", "WEBSOCKET"), "route", "it is open to everybody"),
    ],
    not_applicable=[
        partial(route, "OPTIONS /{proxy+}"),
        partial(route, "sendMessage", "WEBSOCKET"),
        partial(route, "$default", "WEBSOCKET"),
    ],
    not_evaluated=[
        (partial(route, authorizationType=UNKNOWN), "authorizationType is not known"),
        (partial(route, UNKNOWN), "routeKey is not known"),
        (partial(route, "$default", UNKNOWN), "protocolType is not known"),
        (route_of_unknown_api, "apiId is not known"),
    ],
)
