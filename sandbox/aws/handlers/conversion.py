"""Conversion of values between Pulumi and the services: spelling of keys, tags, archives to zip files."""

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.protocol import Properties
from engine.wire import ASSET, SIGNATURE

# The earliest time a zip entry can carry.
EPOCH = (1980, 1, 1, 0, 0, 0)


def pascal_case(value: Any) -> Any:
    """A nested value with its keys in the services' spelling: `maximumConcurrency` -> `MaximumConcurrency`."""
    if isinstance(value, dict):
        return {k[:1].upper() + k[1:]: pascal_case(v) for k, v in value.items() if v is not None}
    return [pascal_case(v) for v in value] if isinstance(value, list) else value


def camel_case(value: Any) -> Any:
    """A nested value with its keys in Pulumi's spelling: `MaximumConcurrency` -> `maximumConcurrency`."""
    if isinstance(value, dict):
        return {k[:1].lower() + k[1:]: camel_case(v) for k, v in value.items()}
    return [camel_case(v) for v in value] if isinstance(value, list) else value


def pick(inputs: Properties, names: Mapping[str, str]) -> dict[str, Any]:
    """The given properties under the services' names, those that are set."""
    return {api: inputs[mine] for mine, api in names.items() if inputs.get(mine) is not None}


def tag_list(inputs: Properties) -> list[dict[str, str]]:
    """The tags of inputs as a list of `Key` and `Value`."""
    return [{"Key": k, "Value": v} for k, v in sorted((inputs.get("tagsAll") or inputs.get("tags") or {}).items())]


def tag_map(inputs: Properties) -> dict[str, str]:
    """The tags of inputs as a mapping."""
    return dict(inputs.get("tagsAll") or inputs.get("tags") or {})


def retag(
    olds: Properties,
    news: Properties,
    *,
    tag: Callable[[dict[str, str]], Any],
    untag: Callable[[list[str]], Any],
) -> None:
    """Bring a resource's tags from what they were to what they should be."""
    before, after = tag_map(olds), tag_map(news)
    if gone := sorted(before.keys() - after.keys()):
        untag(gone)
    if after and after != before:
        tag(after)


def tag_pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """A mapping of tags as a list of Key and Value."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def own_tags(inputs: Properties, found: Mapping[str, str] | Iterable[Mapping[str, str]]) -> Properties:
    """The tags that the program set itself, with the values that they have now; other tags are left out."""
    own = inputs.get("tags")
    if not own:
        return {}
    now = found if isinstance(found, Mapping) else {tag["Key"]: tag["Value"] for tag in found}
    return {"tags": {key: now[key] for key in own if key in now}}


def keep_given(given: Any, found: Any) -> Any:
    """A value that was found, without settings that the program did not give: services fill in nested defaults."""
    if isinstance(given, dict) and isinstance(found, dict):
        return {key: keep_given(value, found.get(key)) for key, value in given.items()}
    if isinstance(given, list) and isinstance(found, list) and len(given) == len(found):
        return [keep_given(one, other) for one, other in zip(given, found, strict=True)]
    return given if found is None and not given else found


def allow_http(policy: str) -> str:
    """A policy without the statements that refuse plain HTTP: on loopback there is nothing else."""
    document = json.loads(policy)
    statements = document.get("Statement")
    kept = [s for s in statements if not _refuses_http(s)] if isinstance(statements, list) else statements
    return policy if kept == statements else json.dumps({**document, "Statement": kept})


def zip_archive(archive: Properties) -> bytes:
    """An archive as zip bytes; a zip file is taken as it is."""
    path = archive.get("path")
    if path and Path(path).is_file():
        return Path(path).read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in sorted(_files(archive)):
            file.writestr(zipfile.ZipInfo(name, EPOCH), data)
    return buffer.getvalue()


def read_asset(asset: Properties) -> bytes:
    """An asset's content."""
    return str(asset["text"]).encode() if "text" in asset else Path(asset["path"]).read_bytes()


def _refuses_http(statement: Mapping[str, Any]) -> bool:
    asked = (statement.get("Condition") or {}).get("Bool") or {}
    return statement.get("Effect") == "Deny" and {k.lower(): str(v) for k, v in asked.items()} == {
        "aws:securetransport": "false"
    }


def _files(archive: Properties) -> Iterator[tuple[str, bytes]]:
    if archive.get("path"):
        root = Path(archive["path"])
        yield from ((p.relative_to(root).as_posix(), p.read_bytes()) for p in root.rglob("*") if p.is_file())
    for name, part in (archive.get("assets") or {}).items():
        if part[SIGNATURE] == ASSET:
            yield name, read_asset(part)
        else:
            yield from ((f"{name}/{inner}", data) for inner, data in _files(part))
