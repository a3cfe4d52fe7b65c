"""Events for functions, answers of functions, and both as the server gives and takes them."""

import asyncio
import base64
from typing import Any

import pytest
from aws_emulator.apigateway import asgi, cors, jwt_challenge
from aws_emulator.apigateway.messages import ApiEndpoint, HttpApiResponse, begin_exchange
from aws_emulator.apigateway.payload import build_event
from aws_emulator.apigateway.responses import MalformedResponseError, build_function_response
from http_api_unit import ENDPOINT, make_exchange, make_request

JSON = "application/json"


def event(**fields: Any) -> dict[str, Any]:
    return build_event(begin_exchange(make_request(**fields), ENDPOINT), {}, {})


def test_what_a_request_lacks_is_left_out_of_the_event() -> None:
    assert not {"body", "cookies", "queryStringParameters", "pathParameters", "stageVariables"} & event().keys()


def test_query_values_are_decoded_and_joined_and_empty_ones_stay() -> None:
    found = event(query="a=1&a=%20x&b=&c")
    assert found["queryStringParameters"] == {"a": "1, x", "b": "", "c": ""}
    assert found["rawQueryString"] == "a=1&a=%20x&b=&c"


@pytest.mark.parametrize(
    ("kind", "text"), [("text/plain", True), (JSON + "; charset=utf-8", True), ("image/png", False), ("", False)]
)
def test_a_body_is_text_where_its_type_says_so(kind: str, text: bool) -> None:
    found = event(body=b"hi", headers={"content-type": kind} if kind else {})
    assert found["isBase64Encoded"] is not text
    assert (found["body"] if text else base64.b64decode(found["body"])) == ("hi" if text else b"hi")


@pytest.mark.parametrize(
    ("endpoint", "path"),
    [
        (ENDPOINT, "/v1"),
        (ApiEndpoint("abc", "prod", "1", "r", "d"), "/prod/v1"),
        (ApiEndpoint("abc", "prod", "1", "r", "api.example", custom=True), "/v1"),
    ],
)
def test_a_named_stage_is_in_the_path_unless_the_domain_is_the_owners(endpoint: ApiEndpoint, path: str) -> None:
    assert build_event(begin_exchange(make_request(path="/v1"), endpoint), {}, {})["rawPath"] == path


@pytest.mark.parametrize(
    ("value", "status", "kind", "body"),
    [
        ({"statusCode": 201, "body": "x", "headers": {"Content-Type": "text/html"}}, 201, "text/html", b"x"),
        ({"statusCode": "404"}, 404, "text/plain;charset=utf-8", b""),
        ({"a": "ä"}, 200, JSON, '{"a": "ä"}'.encode()),
        ("hello", 200, JSON, b"hello"),
        (None, 200, JSON, b"null"),
        ([1], 200, JSON, b"[1]"),
        ({"statusCode": 204, "body": "none may have one"}, 204, "text/plain;charset=utf-8", b""),
    ],
)
def test_an_answer_is_what_the_function_means(value: Any, status: int, kind: str, body: bytes) -> None:
    reply = build_function_response(value)
    found = {name.lower(): text for name, text in reply.headers}
    assert (reply.status, found["content-type"], reply.body) == (status, kind, body)


@pytest.mark.parametrize(
    "fields",
    [
        {"statusCode": True},
        {"statusCode": 99},
        {"statusCode": 600},
        {"statusCode": "²"},
        {"statusCode": None},
        {"body": {"a": 1}},
        {"body": "no base64!", "isBase64Encoded": True},
        {"headers": ["a"]},
        {"headers": {"a": ["b"]}},
        {"headers": {"a": "b\r\nset-cookie: c=d"}},
        {"headers": {"a b": "c"}},
        {"cookies": "a=b"},
        {"cookies": ["a=b\n"]},
    ],
)
def test_an_answer_of_the_wrong_shape_is_malformed(fields: dict[str, Any]) -> None:
    with pytest.raises(MalformedResponseError, match="wrong type for field"):
        build_function_response({"statusCode": 200, **fields})


def test_the_length_of_an_answer_is_not_the_functions_to_say() -> None:
    found = build_function_response({"statusCode": 200, "headers": {"Content-Length": 999}, "body": "x"})
    assert "content-length" not in {name.lower() for name, _ in found.headers}


def scope(**fields: Any) -> dict[str, Any]:
    usual = {
        "method": "GET",
        "path": "/a b",
        "raw_path": b"/a%20b",
        "query_string": b"q=1",
        "headers": [],
        "client": ("203.0.113.9", 1),
        "server": ("127.0.0.1", 80),
        "scheme": "http",
        "http_version": "1.1",
    }
    return {**usual, **fields}


