"""API Gateway's HTTP APIs: limits, errors, access logs."""

import collections
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.http_apis import GUIDE, DeployedApi
from sandbox.contract.behaviour import behaviour, expect

THROTTLING = f"{GUIDE}/http-api-throttling.html"
QUOTAS = f"{GUIDE}/http-api-quotas.html"
ERRORS = f"{GUIDE}/http-api-troubleshooting-lambda.html"
VARIABLES = f"{GUIDE}/http-api-logging-variables.html"
ROUGH = "AWS throttles on a best-effort basis: a limit is a target there, not a ceiling"
OK = "def handler(event, context):\n    return {'statusCode': 200, 'body': 'fine'}\n"
FAILS = "def handler(event, context):\n    raise ValueError('a secret of the function')\n"
WRONG = "def handler(event, context):\n    return {'statusCode': 200, 'body': {'not': 'a text'}}\n"
SLOW = "import time\ndef handler(event, context):\n    time.sleep(10)\n    return {'statusCode': 200, 'body': ''}\n"
INTERNAL = (500, {"message": "Internal Server Error"})
FORM = {
    "id": "$context.requestId",
    "route": "$context.routeKey",
    "status": "$context.status",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "ip": "$context.identity.sourceIp",
    "time": "$context.requestTimeEpoch",
    "length": "$context.responseLength",
    "error": "$context.error.message",
    "integration": "$context.integrationErrorMessage",
    "latency": "$context.integrationLatency",
}


class Log:
    """An access log of an API's stage."""

    def __init__(self, api: DeployedApi) -> None:
        self._aws, self._logs, self.group = api.aws, api.aws.clients.logs, api.aws.name("access")
        self._logs.create_log_group(logGroupName=self.group)
        api.aws.undo(self._logs.delete_log_group, logGroupName=self.group)
        arn = f"arn:aws:logs:{api.aws.region}:{api.aws.id}:log-group:{self.group}"
        settings = {"DestinationArn": arn, "Format": json.dumps(FORM)}
        api.aws.clients.apigatewayv2.update_stage(ApiId=api.id, StageName="$default", AccessLogSettings=settings)
        api.aws.wait_for_propagation()

    def lines(self, count: int) -> list[dict[str, Any]]:
        """All lines, once there are `count`."""

        def enough() -> list[dict[str, Any]] | None:
            pages = self._logs.get_paginator("filter_log_events").paginate(logGroupName=self.group)
            found = [json.loads(event["message"]) for page in pages for event in page["events"]]
            return found if len(found) >= count else None

        return self._aws.wait_for(enough, f"{count} lines of the access log")


def _limited(api: DeployedApi, rate: float, burst: int, **routes: Any) -> None:
    """Limit the default stage."""
    limit = {"ThrottlingRateLimit": rate, "ThrottlingBurstLimit": burst}
    api.aws.clients.apigatewayv2.update_stage(
        ApiId=api.id, StageName="$default", DefaultRouteSettings=limit, **({"RouteSettings": routes} if routes else {})
    )
    api.aws.wait_for_propagation()


@behaviour(service="apigateway", source=THROTTLING, cloud=ROUGH)
def requests_above_a_limit_get_429_and_are_logged(aws: AwsAccount) -> None:
    """Of 100 requests at once, a rate of 20 and a burst of 10 let as many pass as the bucket holds; all are logged."""
    rate, burst, count = 20, 10, 100
    api = DeployedApi(aws, "GET /", source=OK)
    log = Log(api)
    api("GET", "/")
    _limited(api, rate, burst)
    ready = threading.Barrier(count)
    began: list[float] = []

    def ask(_: int) -> Any:
        ready.wait()
        began.append(time.monotonic())
        return api("GET", "/")

    with ThreadPoolExecutor(count) as pool:
        answers = list(pool.map(ask, range(count)))
    seconds = time.monotonic() - min(began)
    passed = sum(answer.status_code == 200 for answer in answers)
    refused = [answer for answer in answers if answer.status_code == 429]
    expect(passed + len(refused) == count, f"statuses {collections.Counter(a.status_code for a in answers)}")
    expect(burst <= passed <= burst + rate * seconds + 1, f"{passed} of {count} passed in {seconds:.2f} s")
    expect(all(a.json() == {"message": "Too Many Requests"} for a in refused), "another body of a 429")
    lines = log.lines(count + 1)
    statuses = collections.Counter(str(line["status"]) for line in lines)
    expect(statuses == {"200": passed + 1, "429": len(refused)}, f"log lines {dict(statuses)}")


