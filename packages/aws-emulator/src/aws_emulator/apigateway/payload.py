"""The event that a function gets, in payload format 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
What a request does not have is left out of the event, as on AWS.
"""

import base64
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from aws_emulator.apigateway.messages import HttpApiExchange

TEXTS = ("application/json", "application/xml", "application/javascript")


def build_event(
    exchange: HttpApiExchange, parameters: Mapping[str, str], variables: Mapping[str, str]
) -> dict[str, Any]:
    """The event of a request.

    Args:
        exchange: The request.
        parameters: Of the route's path.
        variables: Of the stage.
    """
    request = exchange.request
    body, encoded = _encode_body(request.body, request.headers.get("content-type", ""))
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": exchange.route_key,
        "rawPath": exchange.path,
        "rawQueryString": request.query,
        "headers": dict(request.headers),
        "requestContext": _build_context(exchange),
        "isBase64Encoded": encoded,
    }
    query = parse_qs(request.query, keep_blank_values=True)
    more = {
        "cookies": list(request.cookies),
        "queryStringParameters": {name: ",".join(values) for name, values in query.items()},
        "pathParameters": dict(parameters),
        "stageVariables": dict(variables),
        "body": body,
    }
    return {**event, **{name: value for name, value in more.items() if value}}


def _build_context(exchange: HttpApiExchange) -> dict[str, Any]:
    request, endpoint = exchange.request, exchange.endpoint
    context: dict[str, Any] = {
        "accountId": endpoint.account,
        "apiId": endpoint.api,
        "domainName": endpoint.domain,
        "domainPrefix": endpoint.domain.split(".")[0],
        "http": {
            "method": request.method,
            "path": exchange.path,
            "protocol": request.protocol,
            "sourceIp": request.source_ip,
            "userAgent": request.headers.get("user-agent", ""),
        },
        "requestId": exchange.id,
        "routeKey": exchange.route_key,
        "stage": endpoint.stage,
        "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(exchange.began)),
        "timeEpoch": int(exchange.began * 1000),
    }
    if exchange.authorizer:
        context["authorizer"] = dict(exchange.authorizer)
    return context


def _encode_body(body: bytes, content_type: str) -> tuple[str, bool]:
    """Text as it is, everything else in base64."""
    kind = content_type.partition(";")[0].strip().lower()
    if not (kind.startswith("text/") or kind in TEXTS):
        return base64.b64encode(body).decode("ascii"), bool(body)
    return body.decode("utf-8", "replace"), False
