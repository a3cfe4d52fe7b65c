"""The `WWW-Authenticate` challenge of an answer that refuses a token.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html
AWS documents one description, a wrong audience's; the others name no reason here.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any

AUDIENCE = "the token does not have a valid audience"
CHALLENGE = "www-authenticate"


def build_unauthorized_challenge(token: str | None, authorizer: Mapping[str, Any]) -> tuple[str, str]:
    """The header's value for 401, and the reason."""
    if not token:
        return "Bearer", "missing: token not provided"
    if _has_other_audience(token, _list_audiences(authorizer)):
        return f'Bearer scope="" error="invalid_token" error_description="{AUDIENCE}"', AUDIENCE
    return 'Bearer scope="" error="invalid_token"', "the token is not valid"


def build_forbidden_challenge(scopes: Sequence[str]) -> tuple[str, str]:
    """The header's value for 403, and the reason: the token has none of the scopes (RFC 6750, 3.1)."""
    return f'Bearer scope="{" ".join(scopes)}" error="insufficient_scope"', "insufficient_scope"


def find_token(sources: Any, headers: Mapping[str, str], query: Mapping[str, Sequence[str]]) -> str | None:
    """The token where an authorizer's identity sources say it is."""
    for source in [sources] if isinstance(sources, str) else sources or []:
        where, _, name = str(source).removeprefix("$request.").partition(".")
        found = headers.get(name.lower(), "") if where == "header" else (query.get(name) or [""])[0]
        if found:
            scheme, _, rest = found.strip().partition(" ")
            return rest.strip() if scheme.lower() == "bearer" else found.strip()
    return None


def _list_audiences(authorizer: Mapping[str, Any]) -> list[str]:
    settings = authorizer.get("jwtConfiguration") or {}
    return [str(one) for one in settings.get("audience") or settings.get("Audience") or []]


def _has_other_audience(token: str, wanted: Sequence[str]) -> bool:
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        found = claims.get("aud", claims.get("client_id"))
    except (IndexError, ValueError, binascii.Error, AttributeError):
        return False
    named = found if isinstance(found, list) else [found]
    return bool(wanted) and not any(str(one) in wanted for one in named)
