"""API Gateway's HTTP APIs: what a function is given, and what its answer becomes."""

import base64
from typing import Any

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.http_apis import ECHOES, GUIDE, DeployedApi
from sandbox.contract.behaviour import behaviour, expect

PAYLOAD = f"{GUIDE}/http-api-develop-integrations-lambda.html"
CORS = f"{GUIDE}/http-api-cors.html"
SHOP = "https://shop.example"


def _answering(answer: str) -> str:
    return f"def handler(event, context):\n    return {answer}\n"


@behaviour(service="apigateway", source=PAYLOAD)
def cookies_of_a_request_are_a_list_of_their_own(aws: AwsAccount) -> None:
    """A request's cookies are in the list `cookies`, not in the headers."""
    reported = DeployedApi(aws, "GET /", source=ECHOES)("GET", "/", headers={"Cookie": "basket=1; seen=yes"}).json()
    found = (reported.get("cookies"), reported["headers"].get("cookie"))
    expect(found == (["basket=1", "seen=yes"], None), f"cookies {found[0]}, header {found[1]}")


@behaviour(service="apigateway", source=PAYLOAD)
def headers_sent_twice_are_joined_by_commas(aws: AwsAccount) -> None:
    """A header that a request has twice reaches the function once, its values joined by a comma."""
    reported = DeployedApi(aws, "GET /", source=ECHOES)("GET", "/", headers=[("X-Tag", "a"), ("X-Tag", "b")]).json()
    expect(reported["headers"].get("x-tag") == "a,b", f"header {reported['headers'].get('x-tag')!r}")


@behaviour(service="apigateway", source=PAYLOAD)
def the_request_context_tells_api_stage_and_caller(aws: AwsAccount) -> None:
    """A function gets API, stage, domain, route, request id, and method, path, protocol and agent of the request."""
    api = DeployedApi(aws, "GET /v1/orders", source=ECHOES)
    answer = api("GET", "/v1/orders", headers={"User-Agent": "trial"})
    context = answer.json()["requestContext"]
    wanted = {"apiId": api.id, "stage": "$default", "routeKey": "GET /v1/orders", "domainPrefix": api.id}
    found = {name: context.get(name) for name in wanted}
    expect(found == wanted, f"context {found}")
    request = {name: context["http"].get(name) for name in ("method", "path", "protocol", "userAgent")}
    asked = {"method": "GET", "path": "/v1/orders", "protocol": "HTTP/1.1", "userAgent": "trial"}
    expect(request == asked, f"http {request}")
    ids = (context["requestId"], answer.headers.get("apigw-requestid"))
    expect(ids[0] == ids[1], f"request id {ids[0]}, header {ids[1]}")


@behaviour(service="apigateway", source=f"{GUIDE}/http-api-stages.html")
def a_named_stage_is_part_of_the_path_and_gives_its_variables(aws: AwsAccount) -> None:
    """A stage with a name is the first part of the path, also for the function, which gets its variables."""
    api, client = DeployedApi(aws, "GET /v1/orders", source=ECHOES), aws.clients.apigatewayv2
    client.create_stage(ApiId=api.id, StageName="test", AutoDeploy=True, StageVariables={"colour": "green"})
    address = api.address.removesuffix("/$default") + "/test/v1/orders"
    answer = aws.wait_for(lambda: _good(aws.http("GET", address)), "an answer of the new stage")
    reported = answer.json()
    found = (reported["rawPath"], reported["requestContext"]["http"]["path"], reported.get("stageVariables"))
    expect(found == ("/test/v1/orders", "/test/v1/orders", {"colour": "green"}), f"event {found}")


@behaviour(service="apigateway", source=PAYLOAD)
def a_body_that_is_no_text_is_in_base64(aws: AwsAccount) -> None:
    """A body whose type is no text reaches the function in base64, and says so."""
    sent = bytes(range(256))
    reported = DeployedApi(aws, "POST /", source=ECHOES)(
        "POST", "/", content=sent, headers={"Content-Type": "application/octet-stream"}
    ).json()
    expect(
        reported["isBase64Encoded"] and base64.b64decode(reported["body"]) == sent,
        f"event {reported.get('isBase64Encoded')}",
    )


