"""The contracts as documents, for whoever checks against them; the shop itself never loads them."""

import json
from collections.abc import Mapping
from typing import Any

import yaml

from apps.contracts import EVENTS, OPENAPI, OPS, PROBLEMS

Document = Mapping[str, Any]


def openapi() -> Document:
    """The HTTP API, OpenAPI 3.1."""
    return yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))


def problems() -> Mapping[str, Document]:
    """Every problem's status, whose it is (`http`, `ops`) and meaning, by its code."""
    return json.loads(PROBLEMS.read_text(encoding="utf-8"))


def ops() -> Document:
    """A schema of `{"request": ..., "answer": ...}` for operators' actions, JSON Schema 2020-12."""
    return json.loads(OPS.read_text(encoding="utf-8"))


def events() -> Mapping[str, Document]:
    """The schemas of events by name: `envelope`, and the data of each type; JSON Schema 2020-12."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(EVENTS.glob("*.json"))}
