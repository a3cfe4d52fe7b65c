"""AWS-SEC-05: every route of an API asks who is calling, unless it was decided that it is public."""

from collections.abc import Iterator

from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation, texts
from policies.platforms.aws.links import API, ROUTE

GUIDE = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control.html"
# A preflight request carries no credentials: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
PREFLIGHT = "OPTIONS "
CORS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html"
# Who opens a WebSocket is asked once:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
CONNECT = "$connect"
DEFAULT = "$default"


def check(route: Resource, context: RuleContext) -> Iterator[Violation]:
    """Look at a route's authorisation, and whether it needs any."""
    if route.text("authorizationType", "NONE") != "NONE":
        return
    key = route.text("routeKey")
    if key.startswith(PREFLIGHT):
        raise NotApplicableError("a preflight request carries no credentials")
    if key != CONNECT and _is_of_websocket(route, key, context):
        raise NotApplicableError("a WebSocket's caller is asked when it connects")
    if key not in context.texts("publicRoutes"):
        what = "requests that no other route takes are" if key == DEFAULT else "it is"
        yield Violation(
            f"{what} open to everybody: authorizationType is NONE",
            "set authorizationType to JWT, AWS_IAM or CUSTOM; or have the route added to publicRoutes of this rule",
        )


def _is_of_websocket(route: Resource, key: str, context: RuleContext) -> bool:
    # Only HTTP APIs have a method and a path; the key that both kinds have does not tell them apart.
    if key != DEFAULT:
        return " " not in key
    api = context.graph.target(route, "apiId", API)
    return api is not None and api.text("protocolType") == "WEBSOCKET"


RULE = Rule(
    id="aws-sec-05",
    title="A route knows its caller, or is public by decision",
    category="security",
    severity="high",
    types=(ROUTE,),
    reads=(API,),
    check=check,
    sources=(GUIDE, CORS),
    settings={
        "publicRoutes": texts(
            (), "Route keys that everybody may call, such as `GET /v1/products`; reviewed by security"
        )
    },
)