@behaviour(service="apigateway", source=PAYLOAD)
def a_text_without_a_status_is_the_body(aws: AwsAccount) -> None:
    """A text that a function returns is the body of a 200 of type application/json."""
    answer = DeployedApi(aws, "GET /", source=_answering("'Hello from Lambda!'"))("GET", "/")
    found = (answer.status_code, answer.headers.get("content-type"))
    expect(found == (200, "application/json"), f"status and type {found}")
    expect("Hello from Lambda!" in answer.text, f"body {answer.text[:100]}")


@behaviour(service="apigateway", source=PAYLOAD)
def each_cookie_of_an_answer_is_a_header(aws: AwsAccount) -> None:
    """Each cookie that a function answers with becomes a set-cookie header of its own."""
    source = _answering("{'statusCode': 200, 'cookies': ['a=1; Path=/', 'b=2'], 'body': ''}")
    found = DeployedApi(aws, "GET /", source=source)("GET", "/").headers.get_list("set-cookie")
    expect(sorted(found) == ["a=1; Path=/", "b=2"], f"cookies {found}")


@behaviour(service="apigateway", source=PAYLOAD)
def a_body_in_base64_is_decoded(aws: AwsAccount) -> None:
    """A body that a function answers in base64, and says so, reaches the client as bytes."""
    source = _answering("{'statusCode': 200, 'isBase64Encoded': True, 'body': 'AAECAw=='}")
    found = DeployedApi(aws, "GET /", source=source)("GET", "/").content
    expect(found == bytes(range(4)), f"body {found!r}")


@behaviour(service="apigateway", source=CORS)
def a_foreign_origin_gets_no_cors_headers(aws: AwsAccount) -> None:
    """The preflight request of an origin that the API does not allow is answered without CORS headers."""
    api = DeployedApi(aws, "POST /v1/orders", CorsConfiguration={"AllowOrigins": [SHOP], "AllowMethods": ["POST"]})
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    answer = api("OPTIONS", "/v1/orders", headers=asked)
    found = [name for name in answer.headers if name.startswith("access-control-")]
    expect((answer.status_code, found) == (204, []), f"status {answer.status_code}, headers {found}")


@behaviour(service="apigateway", source=CORS)
def an_apis_cors_settings_override_the_functions_headers(aws: AwsAccount) -> None:
    """CORS headers of an answer are the API's; what the function says of them is ignored."""
    source = _answering("{'statusCode': 200, 'headers': {'access-control-allow-origin': '*'}, 'body': ''}")
    cors = {"AllowOrigins": [SHOP], "AllowMethods": ["GET"], "ExposeHeaders": ["location"]}
    api = DeployedApi(aws, "GET /", source=source, CorsConfiguration=cors)
    ours, foreign = (api("GET", "/", headers={"Origin": o}).headers for o in (SHOP, "https://elsewhere.example"))
    found = (ours.get("access-control-allow-origin"), ours.get("access-control-expose-headers"))
    expect(found == (SHOP, "location"), f"headers {found}")
    expect("access-control-allow-origin" not in foreign, f"foreign {foreign.get('access-control-allow-origin')}")


@behaviour(service="apigateway", source=CORS)
def a_default_route_gets_preflight_requests(aws: AwsAccount) -> None:
    """A $default route catches OPTIONS too: the function is asked, and the API's headers are added."""
    api = DeployedApi(
        aws, "$default", source=ECHOES, CorsConfiguration={"AllowOrigins": [SHOP], "AllowMethods": ["GET"]}
    )
    answer = api("OPTIONS", "/any", headers={"Origin": SHOP, "Access-Control-Request-Method": "GET"})
    expect(answer.status_code == 200, f"status {answer.status_code}")
    found = (answer.json()["requestContext"]["http"]["method"], answer.headers.get("access-control-allow-origin"))
    expect(found == ("OPTIONS", SHOP), f"method and origin {found}")


def _good(answer: Any) -> Any:
    return answer if answer.status_code == 200 else None
