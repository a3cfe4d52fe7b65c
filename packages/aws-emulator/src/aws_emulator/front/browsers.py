"""A distribution at an address that every browser opens: `http://127.0.0.1:<port>/_aws/cloudfront/<label>/`.

Chrome and Firefox resolve `<label>.cloudfront.localhost` themselves, Safari asks the system, which may not know it. So
that address sets a cookie and leads to `/`, and a browser that comes back with the cookie gets the distribution: pages
and the API under them have one origin. SDKs send no cookies; what is signed, and paths of the plane's own, stay theirs.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from aws_emulator.front.asgi import Message, find_header
from aws_emulator.front.messages import HttpApiResponse

PREFIX = "/_aws/cloudfront/"
LABEL = re.compile(r"^[a-z0-9]{1,40}$")
HOSTS = ("127.0.0.1", "localhost")
SIGNED = ("x-amz-date", "x-amz-target", "x-amz-content-sha256")


def build_cookie_name(port: int) -> str:
    """Cookies are shared by all ports of a host; the name keeps planes apart."""
    return f"sandbox-distribution-{port}"


def build_entry_response(path: str, port: int) -> HttpApiResponse | None:
    """The answer to that address; None to any other."""
    if not path.startswith(PREFIX):
        return None
    label, _, rest = path.removeprefix(PREFIX).partition("/")
    if not LABEL.match(label):
        return HttpApiResponse(404, (("content-type", "text/plain"),), b"There is no such distribution.")
    cookie = f"{build_cookie_name(port)}={label}; Path=/; HttpOnly; SameSite=Lax"
    # Not `//host`, which would lead elsewhere.
    return HttpApiResponse(
        302, (("location", "/" + quote(rest.lstrip("/"))), ("set-cookie", cookie), ("cache-control", "no-store"))
    )


def find_chosen_label(scope: Message, port: int) -> str | None:
    """The label of the distribution that a browser's request is for, by its cookie."""
    if find_header(scope, "host").rsplit(":", 1)[0] not in HOSTS or scope["path"].startswith("/_"):
        return None
    label = _parse_cookies(scope).get(build_cookie_name(port), "")
    if not LABEL.match(label) or find_header(scope, "authorization").startswith("AWS4-"):
        return None
    if any(find_header(scope, name) for name in SIGNED) or b"X-Amz-Signature=" in scope.get("query_string", b""):
        return None
    return label


def rewrite_scope(scope: Message, host: str, port: int) -> Message:
    """The request as it would be at the distribution's own host, without that cookie."""
    ours = build_cookie_name(port)
    kept = [(name, value) for name, value in scope["headers"] if name.lower() not in (b"host", b"cookie")]
    cookies = "; ".join(f"{name}={value}" for name, value in _parse_cookies(scope).items() if name != ours)
    headers = [(b"host", host.encode()), *kept, *([(b"cookie", cookies.encode("latin-1"))] if cookies else [])]
    return {**scope, "headers": headers}


def _parse_cookies(scope: Mapping[str, Any]) -> dict[str, str]:
    texts = (value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"cookie")
    pairs = (part.strip().partition("=") for text in texts for part in text.split(";"))
    return {name: value for name, _, value in pairs if name}