def test_a_request_has_joined_headers_cookies_by_themselves_and_what_api_gateway_adds() -> None:
    headers = [(b"X-A", b"1"), (b"x-a", b"2"), (b"Cookie", b"a=1; b=2"), (b"cookie", b"c=3"), (b"Connection", b"close")]
    found = asgi.build_request(scope(headers=headers), "/", b"")
    assert (found.headers["x-a"], list(found.cookies)) == ("1,2", ["a=1", "b=2", "c=3"])
    assert "connection" not in found.headers
    assert "cookie" not in found.headers
    assert found.headers["x-forwarded-for"] == found.source_ip == "203.0.113.9"
    assert found.headers["x-amzn-trace-id"].startswith("Root=1-")
    assert found.size == len("GET /a%20b?q=1 HTTP/1.1") + len("12a=1; b=2c=3close")


def test_who_forwarded_a_request_is_kept() -> None:
    found = asgi.build_request(scope(headers=[(b"x-forwarded-for", b"198.51.100.1")]), "/", b"")
    assert found.headers["x-forwarded-for"] == "198.51.100.1, 203.0.113.9"


@pytest.mark.parametrize(("size", "kept"), [(5, 5), (10, 10), (11, 11), (35, 11)])
def test_a_body_is_read_to_its_end_and_kept_to_the_limit(size: int, kept: int) -> None:
    chunks = [b"x" * min(4, size - start) for start in range(0, size, 4)]
    messages = [{"type": "http.request", "body": c, "more_body": n < len(chunks) - 1} for n, c in enumerate(chunks)]

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    found = asyncio.run(asgi.read_body(receive, 10))
    assert found is not None
    assert (len(found), messages) == (kept, [])


@pytest.mark.parametrize(
    ("reply", "head", "length", "body"),
    [
        (HttpApiResponse(200, (), b"abc"), False, b"3", b"abc"),
        (HttpApiResponse(200, (), b"abc"), True, b"3", b""),
        (HttpApiResponse(204), False, None, b""),
    ],
)
def test_an_answer_is_sent_with_its_length_and_to_head_without_its_body(
    reply: HttpApiResponse, head: bool, length: bytes | None, body: bytes
) -> None:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(asgi.send_response(send, reply, head=head))
    assert dict(sent[0]["headers"]).get(b"content-length") == length
    assert sent[1]["body"] == body


@pytest.mark.parametrize(
    ("allowed", "origin", "answer"),
    [
        (["*"], "https://a.example", "*"),
        (["https://a.example"], "https://A.example", "https://A.example"),
        (["https://*"], "https://any.example", "https://any.example"),
        (["https://*"], "http://any.example", None),
        (["https://a.example"], "", None),
    ],
)
def test_an_origin_is_allowed_by_name_by_scheme_or_always(allowed: list[str], origin: str, answer: str | None) -> None:
    assert dict(cors.build_cors_headers({"allowOrigins": allowed}, origin)).get("access-control-allow-origin") == answer


def token(claims: str) -> str:
    return "e30." + base64.urlsafe_b64encode(claims.encode()).decode().rstrip("=") + ".c2ln"


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (None, "Bearer"),
        ("not a token", 'Bearer scope="" error="invalid_token"'),
        (token("[]"), 'Bearer scope="" error="invalid_token"'),
        (token('{"aud": ["shop", "x"]}'), 'Bearer scope="" error="invalid_token"'),
        (token('{"client_id": "shop"}'), 'Bearer scope="" error="invalid_token"'),
        (token('{"aud": "x"}'), f'Bearer scope="" error="invalid_token" error_description="{jwt_challenge.AUDIENCE}"'),
    ],
)
def test_a_token_of_another_audience_is_named(given: str | None, value: str) -> None:
    assert jwt_challenge.build_unauthorized_challenge(given, {"jwtConfiguration": {"audience": ["shop"]}})[0] == value


def test_a_token_is_where_the_identity_source_says() -> None:
    assert jwt_challenge.find_token(["$request.header.Authorization"], {"authorization": "Bearer t"}, {}) == "t"
    assert jwt_challenge.find_token("$request.querystring.access", {}, {"access": ["t"]}) == "t"
    assert jwt_challenge.find_token(["$request.header.Authorization"], {}, {}) is None


def test_exchanges_have_ids_of_their_own() -> None:
    assert len({make_exchange().id for _ in range(100)}) == 100
