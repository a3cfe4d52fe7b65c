"""Code and layers on disk: unpacked once per content, checked before anything is written."""

import base64
import contextlib
import hashlib
import io
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from aws_emulator.lambda_runtime.errors import BadCodeError
from aws_emulator.lambda_runtime.limits import ARCHIVE_ENTRIES, MIB, UNPACKED_BYTES

# Of unpacked archives, from one run to the next.
KEPT = 40


class Archives:
    """Unpacked archives in one directory, by the hash of what they hold."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._prune()

    def find(self, digest: str) -> Path | None:
        """Where the archive with that digest lies unpacked, None if it is not there."""
        return self._find_directory(self._directory / _name_directory([digest]))

    def add(self, archive: bytes, expected: str = "") -> Path:
        """Unpack an archive unless it is there.

        Args:
            archive: A zip file.
            expected: Base64 of its SHA-256, if it is known.

        Raises:
            BadCodeError: it is another archive, no zip file, too large, or reaches out of its directory.
        """
        digest = hash_archive(archive)
        if expected and digest != expected:
            msg = f"the archive's SHA-256 is {digest}, not {expected}: the code was changed since; invoke it again"
            raise BadCodeError(msg)
        target = self._directory / _name_directory([digest])
        if self._find_directory(target) is None:
            self._unpack_together(target, [archive])
        return target

    def add_layers(self, layers: Mapping[str, Callable[[], bytes]]) -> Path:
        """The directory that holds all layers, later ones over earlier ones, as /opt does on AWS.

        Args:
            layers: By digest, in order, how to fetch each; called if they are not there together yet.

        Raises:
            BadCodeError: as for `add`; the limit counts them together.
        """
        target = self._directory / _name_directory(["layers", *layers])
        if self._find_directory(target) is None:
            self._unpack_together(target, [fetch() for fetch in layers.values()])
        return target

    def _find_directory(self, target: Path) -> Path | None:
        if not target.is_dir():
            return None
        target.touch()
        return target

    def _prune(self) -> None:
        """Remove what was used longest ago, and what an unpacking that was killed has left."""
        found = sorted(self._directory.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in [p for p in found if p.name.startswith(".")] + [p for p in found if p.name[0] != "."][KEPT:]:
            shutil.rmtree(path, ignore_errors=True)

    def _unpack_together(self, target: Path, archives: Sequence[bytes]) -> None:
        building = Path(tempfile.mkdtemp(prefix=".new-", dir=self._directory))
        try:
            left = UNPACKED_BYTES
            for archive in archives:
                left -= _unpack(archive, building, left)
            building.chmod(0o755)
            with contextlib.suppress(OSError):  # another thread was faster with the same content
                building.rename(target)
        finally:
            shutil.rmtree(building, ignore_errors=True)


def hash_archive(archive: bytes) -> str:
    """Base64 of the SHA-256, as the API writes it."""
    return base64.b64encode(hashlib.sha256(archive).digest()).decode()


def _name_directory(digests: Sequence[str]) -> str:
    return hashlib.sha256(" ".join(digests).encode()).hexdigest()[:32]


def _unpack(archive: bytes, target: Path, limit: int) -> int:
    """Unpack into a directory; the number of bytes written."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as file:
            return sum(_write(file, entry, target) for entry in _check_entries(file, limit))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError) as error:
        msg = f"the archive can't be unpacked: {error}; upload a zip file that is not encrypted"
        raise BadCodeError(msg) from error


def _check_entries(file: zipfile.ZipFile, limit: int) -> Iterator[zipfile.ZipInfo]:
    entries = file.infolist()
    size = sum(entry.file_size for entry in entries)
    if size > limit:
        allowed = f"{UNPACKED_BYTES // MIB} MB are allowed"
        msg = f"the code and its layers are {size // MIB} MB unzipped, {allowed}; make them smaller"
        raise BadCodeError(msg)
    if len(entries) > ARCHIVE_ENTRIES:
        msg = f"the archive has {len(entries)} entries, {ARCHIVE_ENTRIES} are taken; leave out what is not needed"
        raise BadCodeError(msg)
    for entry in entries:
        path = PurePosixPath(entry.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in entry.filename or "\0" in entry.filename:
            msg = f"the archive's entry '{entry.filename}' reaches out of its directory; name it relative to the root"
            raise BadCodeError(msg)
        if stat.S_ISLNK(entry.external_attr >> 16):
            msg = f"the archive's entry '{entry.filename}' is a symbolic link, which is not followed; store the file"
            raise BadCodeError(msg)
        yield entry


def _write(file: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> int:
    path = target / entry.filename
    if entry.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # an earlier layer's
    written = 0
    with file.open(entry) as source, path.open("wb") as sink:
        # A header may lie about the size: no more than it says is written.
        while chunk := source.read(MIB):
            written += len(chunk)
            if written > entry.file_size:
                msg = f"the archive's entry '{entry.filename}' is larger than its header says; build the archive anew"
                raise BadCodeError(msg)
            sink.write(chunk)
    # Read-only as on AWS, and executable if it was; directories stay writable for compiled bytecode.
    path.chmod(0o555 if (entry.external_attr >> 16) & 0o111 else 0o444)
    return written
