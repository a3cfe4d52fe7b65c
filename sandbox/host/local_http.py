"""HTTP requests to processes of this machine; the caller's proxy settings do not apply to them."""

import json
import urllib.error
import urllib.request
from typing import Any

SECONDS, ANSWER_SECONDS = 10.0, 1.0
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class LocalHttpError(Exception):
    """No process answered, or not with JSON, or it refused; the message is its own."""


def is_answering(url: str) -> bool:
    """Whether a process answers 200."""
    try:
        with DIRECT.open(url, timeout=ANSWER_SECONDS) as answer:
            return answer.status == 200
    except OSError:
        return False


def request_json(url: str, *, method: str = "GET", document: Any = None, seconds: float = SECONDS) -> Any:
    """The JSON that a process answers.

    Args:
        url: On 127.0.0.1.
        method: GET unless something changes.
        document: What is sent as JSON; None sends nothing.
        seconds: How long it may take.

    Raises:
        LocalHttpError: nobody answers, or with another status than 2xx, or not in JSON.
    """
    body = None if document is None else json.dumps(document).encode()
    # A data plane's administration is closed to pages in a browser, which can't set this header.
    headers = {"X-Sandbox": "1", **({"Content-Type": "application/json"} if body is not None else {})}
    request = urllib.request.Request(url, body, headers, method=method)  # noqa: S310 - ours, on loopback
    try:
        with DIRECT.open(request, timeout=seconds) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise LocalHttpError(error.read().decode("utf-8", "replace")) from error
    except (OSError, ValueError) as error:
        raise LocalHttpError(str(error)) from error
