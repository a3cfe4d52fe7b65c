"""Which distribution a browser's request is for."""

from typing import Any

import pytest
from aws_emulator.apigateway.cloudfront import build_entry_response, find_chosen_label, rewrite_scope

PORT = 4500
COOKIE = (b"cookie", b"a=1; sandbox-distribution-4500=d111; b=2")


def scope(
    *headers: tuple[bytes, bytes], path: str = "/", host: bytes = b"127.0.0.1:4500", query: bytes = b""
) -> dict[str, Any]:
    return {"path": path, "headers": [(b"host", host), *headers], "query_string": query}


def test_the_address_of_a_distribution_leads_to_its_root_with_a_cookie() -> None:
    reply = build_entry_response("/_aws/cloudfront/d111/", PORT)
    assert reply is not None
    assert (reply.status, dict(reply.headers)["location"]) == (302, "/")
    assert dict(reply.headers)["set-cookie"] == "sandbox-distribution-4500=d111; Path=/; HttpOnly; SameSite=Lax"


@pytest.mark.parametrize(
    ("path", "location"),
    [("/_aws/cloudfront/d111/a/b", "/a/b"), ("/_aws/cloudfront/d111///evil.example", "/evil.example")],
)
def test_a_path_below_it_is_kept_and_leads_nowhere_else(path: str, location: str) -> None:
    reply = build_entry_response(path, PORT)
    assert reply is not None
    assert dict(reply.headers)["location"] == location


def test_a_label_that_is_none_is_not_put_in_a_cookie() -> None:
    reply = build_entry_response("/_aws/cloudfront/x%0d%0a;y/", PORT)
    assert reply is not None
    assert reply.status == 404
    assert build_entry_response("/elsewhere", PORT) is None


def test_a_browser_that_comes_back_gets_the_distribution_without_that_cookie() -> None:
    found = scope(COOKIE)
    assert find_chosen_label(found, PORT) == "d111"
    headers = dict(rewrite_scope(found, "d111.cloudfront.localhost", PORT)["headers"])
    assert headers == {b"host": b"d111.cloudfront.localhost", b"cookie": b"a=1; b=2"}


@pytest.mark.parametrize(
    "other",
    [
        scope(),
        scope(COOKIE, path="/_sandbox/status"),
        scope(COOKIE, host=b"bucket.s3.localhost:4500"),
        scope(COOKIE, (b"authorization", b"AWS4-HMAC-SHA256 Credential=test")),
        scope(COOKIE, (b"x-amz-target", b"AmazonSQS.SendMessage")),
        scope(COOKIE, query=b"X-Amz-Signature=abc"),
        scope((b"cookie", b"sandbox-distribution-4501=d111")),
        scope((b"cookie", b"sandbox-distribution-4500=../x")),
    ],
)
def test_what_is_signed_or_for_somebody_else_is_left_alone(other: dict[str, Any]) -> None:
    assert find_chosen_label(other, PORT) is None
