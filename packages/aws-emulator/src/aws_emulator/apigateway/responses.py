"""What a function returned, as the answer to the client.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from aws_emulator.apigateway.messages import HttpApiResponse

JSON = ("content-type", "application/json")
# Statuses whose answers have no body: RFC 9110, 15.3.5 and 15.4.5.
BODILESS = (204, 304)


class MalformedResponseError(ValueError):
    """A function's answer that API Gateway does not understand."""


def build_service_response(status: int, message: str) -> HttpApiResponse:
    """An answer of API Gateway's own."""
    return HttpApiResponse(status, (JSON,), json.dumps({"message": message}, separators=(",", ":")).encode())


def build_function_response(value: Any) -> HttpApiResponse:
    """The answer that a function means.

    Without a `statusCode` it is 200 and the value itself, as JSON.

    Raises:
        MalformedResponseError: it has a `statusCode`, and a field of the wrong type.
    """
    if not isinstance(value, Mapping) or "statusCode" not in value:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return HttpApiResponse(200, (JSON,), text.encode("utf-8", "surrogatepass"))
    status = _parse_status(value["statusCode"])
    headers = [(str(name), _parse_header(name, header)) for name, header in _parse_object(value, "headers").items()]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("content-type", "text/plain;charset=utf-8"))
    cookies = value.get("cookies") or []
    if not isinstance(cookies, list) or not all(isinstance(cookie, str) for cookie in cookies):
        raise _build_field_error("cookies")
    headers += [("set-cookie", cookie) for cookie in cookies]
    body = _decode_body(value)
    return HttpApiResponse(status, tuple(_check_headers(headers)), b"" if status in BODILESS else body)


def _parse_status(value: Any) -> int:
    if isinstance(value, bool) or not str(value).isdecimal() or not 200 <= int(value) <= 599:
        raise _build_field_error("statusCode")
    return int(value)


def _parse_object(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name) or {}
    if not isinstance(found, Mapping):
        raise _build_field_error(name)
    return found


def _parse_header(name: Any, value: Any) -> str:
    if isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str | int | float):
        return str(value)
    del name
    raise _build_field_error("headers")


def _decode_body(value: Mapping[str, Any]) -> bytes:
    body = value.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise _build_field_error("body")
    if not value.get("isBase64Encoded"):
        return body.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise _build_field_error("body") from error


def _check_headers(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """No header that would break the answer apart, and none that the connection owns."""
    for name, value in headers:
        if not name.isascii() or any(ord(letter) < 33 or letter == ":" for letter in name) or not name:
            raise _build_field_error("headers")
        if any(letter in value for letter in "\r\n\0"):
            raise _build_field_error("headers")
    return [(name, value) for name, value in headers if name.lower() not in ("content-length", "transfer-encoding")]


def _build_field_error(field: str) -> MalformedResponseError:
    return MalformedResponseError(f'Lambda body contains the wrong type for field "{field}"')
