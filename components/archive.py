"""Archives that are equal byte for byte wherever they are built: sorted names, fixed times, fixed modes."""

import fnmatch
import hashlib
import io
import os
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

# The earliest time a zip entry can carry; a real one would change the archive on every clone.
EPOCH = (1980, 1, 1, 0, 0, 0)
MODE = 0o100644 << 16
EXCLUDED = ("__pycache__", "*.pyc", ".*")


def to_zip(files: Mapping[str, bytes]) -> bytes:
    """A zip of `files` (name in the archive -> content).

    Raises:
        ValueError: a name is absolute or leaves the archive.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(files):
            if name.startswith("/") or ".." in Path(name).parts:
                msg = f"archive entry '{name}' leaves the archive; use a relative name without '..'"
                raise ValueError(msg)
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, whatever builds it
            entry.external_attr = MODE
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def read_tree(root: Path, *, prefix: str = "", include: Sequence[str] = ("*",)) -> dict[str, bytes]:
    """The files under `root` by their name in the archive.

    Args:
        root: The directory to read.
        prefix: Put before every name, e.g. `apps/`.
        include: Patterns of file names that are taken; caches and hidden files never are.

    Raises:
        ValueError: a symbolic link, whose target another machine may not have.
    """
    return {
        prefix + path.relative_to(root).as_posix(): path.read_bytes()
        for path in _walk_files(root)
        if any(fnmatch.fnmatch(path.name, pattern) for pattern in include)
    }


def store_archive(data: bytes, out_dir: Path, stem: str) -> Path:
    """Write an archive under its content's hash, so that equal content is one file and never half of one."""
    path = out_dir / f"{stem}-{hashlib.sha256(data).hexdigest()[:16]}.zip"
    if not path.exists():
        out_dir.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=out_dir)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(temporary).replace(path)
    return path


def _walk_files(directory: Path) -> Iterator[Path]:
    for path in sorted(_without_excluded(directory.iterdir())):
        if path.is_symlink():
            msg = f"{path.name} in {directory.name}/ is a symbolic link; archives hold files alone"
            raise ValueError(msg)
        if path.is_dir():
            yield from _walk_files(path)
        else:
            yield path


def _without_excluded(paths: Iterable[Path]) -> Iterator[Path]:
    return (p for p in paths if not any(fnmatch.fnmatch(p.name, pattern) for pattern in EXCLUDED))
