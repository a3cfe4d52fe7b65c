"""Checks against the contracts: answers by route, events by type, operators' actions."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from apps.contracts.documents import events, openapi, ops, problems
from apps.shop.entrypoints.http import ApiResponse

API = "urn:shop:openapi"
EVENT = "https://schemas.shop.example/events/envelope.json"


@cache
def document() -> Mapping[str, Any]:
    return openapi()


def documents() -> Mapping[str, Mapping[str, Any]]:
    """All contracts by their address."""
    return {API: document(), **{schema["$id"]: schema for schema in (*events().values(), ops())}}


@cache
def registry() -> Registry:
    """All contracts, found by their address."""
    resources = [(name, Resource(contents=found, specification=DRAFT202012)) for name, found in documents().items()]
    return Registry().with_resources(resources)


@cache
def quick(reference: str) -> jsonschema_rs.Draft202012Validator:
    contracts = jsonschema_rs.Registry([(name, dict(found)) for name, found in documents().items()])
    return jsonschema_rs.Draft202012Validator({"$ref": reference}, registry=contracts)


def check(reference: str, value: Any) -> None:
    """Fail with every violation of a schema."""
    if quick(reference).is_valid(value):
        return
    validator = Draft202012Validator({"$ref": reference}, registry=registry())
    found = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)] or ["it is not valid"]
    assert not found, f"{reference}: {found} in {value}"


def check_event(envelope: Mapping[str, Any]) -> None:
    check(EVENT, envelope)


def check_ops(request: Any, answer: Any) -> None:
    check(ops()["$id"], {"request": request, "answer": answer})


def check_answer(method: str, path: str, response: ApiResponse) -> None:
    """Fail unless the document foresees this answer: status, headers, content type, body."""
    pointer, responses = _responses(method, path)
    status = str(response.status)
    assert status in responses, f"{method} {path[:80]} answered {status}: {response.body}; foreseen: {list(responses)}"
    pointer, foreseen = f"{pointer}/{status}", responses[status]
    if "$ref" in foreseen:
        pointer = foreseen["$ref"][1:]
        foreseen = _at(pointer)
    for name, header in foreseen.get("headers", {}).items():
        _check_header(f"{method} {path} {status}", name, header, response.headers)
    if "content" not in foreseen:
        assert response.body is None
        return
    kind = response.headers.get("content-type", "application/json")
    assert kind in foreseen["content"], f"{method} {path} {status} is {kind}"
    check(f"{API}#{pointer}/content/{_escaped(kind)}/schema", response.body)
    if kind == "application/problem+json":
        known = problems()[response.body["code"]]
        assert known["status"] == response.status == response.body["status"]
        assert "http" in known["of"]


def _responses(method: str, path: str) -> tuple[str, Mapping[str, Any]]:
    for template, item in document()["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            operation = item.get(method.lower())
            if operation is None:
                return "", {"405": {"$ref": "#/components/responses/MethodNotAllowed"}}
            return f"/paths/{_escaped(template)}/{method.lower()}/responses", operation["responses"]
    return "", {"404": {"$ref": "#/components/responses/NoSuchPath"}}


def _check_header(where: str, name: str, header: Mapping[str, Any], sent: Mapping[str, str]) -> None:
    if "$ref" in header:
        header = _at(header["$ref"][1:])
    value: Any = sent.get(name.lower())
    if value is None:
        assert not header.get("required"), f"{where} lacks {name}"
        return
    if header["schema"].get("type") == "integer":
        value = int(value)
    Draft202012Validator(header["schema"]).validate(value)


def _at(pointer: str) -> Any:
    found: Any = document()
    for part in pointer.strip("/").split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return found


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D").replace("+", "%2B")
