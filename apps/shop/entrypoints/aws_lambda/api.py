"""API Gateway's requests (payload format 2.0) in the shop's terms.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import unquote

import boto3

from apps.shop.application.shop import Shop
from apps.shop.entrypoints.aws_lambda.runtime import logger
from apps.shop.entrypoints.http import ApiRequest, ApiResponse, RouteTable, refusal, route
from apps.shop.entrypoints.problems import ApiProblem


def answer(
    shop: Shop, event: Mapping[str, Any], routes: RouteTable, *, origin_secret: str | None = None
) -> dict[str, Any]:
    """The response to API Gateway's event.

    Args:
        shop: The shop.
        event: What API Gateway sends.
        routes: What the function serves.
        origin_secret: ARN of the secret with the values of X-Origin-Verify that are let in; None lets everybody in.
    """
    request = read_request(event)
    response = _respond(shop, request, routes, origin_secret)
    context = event.get("requestContext", {})
    logger.info(
        "request",
        extra={
            "method": request.method,
            "path": request.path,
            "status": response.status,
            "request_id": context.get("requestId"),
        },
    )
    headers = {"content-type": "application/json", "x-content-type-options": "nosniff", **response.headers}
    return {"statusCode": response.status, "headers": headers, "body": response.text()}


def read_request(event: Mapping[str, Any]) -> ApiRequest:
    """A request from API Gateway's event."""
    context = event.get("requestContext", {})
    raw = (event.get("body") or "").encode(errors="surrogatepass")  # what is no UTF-8 is no JSON either
    if event.get("isBase64Encoded"):
        try:
            raw = base64.b64decode(raw, validate=True)
        except binascii.Error:
            raw = b""
    claims = ((context.get("authorizer") or {}).get("jwt") or {}).get("claims") or {}
    return ApiRequest(
        method=context.get("http", {}).get("method", "GET"),
        path=unquote(event.get("rawPath", "/")),
        query=event.get("queryStringParameters") or {},
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        body=raw,
        subject=claims.get("sub"),
    )


def _respond(shop: Shop, request: ApiRequest, routes: RouteTable, origin_secret: str | None) -> ApiResponse:
    try:
        if origin_secret is not None and not _from_our_edge(request, origin_secret):
            return refusal(ApiProblem("not_through_the_edge", "Use the shop's public address."))
        return route(shop, routes, request)
    except Exception:  # noqa: BLE001 - the caller gets a stable answer, the log the reason
        logger.exception("request failed")
        detail = "Something went wrong here; try again with the same Idempotency-Key."
        return refusal(ApiProblem("internal_error", detail, retry_after=1))


def _from_our_edge(request: ApiRequest, arn: str) -> bool:
    sent = request.headers.get("x-origin-verify", "")
    return any(hmac.compare_digest(sent.encode(), value.encode()) for value in _accepted_values(arn))


@cache
def _accepted_values(arn: str) -> tuple[str, ...]:
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=arn)
    return tuple(json.loads(secret["SecretString"])["accepted"])
