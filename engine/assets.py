# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Hashes of assets and archives, byte for byte those of Pulumi's engine, so that a state moves without a diff."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.wire import ARCHIVE, ASSET, RESOURCE_REFERENCE, SIGNATURE, signature

# A bare ustar header: mode 0600, no owner, no time, device numbers as Go's archive/tar writes them.
BLOCK = 512
NAME_BYTES = 100
PREFIX_BYTES = 155


def hash_assets(value: Any) -> Any:
    """A property bag whose assets and archives have their hash.

    Raises:
        OSError: a file of an asset can't be read.
        ValueError: a name in an archive is longer than a ustar header takes.
    """
    if isinstance(value, list):
        items: list[Any] = value
        return [hash_assets(v) for v in items]
    if not isinstance(value, dict):
        return value
    known: dict[str, Any] = {k: hash_assets(v) for k, v in value.items()}  # pyright: ignore[reportUnknownVariableType]
    kind = signature(known)
    if kind in (ASSET, ARCHIVE) and not known.get("hash"):
        known["hash"] = _asset(known) if kind == ASSET or _is_file(known) else _archive(known)
    if kind == RESOURCE_REFERENCE:
        known.setdefault("packageVersion", "")
    return known


def iterate_files(archive: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Name and content of an archive's files in the order in which Pulumi's engine packs them: sorted, depth first."""
    if "path" in archive:
        yield from _walk(Path(archive["path"]), "")
    for name, part in sorted((archive.get("assets") or {}).items()):
        if part[SIGNATURE] == ASSET:
            yield name, _content(part)
        else:
            yield from ((f"{name}/{inner}", data) for inner, data in iterate_files(part))


def _is_file(archive: dict[str, Any]) -> bool:
    return "path" in archive and Path(archive["path"]).is_file()


def _asset(asset: dict[str, Any]) -> str:
    return hashlib.sha256(_content(asset)).hexdigest()


def _content(asset: dict[str, Any]) -> bytes:
    if "text" in asset:
        return str(asset["text"]).encode()
    return Path(asset["path"]).read_bytes() if "path" in asset else str(asset["uri"]).encode()


def _archive(archive: dict[str, Any]) -> str:
    digest = hashlib.sha256()
    for name, data in iterate_files(archive):
        digest.update(_header(name, len(data)))
        digest.update(data)
        digest.update(b"\0" * (-len(data) % BLOCK))
    digest.update(b"\0" * 2 * BLOCK)
    return digest.hexdigest()


def _header(name: str, size: int) -> bytes:
    prefix, short = _split_name(name)
    header = bytearray(BLOCK)
    fields = (
        (0, short),
        (100, b"0000600\0" + b"0000000\0" * 2 + b"%011o\0" % size + b"%011o\0" % 0 + b" " * 8 + b"0"),
        (257, b"ustar\00000"),
        (329, b"0000000\0" * 2),
        (345, prefix),
    )
    for offset, data in fields:
        header[offset : offset + len(data)] = data
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


def _split_name(name: str) -> tuple[bytes, bytes]:
    """The name as ustar has it: one of up to 100 bytes, or a prefix of up to 155 split off at a slash."""
    raw = name.encode()
    if len(raw) <= NAME_BYTES:
        return b"", raw
    cut = raw.rfind(b"/", 0, PREFIX_BYTES + 1)
    if not raw.isascii() or cut <= 0 or len(raw) - cut - 1 > NAME_BYTES:
        msg = f"archive entry '{name}' is too long to hash ({len(raw)} bytes); pack the directory as a zip file instead"
        raise ValueError(msg)
    return raw[:cut], raw[cut + 1 :]


def _walk(top: Path, relative: str) -> Iterator[tuple[str, bytes]]:
    for path in sorted(top.iterdir(), key=lambda p: p.name):
        name = f"{relative}{path.name}"
        if path.is_dir():
            yield from _walk(path, f"{name}/")
        else:
            yield name, path.read_bytes()
