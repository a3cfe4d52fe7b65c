"""Cross-origin requests, answered from an API's own settings.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

Headers = list[tuple[str, str]]
PREFIX = "access-control-"


def build_preflight_headers(settings: Mapping[str, Any], origin: str) -> Headers:
    """Headers of the answer to a preflight request; none for a foreign origin."""
    found = build_cors_headers(settings, origin)
    if not found:
        return []
    if settings.get("allowMethods"):
        found.append(("access-control-allow-methods", ",".join(settings["allowMethods"])))
    if settings.get("allowHeaders"):
        found.append(("access-control-allow-headers", ",".join(settings["allowHeaders"])))
    if settings.get("maxAge") is not None:
        found.append(("access-control-max-age", str(settings["maxAge"])))
    return found


def build_cors_headers(settings: Mapping[str, Any], origin: str) -> Headers:
    """Headers of the answer to any other request; none for a foreign origin or without one."""
    allowed = [str(pattern) for pattern in settings.get("allowOrigins") or []]
    if not origin or not any(_matches(pattern, origin) for pattern in allowed):
        return []
    found = [("access-control-allow-origin", "*" if "*" in allowed else origin)]
    if settings.get("allowCredentials"):
        found.append(("access-control-allow-credentials", "true"))
    if settings.get("exposeHeaders"):
        found.append(("access-control-expose-headers", ",".join(settings["exposeHeaders"])))
    return found


def replace_cors_headers(headers: Sequence[tuple[str, str]], settings: Mapping[str, Any], origin: str) -> Headers:
    """An integration's headers with the API's in place of its own ("API Gateway ignores CORS headers")."""
    kept = [(name, value) for name, value in headers if not name.lower().startswith(PREFIX)]
    return [*kept, *build_cors_headers(settings, origin)]


def _matches(pattern: str, origin: str) -> bool:
    """`*`, `https://*`, or an origin."""
    if pattern.endswith("*"):
        return origin.lower().startswith(pattern[:-1].lower())
    return pattern.lower() == origin.lower()