@behaviour(service="apigateway", source=THROTTLING, cloud=ROUGH)
def a_routes_own_limit_goes_before_the_stages(aws: AwsAccount) -> None:
    """A route with a limit of its own has that one; the others keep the stage's."""
    api = DeployedApi(aws, "GET /tight", "GET /wide", source=OK)
    _limited(api, 1000, 1000, **{"GET /tight": {"ThrottlingRateLimit": 0.1, "ThrottlingBurstLimit": 1}})
    tight, wide = ([api("GET", path).status_code for _ in range(3)] for path in ("/tight", "/wide"))
    expect((tight, wide) == ([200, 429, 429], [200, 200, 200]), f"statuses {tight}, {wide}")


@behaviour(service="apigateway", source=ERRORS)
def an_error_of_a_function_is_a_500_that_says_nothing(aws: AwsAccount) -> None:
    """A function that raises is a 500 with AWS's own text; the log has what it said."""
    api = DeployedApi(aws, "GET /", source=FAILS)
    log = Log(api)
    answer = api("GET", "/")
    expect((answer.status_code, answer.json()) == INTERNAL, f"{answer.status_code} {answer.text}")
    (line,) = log.lines(1)
    expect("a secret of the function" in line["integration"], f"integration error {line['integration']!r}")


@behaviour(service="apigateway", source=ERRORS)
def an_answer_of_the_wrong_shape_is_a_500(aws: AwsAccount) -> None:
    """A function whose answer has a field of the wrong type is a 500 with AWS's own text."""
    answer = DeployedApi(aws, "GET /", source=WRONG)("GET", "/")
    expect((answer.status_code, answer.json()) == INTERNAL, f"{answer.status_code} {answer.text}")


@behaviour(service="apigateway", source="https://repost.aws/knowledge-center/api-gateway-internal-server-error")
def a_throttled_function_is_a_server_error_that_says_nothing(aws: AwsAccount) -> None:
    """A function that may not run is a server error; that it was throttled is not shown."""
    api = DeployedApi(aws, "GET /", source=OK)
    aws.clients.lambda_.put_function_concurrency(FunctionName=api.function, ReservedConcurrentExecutions=0)
    answer = aws.wait_for(lambda: _unless(api("GET", "/"), 200), "an answer of the throttled function")
    expect(answer.status_code in (500, 503), f"status {answer.status_code}")
    expect(list(answer.json()) == ["message"] and "Rate" not in answer.text, f"body {answer.text}")


@behaviour(service="apigateway", source="https://repost.aws/knowledge-center/api-gateway-http-lambda-integrations")
def a_function_that_does_not_let_the_api_in_is_a_500(aws: AwsAccount) -> None:
    """Without a permission for the API the function is not run: the answer is a 500."""
    api = DeployedApi(aws, "GET /", source=OK)
    aws.clients.lambda_.remove_permission(FunctionName=api.function, StatementId=api.permission)
    answer = aws.wait_for(lambda: _unless(api("GET", "/"), 200), "an answer without the permission")
    expect((answer.status_code, answer.json()) == INTERNAL, f"{answer.status_code} {answer.text}")


