"""Resources from Pulumi's documents: a state file, an exported stack, a preview's JSON, an engine's result."""

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, cast

from engine.wire import UNKNOWN as WIRE_UNKNOWN
from policies.core.documents import FileError
from policies.core.resource import Resource
from policies.core.values import SourceLine, has_unknown
from policies.sources.property_bags import open_value, program_lines, properties

StateDocument: TypeAlias = Mapping[str, Any]
GZIP = b"\x1f\x8b"
PROJECT = "project:///"
# A resource with one of these marks is not, or not for long, the stack's.
GONE = ("delete", "pendingReplacement", "external")


def resources(documents: Sequence[StateDocument]) -> Sequence[Resource]:
    """The resources that documents of Pulumi's form (`apitype.ResourceV3`) describe, by URN.

    Left out are those about to be deleted or replaced, and those that are only read (`external`): they are not the
    stack's. Of two documents of one URN the last holds. An output holds over the input of its name, unless it is not
    known.

    Source: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/core.go
    """
    living = {str(one["urn"]): one for one in documents if not any(one.get(f) for f in GONE)}
    return [_resource(urn, living[urn]) for urn in sorted(living)]


def read_state(path: Path) -> Sequence[Resource]:
    """The resources of a state file: a backend's checkpoint, or what `pulumi stack export` prints.

    Secrets are read where the export shows them (`--show-secrets`), else they are unknown.

    Raises:
        FileError: it is missing, no JSON, or neither of the two.
    """
    content = _object(_json(path), f"{path}")
    checkpoint = content.get("checkpoint")
    latest = None if checkpoint is None else _object(checkpoint, f"{path}: checkpoint").get("latest")
    deployment = content.get("deployment") if checkpoint is None else latest
    if deployment is None and checkpoint is not None:
        return []  # a stack that was never deployed
    if deployment is None:
        raise FileError(
            f"{path}: has neither 'deployment' nor 'checkpoint'; give a backend's stack file or the output of "
            "`pulumi stack export`."
        )
    listed = _object(deployment, f"{path}: the deployment").get("resources")
    return resources([_document(one, f"{path}: resources[{i}]") for i, one in _items(listed, f"{path}: resources")])


def read_preview(path: Path) -> Sequence[Resource]:
    """The resources that `pulumi preview --json` plans.

    Raises:
        FileError: it is missing, no JSON, no preview, or one that failed and so is not whole.
    """
    content = _object(_json(path), f"{path}")
    if "steps" not in content:
        raise FileError(f"{path}: has no 'steps'; give the output of `pulumi preview --json`.")
    notes = [_object(one, f"{path}: diagnostics[{i}]") for i, one in _items(content.get("diagnostics"), f"{path}")]
    if any(note.get("severity") == "error" for note in notes):
        raise FileError(f"{path}: the preview failed and lists only a part of the resources; repair the program first.")
    steps = [_object(one, f"{path}: steps[{i}]") for i, one in _items(content["steps"], f"{path}: steps")]
    planned = [(i, step["newState"]) for i, step in enumerate(steps) if step.get("newState")]
    return resources([_document(one, f"{path}: steps[{i}].newState") for i, one in planned])


def _resource(urn: str, document: StateDocument) -> Resource:
    dependencies = _section(document, "propertyDependencies")
    return Resource(
        urn=urn,
        type=str(document["type"]),
        properties=_merge_properties(document),
        dependencies={name: tuple(urns) for name, urns in dependencies.items() if urns},
        parent=document.get("parent") or "",
        protect=bool(document.get("protect")),
        trace=_trace(document),
    )


def _merge_properties(document: StateDocument) -> Mapping[str, Any]:
    given, made = properties(_section(document, "inputs")), properties(_section(document, "outputs"))
    better = {name: value for name, value in made.items() if value is not None and not has_unknown(value)}
    # What is only planned has none yet, and may be named by a value that somebody has written out.
    identity = {"id": open_value(document.get("id") or WIRE_UNKNOWN)} if document.get("custom") else {}
    return {**identity, **made, **given, **better}


def _trace(document: StateDocument) -> Sequence[SourceLine]:
    first = str(document.get("sourcePosition") or "")
    frames = [first, *(str(frame.get("sourcePosition") or "") for frame in document.get("stackTrace") or ())]
    return program_lines([_parse_position(position) for position in frames])


def _parse_position(position: str) -> tuple[str, int]:
    # project:///<file>#<line>[,<column>]
    file, _, place = position.removeprefix(PROJECT).partition("#")
    line = place.split(",", 1)[0]
    return (file, int(line)) if position.startswith(PROJECT) and line.isdecimal() else ("", 0)


def _section(document: StateDocument, name: str) -> Mapping[str, Any]:
    return document.get(name) or {}


def _json(path: Path) -> Any:
    try:
        content = path.read_bytes()
        return json.loads(gzip.decompress(content) if content.startswith(GZIP) else content)
    except json.JSONDecodeError as error:
        raise FileError(f"{path}:{error.lineno}: is no JSON: {error.msg}.") from None
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile):
        raise FileError(f"{path}: is no JSON text.") from None
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror}.") from None


def _document(value: Any, where: str) -> StateDocument:
    document = _object(value, where)
    for name in ("urn", "type"):
        if not isinstance(document.get(name), str):
            raise FileError(f"{where}: has no {name}; every resource of a deployment has one.")
    for name in ("inputs", "outputs", "propertyDependencies"):
        _object(document.get(name) or {}, f"{where}.{name}")
    for name, urns in _section(document, "propertyDependencies").items():
        _items(urns, f"{where}.propertyDependencies.{name}")
    for i, frame in _items(document.get("stackTrace"), f"{where}.stackTrace"):
        _object(frame, f"{where}.stackTrace[{i}]")
    return document


def _object(value: Any, where: str) -> StateDocument:
    if not isinstance(value, dict):
        raise FileError(f"{where}: must be an object.")
    return cast("StateDocument", value)


def _items(value: Any, where: str) -> Sequence[tuple[int, Any]]:
    if value is not None and not isinstance(value, list):
        raise FileError(f"{where}: must be a list.")
    return list(enumerate(cast("list[Any]", value or [])))
