r"""Lines of an access log, in the format that a stage is given.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html

A variable that has no value is `-`. A value's quotes, backslashes and control characters are escaped as in JSON, so
that a client can't end a field or a line of a JSON format.
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from aws_emulator.apigateway.messages import HttpApiExchange

VARIABLE = re.compile(r"\$context\.([A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)")
ABSENT = "-"
Value = Callable[[HttpApiExchange], Any]

_integration_status: Value = lambda e: e.integration_status  # noqa: E731
_integration_latency: Value = lambda e: e.integration_ms  # noqa: E731
_integration_error: Value = lambda e: e.integration_error  # noqa: E731

VALUES: Mapping[str, Value] = {
    "accountId": lambda e: e.endpoint.account,
    "apiId": lambda e: e.endpoint.api,
    "authorizer.error": lambda e: e.authorizer_error,
    "awsEndpointRequestId": lambda e: e.function_request,
    "dataProcessed": lambda e: len(e.request.body) + e.length,
    "domainName": lambda e: e.endpoint.domain,
    "domainPrefix": lambda e: e.endpoint.domain.split(".")[0],
    "error.message": lambda e: e.error_message,
    "error.messageString": lambda e: e.error_message and f'"{e.error_message}"',
    "error.responseType": lambda e: e.error_type,
    "extendedRequestId": lambda e: e.id,
    "httpMethod": lambda e: e.request.method,
    "identity.sourceIp": lambda e: e.request.source_ip,
    "identity.userAgent": lambda e: e.request.headers.get("user-agent"),
    "integration.error": _integration_error,
    "integration.integrationStatus": _integration_status,
    "integration.latency": _integration_latency,
    "integration.requestId": lambda e: e.function_request,
    "integration.status": lambda e: e.function_status,
    "integrationErrorMessage": _integration_error,
    "integrationLatency": _integration_latency,
    "integrationStatus": _integration_status,
    "path": lambda e: e.path,
    "protocol": lambda e: e.request.protocol,
    "requestId": lambda e: e.id,
    "requestTime": lambda e: time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(e.began)),
    "requestTimeEpoch": lambda e: int(e.began * 1000),
    "responseLatency": lambda e: e.latency_ms,
    "responseLength": lambda e: e.length,
    "routeKey": lambda e: e.route_key,
    "stage": lambda e: e.endpoint.stage,
    "status": lambda e: e.status,
}


def format_line(form: str, exchange: HttpApiExchange) -> str:
    """One request's line."""
    texts, names = _split_format(form)
    found = [texts[0]]
    for name, text in zip(names, texts[1:], strict=True):
        found += (_format_value(_find_value(name, exchange)), text)
    return "".join(found)


@lru_cache(256)
def _split_format(form: str) -> tuple[list[str], list[str]]:
    """The texts around variables, and their names."""
    pieces = VARIABLE.split(form)
    return pieces[0::2], pieces[1::2]


def _find_value(name: str, exchange: HttpApiExchange) -> Any:
    known = VALUES.get(name)
    if known is not None:
        return known(exchange)
    kind, _, rest = name.partition(".")
    if kind != "authorizer" or not rest:
        return None
    if rest.startswith("claims."):  # a claim's name may have dots; `$context.authorizer.claims` alone is null
        return (exchange.authorizer.get("jwt") or {}).get("claims", {}).get(rest.removeprefix("claims."))
    return (exchange.authorizer.get("lambda") or {}).get(rest)


def _format_value(value: Any) -> str:
    if value is None or value == "":
        return ABSENT
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)[1:-1]
    return json.dumps(value) if isinstance(value, bool) else str(value)