@behaviour(service="apigateway", source=QUOTAS)
def an_integration_that_takes_too_long_is_given_up(aws: AwsAccount) -> None:
    """A function that takes longer than the integration's timeout is a server error, though it runs on."""
    api = DeployedApi(aws, "GET /", source=SLOW)
    aws.clients.apigatewayv2.update_integration(ApiId=api.id, IntegrationId=api.integration, TimeoutInMillis=1000)
    aws.wait_for_propagation()
    answer = api("GET", "/")
    expect(answer.status_code in (503, 504) and list(answer.json()) == ["message"], f"{answer.status_code}")


@behaviour(service="apigateway", source=QUOTAS)
def a_body_above_10_mb_is_refused(aws: AwsAccount) -> None:
    """A body larger than 10 MB is answered with 413."""
    answer = DeployedApi(aws, "POST /", source=OK)("POST", "/", content=b"x" * (10 * 1024 * 1024 + 1))
    expect(answer.status_code == 413, f"status {answer.status_code}")


@behaviour(service="apigateway", source=QUOTAS)
def headers_above_10_kb_are_refused(aws: AwsAccount) -> None:
    """Request line and header values of more than 10,240 bytes are refused before the function."""
    api = DeployedApi(aws, "GET /", source=OK)
    fitting, large = (api("GET", "/", headers={"X-Large": "x" * size}).status_code for size in (8_000, 11_000))
    expect(fitting == 200, f"8,000 bytes: {fitting}")
    expect(400 <= large < 500, f"11,000 bytes: {large}")


@behaviour(service="apigateway", source="https://repost.aws/knowledge-center/api-gateway-disable-endpoint")
def a_disabled_default_endpoint_is_not_found(aws: AwsAccount) -> None:
    """With its default endpoint disabled an HTTP API answers there with 404."""
    api = DeployedApi(aws, "GET /", source=OK)
    aws.clients.apigatewayv2.update_api(ApiId=api.id, DisableExecuteApiEndpoint=True)
    answer = aws.wait_for(lambda: _unless(api("GET", "/"), 200), "an answer of the disabled endpoint")
    expect(answer.status_code == 404, f"{answer.status_code} {answer.text}")


@behaviour(service="apigateway", source=f"{GUIDE}/http-api-troubleshooting-jwt.html")
def a_refused_token_is_challenged(aws: AwsAccount) -> None:
    """A 401 has a www-authenticate header, which tells how to authenticate."""
    api = DeployedApi(aws, "GET /", source=OK)
    api.require_tokens()
    answer = api("GET", "/", headers={"Authorization": "Bearer not.a.token"})
    found = answer.headers.get("www-authenticate", "")
    expect(answer.status_code == 401 and found.startswith("Bearer"), f"status {answer.status_code}, header {found!r}")


@behaviour(service="apigateway", source=VARIABLES)
def an_access_log_has_a_line_for_each_request_in_the_stages_format(aws: AwsAccount) -> None:
    """Each request, also one without a route, is a line in the stage's format; what it lacks is a dash."""
    api = DeployedApi(aws, "GET /orders/{id}", source=OK)
    log = Log(api)
    answer = api("GET", "/orders/A-1")
    api("GET", "/nothing")
    lines = {line["path"]: line for line in log.lines(2)}
    found, missed = lines["/orders/A-1"], lines["/nothing"]
    wanted = {
        "id": answer.headers["apigw-requestid"],
        "route": "GET /orders/{id}",
        "status": "200",
        "method": "GET",
        "length": str(len(answer.content)),
        "error": "-",
        "integration": "-",
    }
    expect({name: str(found[name]) for name in wanted} == wanted, f"line {found}")
    expect(str(found["time"]).isdecimal() and str(found["latency"]).isdecimal(), f"line {found}")
    expect((str(missed["status"]), missed["latency"]) == ("404", "-"), f"line {missed}")


def _unless(answer: Any, status: int) -> Any:
    return None if answer.status_code == status else answer
