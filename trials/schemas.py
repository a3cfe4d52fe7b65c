"""Events against the contract, as operators see them: without what the schemas mark as secret."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema_rs import Draft202012Validator, Registry

from apps.contracts.documents import events

SHOWN_CHARACTERS = 160


def violation(event: Mapping[str, Any]) -> str | None:
    """Where an event of an outbox breaks its schema, and how; None when it keeps it.

    A secret that an event shows breaks it too: operators' ledgers leave out what the schemas mark `x-secret`.
    """
    checks = _validator()
    if checks.is_valid(event):
        return None
    error = next(checks.iter_errors(event))
    where = ".".join(str(part) for part in error.instance_path) or "the event"
    return f"{where}: {error.message}"[:SHOWN_CHARACTERS]


@cache
def _validator() -> Draft202012Validator:
    # Compiled once: a checker reads some hundred thousand events.
    schemas = {schema["$id"]: _shown(schema) for schema in events().values()}
    envelope = schemas[events()["envelope"]["$id"]]
    return Draft202012Validator(envelope, registry=Registry(list(schemas.items())))


def _shown(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema of what is left without its secrets."""
    properties = {name: about for name, about in schema.get("properties", {}).items() if not about.get("x-secret")}
    required = [name for name in schema.get("required", ()) if name in properties]
    return {**schema, "properties": properties, "required": required}
