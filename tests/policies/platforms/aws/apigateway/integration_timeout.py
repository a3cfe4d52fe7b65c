"""Fixtures of AWS-SCA-06."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import ALIAS, API, FUNCTION, INTEGRATION, REST_API, REST_INTEGRATION
from tests.policies.building import Concatenation, Stack
from tests.policies.cases import Cases, FailingCase, PassingCase

HEADER = "integration.request.header.X-Amz-Invocation-Type"
PREFIX = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"


def http_integration(
    timeout: Any,
    wait: Any = None,
    *,
    alias: bool = False,
    protocol: Any = "HTTP",
    kind: Any = "AWS_PROXY",
    joined: bool = False,
    **inputs: Any,
) -> Stack:
    stack = Stack()
    api = stack.add(API, "api", protocolType=protocol)
    shop = stack.add(FUNCTION, "shop", **({} if timeout is None else {"timeout": timeout}))
    answers = stack.add(ALIAS, "live", functionName=shop.name) if alias else shop
    uri = Concatenation([PREFIX, answers.arn, "/invocations"]) if joined else answers.invoke_arn
    given = {} if wait is None else {"timeoutMilliseconds": wait}
    stack.add(INTEGRATION, "to-shop", apiId=api.id, integrationType=kind, integrationUri=uri, **given, **inputs)
    return stack


def rest_integration(timeout: Any, wait: Any = None, *, uri: Any = None, **inputs: Any) -> Stack:
    stack = Stack()
    api, shop = stack.add(REST_API, "api"), stack.add(FUNCTION, "shop", timeout=timeout)
    given = {} if wait is None else {"timeoutMilliseconds": wait}
    given["type"] = "AWS_PROXY"
    stack.add(REST_INTEGRATION, "to-shop", restApi=api.id, uri=uri or shop.invoke_arn, **{**given, **inputs})
    return stack


CASES = Cases(
    rule="aws-sca-06",
    passing=[
        PassingCase(partial(http_integration, 30)),
        PassingCase(partial(http_integration, 30, alias=True)),
        PassingCase(partial(http_integration, 30, alias=True, joined=True)),
        PassingCase(partial(http_integration, 29, protocol="WEBSOCKET")),
        PassingCase(partial(http_integration, 10, 10_000)),
        PassingCase(partial(http_integration, None, 3_000)),  # the function's own default
        PassingCase(partial(rest_integration, 29)),
        PassingCase(partial(rest_integration, 60, 60_000)),
        PassingCase(partial(rest_integration, 29, type="AWS", requestParameters={HEADER: "'RequestResponse'"})),
    ],
    failing=[
        FailingCase(
            partial(http_integration, 31), "to-shop", "'shop' may run for 31 s and the API waits for 30 s", 31, 30
        ),
        FailingCase(partial(http_integration, 31, alias=True), "to-shop", "to 30 s or less", 31, 30),
        FailingCase(partial(http_integration, 31, joined=True), "to-shop", "to 30 s or less", 31, 30),
        FailingCase(partial(http_integration, 31, alias=True, joined=True), "to-shop", "to 30 s or less", 31, 30),
        FailingCase(partial(http_integration, 30, protocol="WEBSOCKET"), "to-shop", "waits for 29 s", 30, 29),
        FailingCase(partial(http_integration, 11, 10_500), "to-shop", "waits for 10.5 s", 11, 10.5),
        FailingCase(partial(http_integration, None, 2_000), "to-shop", "may run for 3 s", 3, 2),
        FailingCase(partial(rest_integration, 30), "to-shop", "waits for 29 s", 30, 29),
        FailingCase(
            partial(rest_integration, 30, type="AWS", requestParameters={"a.b": "'Event'"}),
            "to-shop",
            "waits for 29",
            30,
            29,
        ),
    ],
    not_applicable=[
        partial(rest_integration, 900, type="AWS", requestParameters={HEADER: "'Event'"}),
        partial(http_integration, 900, kind="AWS", requestParameters={HEADER: "'Event'"}),
        partial(http_integration, 900, kind="HTTP_PROXY"),
        partial(rest_integration, 900, uri="https://example.com", type="HTTP"),
        partial(rest_integration, 900, uri="arn:aws:apigateway:us-east-1:sqs:path/111122223333/orders", type="AWS"),
    ],
    not_evaluated=[
        (partial(http_integration, UNKNOWN), "timeout is not known"),
        (partial(http_integration, 5, UNKNOWN), "timeoutMilliseconds is not known"),
        (partial(http_integration, 30, protocol=UNKNOWN), "protocolType is not known"),
        (partial(http_integration, 30, kind=UNKNOWN), "integrationType is not known"),
        (partial(rest_integration, 30, uri=UNKNOWN), "uri is not known"),
        (partial(rest_integration, 30, type="AWS", requestParameters=UNKNOWN), "requestParameters is not known"),
        (partial(rest_integration, 30, type="AWS", requestParameters={HEADER: UNKNOWN}), "is not known"),
    ],
)
