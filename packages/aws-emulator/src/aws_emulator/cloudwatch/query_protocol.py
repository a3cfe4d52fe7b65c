"""The Query protocol of older clients: forms become documents, documents become XML."""

import re
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

NUMBER = re.compile(r"\d+")
NAMESPACE = "http://monitoring.amazonaws.com/doc/2010-08-01/"


def parse_form(form: Mapping[str, Any]) -> dict[str, Any]:
    """`MetricData.member.1.Value=3` as `{"MetricData": [{"Value": "3"}]}`."""
    tree: dict[str, Any] = {}
    for name, given in form.items():
        *way, last = name.split(".")
        at = tree
        for step in way:
            inner = at.setdefault(step, {})
            at = inner if isinstance(inner, dict) else {}
        at[last] = given[0] if isinstance(given, list) else given
    return {name: _unwrap_members(value) for name, value in tree.items()}


def render_xml(action: str, result: Mapping[str, Any], request_id: str) -> bytes:
    """An answer as the Query protocol has it."""
    inner = "".join(_render_element(name, value) for name, value in result.items())
    whole = f"<{action}Result>{inner}</{action}Result>" if result else ""
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{action}Response xmlns="{NAMESPACE}">{whole}'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{action}Response>"
    )
    return text.encode()


def _unwrap_members(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    members = value.get("member")
    if isinstance(members, dict) and all(NUMBER.fullmatch(key) for key in members):
        return [_unwrap_members(members[key]) for key in sorted(members, key=int)]
    return {name: _unwrap_members(inner) for name, inner in value.items()}


def _render_element(name: str, value: Any) -> str:
    if isinstance(value, list):
        inner = "".join(_render_element("member", item) for item in value)
    elif isinstance(value, dict) and name == "ExtendedStatistics":
        inner = "".join(f"<entry><key>{escape(k)}</key><value>{v}</value></entry>" for k, v in value.items())
    elif isinstance(value, dict):
        inner = "".join(_render_element(key, item) for key, item in value.items())
    elif value is None:
        return ""
    else:
        inner = escape(str(value).lower() if isinstance(value, bool) else str(value))
    return f"<{name}>{inner}</{name}>"
