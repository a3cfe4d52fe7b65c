"""API Gateway: HTTP APIs, their routes, integrations, authorisers, stages and domains."""

import re
from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.core.input_view import InputView, quote
from sandbox.aws.checks.core.known_resources import KnownResources
from sandbox.aws.checks.core.resource_names import API, ROUTE
from sandbox.aws.checks.core.rules import rule
from sandbox.aws.checks.core.values import check_arn, check_choice, check_pattern

STAGE, INTEGRATION = "aws:apigatewayv2/stage:Stage", "aws:apigatewayv2/integration:Integration"
AUTHORIZER, DOMAIN = "aws:apigatewayv2/authorizer:Authorizer", "aws:apigatewayv2/domainName:DomainName"
API_MAPPING = "aws:apigatewayv2/apiMapping:ApiMapping"
GUIDE = "https://docs.aws.amazon.com/apigateway/latest/developerguide"
REFERENCE = "https://docs.aws.amazon.com/apigatewayv2/latest/api-reference"
ROUTE_KEY = re.compile(r"\$default|(?:ANY|GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) /\S*")
SEGMENT = re.compile(r"[^{}]*|\{[A-Za-z0-9._-]+\+?\}")
STAGE_NAME = re.compile(r"\$default|[A-Za-z0-9_-]{1,128}")
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mapping-template-reference.html
REQUEST_IDS = ("$context.requestId", "$context.extendedRequestId")
DOMAIN_NAME = re.compile(r"(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "*")


@rule(API, source=f"{GUIDE}/http-api-cors.html")
def api_cors(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Browsers take no wildcard with credentials."""
    del resources
    cors = view.block("corsConfiguration")
    if cors is None:
        return
    for name in ("allowOrigins", "allowHeaders", "allowMethods"):
        if cors.flag("allowCredentials") and any(text == "*" for _, text in cors.texts(name)):
            yield cors.fail(name, 'has "*" beside allowCredentials; name each, or drop allowCredentials')
    for path, text in cors.texts("allowOrigins"):
        if text != "*" and not re.match(r"[a-z][a-z0-9+.-]*://", text):
            yield cors.fail(path, f'is {quote(text)}; use an origin such as https://shop.example.com, or "*"')
    for path, text in cors.texts("allowMethods"):
        if text not in METHODS:
            yield cors.fail(path, f'is {quote(text)}; use a method in capitals, or "*"')


@rule(ROUTE, source=f"{GUIDE}/http-api-develop-routes.html")
def route_key(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """A method and a path, or `$default`; once in an API."""
    key, api = view.text("routeKey"), view.text("apiId")
    found = resources.find(API, api)
    # A WebSocket API's keys are words; without its API a key with a space is taken for a method and a path.
    http = InputView(found).value("protocolType") == "HTTP" if found else key is not None and " " in key
    if key is None:
        return
    if http and not ROUTE_KEY.fullmatch(key):
        yield view.fail("routeKey", f'is {quote(key)}; use "GET /path", "ANY /path" or "$default"')
    elif http:
        yield from _segments(view, key.partition(" ")[2].split("/"))
    if api is not None and any(
        other.get("apiId") == api and other.get("routeKey") == key for other in resources.list_others(ROUTE, view.name)
    ):
        yield view.fail("routeKey", f"is {quote(key)}, another route's as well; use one route for it")


@rule(ROUTE, source=f"{REFERENCE}/apis-apiid-routes.html")
def route_settings(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """What a route calls, and who may call it."""
    del resources
    target, kind = view.text("target"), view.value("authorizationType")
    if target is not None and not re.fullmatch(r"integrations/.+", target):
        yield view.fail("target", f"is {quote(target)}; use integrations/<id>")
    if kind in ("JWT", "CUSTOM") and view.is_absent("authorizerId"):
        yield view.fail("authorizerId", f"is missing; the authorizationType is {kind}")
    if view.count("authorizationScopes") and kind is not None and kind != "JWT":
        yield view.fail("authorizationScopes", f"is set for the authorizationType {kind}; use JWT or drop it")


@rule(INTEGRATION, source=f"{GUIDE}/http-api-develop-integrations.html")
def integration_pairs(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """What kinds of integrations need."""
    api = resources.find(API, view.text("apiId"))
    kind, service = view.value("integrationType"), not view.is_absent("integrationSubtype")
    if api and InputView(api).value("protocolType") == "HTTP" and kind not in (None, "AWS_PROXY", "HTTP_PROXY"):
        yield view.fail("integrationType", f"is {quote(kind)}; an HTTP API has AWS_PROXY and HTTP_PROXY")
    yield from check_choice(view, "payloadFormatVersion", ("1.0", "2.0"))
    if kind in ("AWS_PROXY", "HTTP_PROXY") and view.is_absent("integrationUri") and not service:
        yield view.fail("integrationUri", f"is missing; the integrationType is {kind}")
    if kind == "HTTP_PROXY" and view.is_absent("integrationMethod"):
        yield view.fail("integrationMethod", "is missing; the integrationType is HTTP_PROXY")
    if view.value("connectionType") == "VPC_LINK" and view.is_absent("connectionId"):
        yield view.fail("connectionId", "is missing; the connectionType is VPC_LINK")
    if kind == "AWS_PROXY" and not service:
        yield from check_arn(view, "integrationUri")


@rule(AUTHORIZER, source=f"{GUIDE}/http-api-access-control.html")
def authorizer_pairs(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """What kinds of authorisers need."""
    del resources
    kind = view.value("authorizerType")
    if kind == "JWT":
        for path in ("jwtConfiguration.issuer", "jwtConfiguration.audiences"):
            if view.is_absent(path) or view.value(path) == []:
                yield view.fail(path, "is missing; the authorizerType is JWT")
        yield from check_pattern(view, "jwtConfiguration.issuer", re.compile(r"https://.+"), "an https:// address")
    elif kind == "REQUEST" and view.is_absent("authorizerUri"):
        yield view.fail("authorizerUri", "is missing; the authorizerType is REQUEST")
    yield from check_choice(view, "authorizerPayloadFormatVersion", ("1.0", "2.0"))
    if view.flag("enableSimpleResponses") and view.value("authorizerPayloadFormatVersion") == "1.0":
        yield view.fail("enableSimpleResponses", 'is true for the payload format "1.0"; use "2.0"')


@rule(STAGE, source=f"{REFERENCE}/apis-apiid-stages.html")
def stage_name(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The name's characters."""
    del resources
    yield from check_pattern(
        view, "name", STAGE_NAME, '"$default", or up to 128 letters, digits, hyphens and underscores'
    )


@rule(STAGE, source=f"{GUIDE}/http-api-throttling.html")
def stage_throttling(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Limits are not negative."""
    del resources
    defaults = view.block("defaultRouteSettings")
    for block in (*([defaults] if defaults else []), *view.blocks("routeSettings")):
        for path in ("throttlingBurstLimit", "throttlingRateLimit"):
            number = block.number(path)
            if number is not None and number < 0:
                yield block.fail(path, f"is {number}; use 0 or more")


@rule(STAGE, source=f"{GUIDE}/http-api-throttling.html")
def stage_routes(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Settings are for routes that exist."""
    api = view.text("apiId")
    if api is None or resources.find(API, api) is None:
        return
    routes = {other.get("routeKey") for other in resources.list_others(ROUTE, "") if other.get("apiId") == api}
    for block in view.blocks("routeSettings"):
        key = block.text("routeKey")
        if key is not None and key not in routes and None not in routes:
            yield block.fail("routeKey", f"is {quote(key)}, no route of the API; create it first (depends_on)")


@rule(STAGE, source=f"{GUIDE}/http-api-logging.html")
def stage_logs(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Where access logs go, and what is in them."""
    del resources
    logs = view.block("accessLogSettings")
    if logs is None:
        return
    yield from check_arn(logs, "destinationArn", "logs", "firehose")
    if logs.is_absent("format"):
        yield logs.fail("format", "is missing; the log needs one")
    text = logs.text("format")
    if text is not None and not any(name in text for name in REQUEST_IDS):
        yield logs.fail("format", f"has no {REQUEST_IDS[0]}; add it")


@rule(DOMAIN, source=f"{GUIDE}/http-api-custom-domain-names.html")
def domain_settings(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """A name in small letters, a certificate of the region, TLS 1.2."""
    yield from check_pattern(view, "domainName", DOMAIN_NAME, "a host name in small letters")
    path = "domainNameConfiguration.certificateArn"
    yield from check_arn(view, path, "acm")
    arn = view.text(path) or ""
    if arn.startswith("arn:") and arn.count(":") > 4 and arn.split(":")[3] not in ("", resources.region):
        yield view.fail(path, f"is {quote(arn)}, of another region; use a certificate of {resources.region}")
    yield from check_choice(view, "domainNameConfiguration.securityPolicy", ("TLS_1_2",))
    yield from check_choice(view, "domainNameConfiguration.endpointType", ("REGIONAL",))


@rule(API_MAPPING, source=f"{GUIDE}/rest-api-mappings.html")
def mapping_key(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The path under which a domain serves an API."""
    del resources
    allowed = re.compile(r"[A-Za-z0-9$_.+!*'()/-]{1,300}")
    yield from check_pattern(view, "apiMappingKey", allowed, "up to 300 letters, digits, slashes and $-_.+!*'()")
    key = view.text("apiMappingKey") or ""
    if key.startswith("/") or key.endswith("/"):
        yield view.fail("apiMappingKey", f"is {quote(key)}; drop the slash at its end")


def _segments(view: InputView, segments: list[str]) -> Iterator[CheckFailure]:
    for index, segment in enumerate(segments):
        if not SEGMENT.fullmatch(segment):
            yield view.fail("routeKey", f"has the segment {quote(segment)}; use a word, {{name}} or {{name+}}")
        elif segment.endswith("+}") and index < len(segments) - 1:
            yield view.fail("routeKey", f"has {segment} before its end; a greedy segment is the last one")
