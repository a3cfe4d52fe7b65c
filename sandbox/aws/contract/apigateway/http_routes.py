"""API Gateway's HTTP APIs: routes, payloads, CORS, tokens."""

import json

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.http_apis import GUIDE, DeployedApi
from sandbox.contract.behaviour import behaviour, expect

PAYLOAD = f"{GUIDE}/http-api-develop-integrations-lambda.html"
ROUTES = f"{GUIDE}/http-api-develop-routes.html"


@behaviour(service="apigateway", source=PAYLOAD)
def an_api_gives_a_function_payload_2(aws: AwsAccount) -> None:
    """A function behind an HTTP API gets format 2.0: route, path parameters, values of a query joined by commas."""
    reported = DeployedApi(aws, "GET /v1/orders/{order_id}")("GET", "/v1/orders/A-1?fields=a&fields=b").json()
    wanted = {
        "version": "2.0",
        "routeKey": "GET /v1/orders/{order_id}",
        "rawQueryString": "fields=a&fields=b",
        "pathParameters": {"order_id": "A-1"},
        "queryStringParameters": {"fields": "a,b"},
        "isBase64Encoded": False,
    }
    found = {name: reported[name] for name in wanted}
    expect(found == wanted, f"event {found}")


@behaviour(service="apigateway", source=PAYLOAD)
def an_api_hands_over_headers_and_body_and_returns_the_answer(aws: AwsAccount) -> None:
    """A function gets method, headers by lower-case name and body; its status and headers are the answer's."""
    api = DeployedApi(aws, "POST /v1/orders")
    answer = api("POST", "/v1/orders", headers={"Idempotency-Key": "k-1"}, json={"lines": []})
    expect((answer.status_code, answer.headers["location"]) == (202, "/v1/orders/A-1"), f"answer {answer.status_code}")
    reported = answer.json()
    found = (reported["method"], reported["headers"]["idempotency-key"], json.loads(reported["body"]))
    expect(found == ("POST", "k-1", {"lines": []}), f"event {found}")


@behaviour(service="apigateway", source=PAYLOAD)
def an_answer_without_a_status_is_a_body(aws: AwsAccount) -> None:
    """What a function answers without a status is the body of a 200."""
    source = "def handler(event, context):\n    return {'message': 'hello'}"
    answer = DeployedApi(aws, "GET /", source=source)("GET", "/")
    expect((answer.status_code, answer.json()) == (200, {"message": "hello"}), f"{answer.status_code} {answer.text}")


@behaviour(service="apigateway", source=ROUTES)
def an_api_prefers_the_most_specific_route(aws: AwsAccount) -> None:
    """A whole match goes before a parameter, a parameter before the default route."""
    api = DeployedApi(aws, "$default", "GET /v1/orders/{id}", "GET /v1/orders/latest")
    paths = ("/v1/orders/latest", "/v1/orders/A-1", "/elsewhere")
    found = [api("GET", path).json()["routeKey"] for path in paths]
    expect(found == ["GET /v1/orders/latest", "GET /v1/orders/{id}", "$default"], f"routes {found}")


@behaviour(service="apigateway", source=ROUTES)
def an_api_answers_404_where_it_has_no_route(aws: AwsAccount) -> None:
    """A path or a method without a route is answered with 404 and a message."""
    api = DeployedApi(aws, "GET /v1/orders")
    for method, path in (("GET", "/v1/nothing"), ("DELETE", "/v1/orders")):
        answer = api(method, path)
        found = (answer.status_code, answer.json())
        expect(found == (404, {"message": "Not Found"}), f"{method} {path}: {found}")


@behaviour(service="apigateway", source=f"{GUIDE}/http-api-cors.html")
def an_api_answers_preflight_requests_itself(aws: AwsAccount) -> None:
    """An API with CORS settings answers preflight requests from them, without the function."""
    cors = {"AllowOrigins": ["https://shop.example"], "AllowMethods": ["POST"], "AllowHeaders": ["idempotency-key"]}
    api = DeployedApi(aws, "POST /v1/orders", CorsConfiguration=cors)
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    answer = api("OPTIONS", "/v1/orders", headers=asked)
    allowed = answer.headers.get("access-control-allow-origin")
    expect((answer.status_code, allowed) == (204, "https://shop.example"), f"{answer.status_code}, origin {allowed}")


@behaviour(service="apigateway", source=f"{GUIDE}/http-api-jwt-authorizer.html")
def a_route_with_an_authorizer_answers_401_without_a_token(aws: AwsAccount) -> None:
    """A route with a JWT authorizer answers 401 to a request without a token, or with one that is none."""
    api = DeployedApi(aws, "GET /v1/orders")
    api.require_tokens()
    for headers in ({}, {"Authorization": "Bearer not.a.token"}):
        answer = api("GET", "/v1/orders", headers=headers)
        found = (answer.status_code, answer.json())
        expect(found == (401, {"message": "Unauthorized"}), f"{headers}: {found}")
